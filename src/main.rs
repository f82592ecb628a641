//! The binary: see [`secmon_portal::commands`].

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// glibc keeps the 19 MiB that each password hash takes, scattered over its arenas; this one gives them back.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    secmon_portal::cli::main()
}
