//! Authentication: passwords, TOTP, recovery codes, OIDC and login rate limiting.

pub mod oidc;
mod password_login;
pub mod password_rule;
mod passwords;
mod rate_limiter;
mod recovery_codes;
pub mod second_factor;
mod totp;

pub use oidc::{Oidc, SignInWays};
pub use password_login::{LoginError, PasswordLogin};
pub use password_rule::{UserNames, WeakPassword};
pub use passwords::{PasswordCheck, PasswordError, Passwords};
pub use rate_limiter::{LimitError, LoginRateLimiter, network_of};
pub use recovery_codes::RecoveryCodes;
pub use totp::OneTimeSecret;
