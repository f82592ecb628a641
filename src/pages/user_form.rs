//! A user as typed into a form: the name to sign in with and the name for people.

use serde::Deserialize;

use crate::{
    model::{self, Username},
    web::FormErrors,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UserForm {
    pub username: String,
    pub display_name: String,
}

impl UserForm {
    /// Both names; the one for people is the other one when it was left empty.
    pub fn read(&self, errors: &mut FormErrors) -> Option<(Username, String)> {
        let username = self.username.parse().map_err(|_| "username-shape");
        let username: Option<Username> = errors.keep("username", username);
        let display_name = errors.keep("display_name", display_name(&self.display_name));
        let (username, display_name) = username.zip(display_name)?;
        let own = || username.to_string();
        let display_name = Some(display_name).filter(|value| !value.is_empty());
        Some((username.clone(), display_name.unwrap_or_else(own)))
    }
}

/// A name for people, or none.
pub(super) fn display_name(typed: &str) -> Result<String, &'static str> {
    if typed.trim().is_empty() {
        return Ok(String::new());
    }
    model::display_name(typed).map_err(|_| "display-name-shape")
}
