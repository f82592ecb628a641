//! OIDC sign-in: the attempt's cookie, the redirect, and reasons of a refusal.

pub mod attempt;
pub mod refusal;

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use url::Url;

use super::{AppState, Error, Layout, Result, forms::FormError, html, state::PublicUrl};
use attempt::{Attempt, Purpose};
use refusal::Refusal;

/// The redirect URI that is registered at the provider.
pub const CALLBACK: &str = "/login/single-sign-on/callback";

/// Starts an attempt in this browser: the provider's address, and the cookie.
pub async fn begin(
    state: &AppState,
    public_url: &PublicUrl,
    cookies: CookieJar,
    purpose: Purpose,
    next: &str,
) -> std::result::Result<(Url, CookieJar), FormError<Refusal>> {
    let provider = state.single_sign_on()?;
    let begun = provider.begin(&public_url.link(CALLBACK)).await;
    let (address, begun) = begun.map_err(Refusal::from)?;
    let attempt = Attempt::new(begun, purpose, next, &state.clock);
    let (keys, clock) = (state.store.keys(), &state.clock);
    let cookies = attempt.added_to(cookies, state.https, keys, clock);
    Ok((address, cookies.map_err(Error::internal)?))
}

/// The page between a form and the provider: the content policy lets no form lead to another site, not even by a
/// redirect, but a link may.
#[derive(Template)]
#[template(path = "oidc/leave.html")]
struct Leave {
    layout: Layout,
    provider: String,
    address: Url,
    back: String,
}

/// Redirects a form to the provider's sign-in.
pub fn leave(
    layout: Layout,
    provider: &str,
    (address, cookies): (Url, CookieJar),
    back: &str,
) -> Result {
    let view = Leave {
        layout,
        provider: provider.to_owned(),
        address,
        back: back.to_owned(),
    };
    Ok((cookies, html(&view)?).into_response())
}

/// Answers a link that leads to the provider.
#[must_use]
pub fn redirect((address, cookies): (Url, CookieJar)) -> Response {
    (cookies, Redirect::to(address.as_str())).into_response()
}
