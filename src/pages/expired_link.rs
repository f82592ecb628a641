//! A link that works once and works no more, or never was one.

use askama::Template;
use axum::{http::StatusCode, response::Redirect};

use crate::web::{Layout, Result, context::RequestContext, html_as};

#[derive(Template)]
#[template(path = "link_over.html")]
struct ExpiredLink {
    layout: Layout,
    /// The message that says why, and what to do.
    why: &'static str,
}

pub(super) fn link_over(context: &RequestContext, why: &'static str) -> Result {
    let layout = Layout::anonymous(context);
    html_as(StatusCode::GONE, &ExpiredLink { layout, why })
}

/// Where a link leads to whose end is not its own: mail programs take the full stop or the bracket behind an address for
/// a part of it.
pub(super) fn mended(folder: &str, token: &str) -> Option<Redirect> {
    let is_own = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let own = token.trim_end_matches(|c| !is_own(c));
    (own != token).then(|| Redirect::to(&format!("{folder}{own}")))
}
