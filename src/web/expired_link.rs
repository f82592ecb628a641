//! One-time links: the page of one that no longer works, and links that mail programs damaged.

use askama::Template;
use axum::{http::StatusCode, response::Redirect};

use super::{Layout, Result, context::RequestContext, html_as};

#[derive(Template)]
#[template(path = "expired_link.html")]
struct ExpiredLink {
    layout: Layout,
    message: &'static str,
}

pub fn expired_link(context: &RequestContext, message: &'static str) -> Result {
    let layout = Layout::anonymous(context);
    html_as(StatusCode::GONE, &ExpiredLink { layout, message })
}

/// The URL without trailing punctuation that mail programs take as part of a link.
#[must_use]
pub fn trimmed_link(folder: &str, token: &str) -> Option<Redirect> {
    let is_own = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let own = token.trim_end_matches(|c| !is_own(c));
    (own != token).then(|| Redirect::to(&format!("{folder}{own}")))
}
