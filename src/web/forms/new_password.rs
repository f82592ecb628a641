//! The fields of a new password.

use serde::Deserialize;

use crate::auth::{UserNames, WeakPassword, password_rule};

use super::FormErrors;

/// A new password, typed twice. It is never shown again, and has no `Debug`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewPasswordForm {
    pub new: String,
    again: String,
}

impl NewPasswordForm {
    #[must_use]
    pub fn errors(&self, user: UserNames) -> FormErrors {
        match password_rule::check(&self.new, user) {
            Err(weak) => FormErrors::one("new", message(weak)),
            Ok(()) if self.new != self.again => FormErrors::one("again", "password-different"),
            Ok(()) => FormErrors::default(),
        }
    }
}

fn message(weak: WeakPassword) -> &'static str {
    match weak {
        WeakPassword::Short => "password-short",
        WeakPassword::Long => "password-long",
        WeakPassword::Guessable => "password-guessable",
        WeakPassword::OwnWords => "password-own-words",
    }
}
