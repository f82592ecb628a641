//! The fields of a user: the username and the display name.

use serde::Deserialize;

use crate::model::{self, Username};

use super::FormErrors;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct UserForm {
    pub username: String,
    pub display_name: String,
}

impl UserForm {
    /// Both names; the username replaces an empty display name.
    pub fn read(&self, errors: &mut FormErrors) -> Option<(Username, String)> {
        let username = self.username.parse().map_err(|_| "username-shape");
        let username: Option<Username> = errors.keep("username", username);
        let display_name = if self.display_name.trim().is_empty() {
            username.as_ref().map(ToString::to_string)
        } else {
            errors.keep("display_name", display_name(&self.display_name))
        };
        username.zip(display_name)
    }
}

pub fn display_name(typed: &str) -> Result<String, &'static str> {
    model::display_name(typed).map_err(|_| "display-name-shape")
}
