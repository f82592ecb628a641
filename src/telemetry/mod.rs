//! What the portal says about itself: log lines and metrics, without secrets.

mod logs;
pub mod metrics;
mod once_per_minute;
pub mod upstream;

pub use logs::{print_error, print_warning, report_panics, start};
pub use once_per_minute::OncePerMinute;
