//! Messages of a command on stderr, in the log's format, independent of its filter.

use std::io::{self, Write as _};

use serde_json::json;
use tracing_subscriber::fmt::{
    format::Writer,
    time::{FormatTime as _, SystemTime},
};

use crate::config::LogFormat;

/// Prints why the process ends.
pub fn print_error(format: LogFormat, reason: &str) {
    print(format, "ERROR", "", reason);
}

/// Prints a warning of a command that does its work all the same.
pub fn print_warning(format: LogFormat, warning: &str) {
    print(format, "WARN", "warning: ", warning);
}

/// Prints a message as one line.
fn print(format: LogFormat, level: &str, prefix: &str, message: &str) {
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = match format {
        LogFormat::Text => format!("secmon-portal: {prefix}{message}"),
        LogFormat::Json => {
            let mut timestamp = String::new();
            let _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
            json!({
                "timestamp": timestamp,
                "level": level,
                "message": message,
                "target": "secmon_portal",
            })
            .to_string()
        }
    };
    // Errors of a closed pipe are ignored.
    let _ = writeln!(io::stderr(), "{line}");
}
