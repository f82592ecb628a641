//! Layers of the router.

pub mod body_limit;
pub mod nul;
pub mod request_log;
pub mod security_headers;
pub mod skip_compression;
