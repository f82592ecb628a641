//! The toolkit of every page: who asks, the page's frame, forms, errors, assets, headers, words.

pub mod access;
pub mod address;
pub mod asking;
pub mod assets;
pub mod compression;
pub mod cookies;
pub mod error;
pub mod export;
pub mod form_token;
pub mod forwarded;
pub mod frame;
pub mod headers;
pub mod landing;
pub mod limits;
pub mod nul;
pub mod portal;
pub mod problems;
pub mod qr_code;
pub mod query;
pub mod request_log;
pub mod session;
pub mod single_sign_on;
pub mod words;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};

pub use access::{Can, PeekedSession, SettingUp, SignedIn, SiteAdmin};
pub use error::Error;
pub use frame::Page;
pub use portal::Portal;
pub use problems::Problems;
pub use query::{Query, QueryText};

/// What a handler answers.
pub type Result<T = Response> = std::result::Result<T, Error>;

/// Renders a page.
///
/// # Errors
/// When the template cannot be rendered: the visitor is then told so, with the page that every
/// other failure gets.
pub fn html<T: askama::Template>(view: &T) -> Result {
    html_as(StatusCode::OK, view)
}

/// Renders a page with another status: 422 for a form shown again, an upstream failure's 50x.
pub fn html_as<T: askama::Template>(status: StatusCode, view: &T) -> Result {
    let body = view.render().map_err(Error::internal)?;
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    Ok((status, kind, body).into_response())
}
