//! Logs and metrics, without secrets.

mod logs;
pub mod metrics;
mod once_per_minute;
mod plain_lines;
mod print;
pub mod upstream;

pub use logs::{report_panics, start};
pub use once_per_minute::OncePerMinute;
pub use print::{print_error, print_warning};
