//! How people prove who they are.

mod passwords;
mod throttle;

pub use passwords::{PasswordError, Passwords};
pub use throttle::{Attempt, Throttle};
