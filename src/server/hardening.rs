//! Process limits: no core dumps, enough open files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections that are open at once, if the system allows that many files.
const MAX_CONNECTIONS: usize = 1000;

/// Protects secrets in memory: no core dump, and no access by other processes of the user.
pub fn protect_memory() {
    // Either is enough, and both fail only on systems that have no such thing.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
}

/// Raises the limit of open files as far as the system lets it, and gives half of it to connections: the database and
/// upstream calls need files too.
#[must_use]
pub fn connection_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let _ = setrlimit(Resource::Nofile, raised);
    let files = getrlimit(Resource::Nofile).current;
    let half = files.and_then(|files| usize::try_from(files / 2).ok());
    half.unwrap_or(MAX_CONNECTIONS).min(MAX_CONNECTIONS)
}
