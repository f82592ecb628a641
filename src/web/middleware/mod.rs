//! Layers of the router.

pub mod request_body;
pub mod request_log;
pub mod security_headers;
pub mod skip_compression;
