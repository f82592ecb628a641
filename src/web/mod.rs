//! The web toolkit: state, extractors, layout, forms, errors, assets, middleware, i18n.

pub mod access;
pub mod address;
pub mod assets;
pub mod context;
pub mod cookies;
pub mod coverage;
pub mod error;
pub mod expired_link;
pub mod export;
pub mod filter;
pub mod flash;
pub mod forms;
pub mod forwarded;
pub mod found_rows;
pub mod i18n;
pub mod idempotency_token;
pub mod landing;
pub mod layout;
pub mod list;
pub mod middleware;
pub mod oidc;
pub mod pagination;
pub mod qr_code;
pub mod query;
pub mod request_result;
pub mod session;
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
pub use forms::FormErrors;
pub use layout::Layout;
pub use query::{LenientQuery, QueryText};
pub use state::AppState;

/// A handler's result.
pub type Result<T = Response> = std::result::Result<T, Error>;

/// The size of each template's last page. The next one is rendered without growing its buffer.
static PAGE_SIZES: Mutex<BTreeMap<&str, usize>> = Mutex::new(BTreeMap::new());

/// Renders a page.
///
/// # Errors
/// When the template cannot be rendered: the error page takes its place.
pub fn html<T: askama::Template>(view: &T) -> Result {
    html_as(StatusCode::OK, view)
}

/// Renders a page with another status, such as 422 for a form with errors.
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
