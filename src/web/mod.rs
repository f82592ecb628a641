//! The toolkit of every page: who asks, the page's frame, forms, errors, assets, headers, words.

pub mod access;
pub mod address;
pub mod assets;
pub mod context;
pub mod cookies;
pub mod coverage;
pub mod error;
pub mod export;
pub mod filter;
pub mod form_errors;
pub mod forwarded;
pub mod i18n;
pub mod idempotency_token;
pub mod landing;
pub mod layout;
pub mod middleware;
pub mod pagination;
pub mod qr_code;
pub mod query;
pub mod request_result;
pub mod session;
pub mod single_sign_on;
pub mod state;

use std::{
    any::type_name,
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

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

/// The size of each template's last page. The next one is rendered without growing its buffer.
static PAGE_SIZES: Mutex<BTreeMap<&str, usize>> = Mutex::new(BTreeMap::new());

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
    let template = type_name::<T>();
    let sizes = || PAGE_SIZES.lock().unwrap_or_else(PoisonError::into_inner);
    let last = sizes().get(template).copied();
    let mut body = String::with_capacity(last.unwrap_or(T::SIZE_HINT));
    view.render_into(&mut body).map_err(Error::internal)?;
    // Pages of one template differ a little.
    sizes().insert(template, body.len() + body.len() / 8);
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    Ok((status, kind, body).into_response())
}
