//! How people prove who they are.

mod one_time_codes;
pub mod password_rule;
mod passwords;
mod recovery_codes;
pub mod second_factor;
pub mod single_sign_on;
mod throttle;

pub use one_time_codes::OneTimeSecret;
pub use password_rule::WeakPassword;
pub use passwords::{PasswordError, Passwords};
pub use recovery_codes::RecoveryCodes;
pub use single_sign_on::{SignInWays, SingleSignOn};
pub use throttle::{Attempt, Source, Throttle};
