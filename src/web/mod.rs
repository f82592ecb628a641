//! The toolkit of every page: who asks, the page's frame, forms, errors, assets, headers, words.

pub mod access;
pub mod address;
pub mod assets;
pub mod context;
pub mod cookies;
pub mod error;
pub mod export;
pub mod form_errors;
pub mod forwarded;
pub mod i18n;
pub mod idempotency_token;
pub mod landing;
pub mod layout;
pub mod middleware;
pub mod qr_code;
pub mod query;
pub mod session;
pub mod single_sign_on;
pub mod state;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};

pub use access::{Authorized, CurrentUser, MfaPendingUser, PeekedSession, SiteAdmin};
pub use error::Error;
pub use form_errors::FormErrors;
pub use layout::Layout;
pub use query::{LenientQuery, QueryText};
pub use state::AppState;

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
