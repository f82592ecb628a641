//! How people prove who they are.

mod one_time_codes;
pub mod password_rule;
mod passwords;
mod recovery_codes;
pub mod second_factor;
mod throttle;

pub use one_time_codes::OneTimeSecret;
pub use password_rule::WeakPassword;
pub use passwords::{PasswordError, Passwords};
pub use recovery_codes::RecoveryCodes;
pub use throttle::{Attempt, Throttle};
