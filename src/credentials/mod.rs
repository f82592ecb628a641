//! How people prove who they are.

mod one_time_codes;
pub mod password_rule;
mod passwords;
mod rate_limiter;
mod recovery_codes;
pub mod second_factor;
pub mod single_sign_on;

pub use one_time_codes::OneTimeSecret;
pub use password_rule::{UserNames, WeakPassword};
pub use passwords::{PasswordCheck, PasswordError, Passwords};
pub use rate_limiter::{LoginRateLimiter, network_of};
pub use recovery_codes::RecoveryCodes;
pub use single_sign_on::{SignInWays, SingleSignOn};
