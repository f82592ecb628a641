//! What the process holds in its memory stays there: keys, passwords, access tokens.

/// From now on no dump of the memory is written when the process dies, and of other processes only
/// root's may look into it.
pub fn keep_to_itself() {
    // Either is enough, and both can only fail where the system is not what it should be; then
    // there is nothing to be done about it.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}
