//! How people prove who they are.

mod passwords;

pub use passwords::{PasswordError, Passwords};
