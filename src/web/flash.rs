//! Flash messages: the result of an action, shown after its redirect.

use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FlashQuery {
    flash: String,
}

impl FlashQuery {
    /// The message of the flash's code; a page knows its own codes only.
    #[must_use]
    pub fn message(&self, messages: &[(&str, &'static str)]) -> Option<&'static str> {
        let mut messages = messages.iter();
        let (_, message) = messages.find(|(code, _)| *code == self.flash)?;
        Some(message)
    }
}

/// To the page at `path`, which shows the code's message.
#[must_use]
pub fn redirect(path: &str, code: &str) -> Response {
    Redirect::to(&format!("{path}?flash={code}")).into_response()
}
