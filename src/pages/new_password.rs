//! A new password in a form, and what is said of one that may not be chosen.

use serde::Deserialize;

use crate::{
    auth::{UserNames, WeakPassword, password_rule},
    web::FormErrors,
};

/// A password that was typed twice; it never goes into a page again. It has no `Debug`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct NewPasswordForm {
    pub new: String,
    again: String,
}

impl NewPasswordForm {
    /// What is wrong with it as that user's.
    pub fn errors(&self, user: UserNames) -> FormErrors {
        if let Err(weak) = password_rule::check(&self.new, user) {
            return FormErrors::one("new", message(weak));
        }
        if self.new != self.again {
            return FormErrors::one("again", "password-different");
        }
        FormErrors::default()
    }
}

/// Its message.
pub(super) fn message(weak: WeakPassword) -> &'static str {
    match weak {
        WeakPassword::Short => "password-short",
        WeakPassword::Long => "password-long",
        WeakPassword::Guessable => "password-guessable",
        WeakPassword::OwnWords => "password-own-words",
    }
}
