//! A link that works once and works no more, or never was one.

use askama::Template;
use axum::http::StatusCode;

use crate::web::{Page, Result, asking::Asking, html_as};

#[derive(Template)]
#[template(path = "link_over.html")]
struct LinkOver {
    page: Page,
    /// The message that says why, and what to do.
    why: &'static str,
}

pub(super) fn link_over(asking: &Asking, why: &'static str) -> Result {
    let page = Page::anonymous(asking);
    html_as(StatusCode::GONE, &LinkOver { page, why })
}
