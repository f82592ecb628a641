//! The binary: see [`secmon_portal::commands`].

use std::process::ExitCode;

fn main() -> ExitCode {
    secmon_portal::commands::main()
}
