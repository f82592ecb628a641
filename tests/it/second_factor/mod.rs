//! MFA: one-time codes, recovery codes, requirement, and recovery.

mod manage;
mod required;
mod set_up;
mod sign_in;
mod store;
