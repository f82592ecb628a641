//! The binary; see [`secmon_portal::cli`].

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// glibc retains the 19 MiB of each password hash, scattered over its arenas; mimalloc returns them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    secmon_portal::cli::main()
}
