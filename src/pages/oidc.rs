//! The way to the provider of single sign-on.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use url::Url;

use crate::{
    auth::oidc::OidcError,
    web::{
        AppState, Error, Layout, Result, html,
        single_sign_on::{self, Attempt, Purpose},
        state::PublicUrl,
    },
};

/// Where the browser comes back to; the provider must know it.
pub(super) const CALLBACK: &str = "/login/single-sign-on/callback";

/// Begins an attempt in this browser: where it leads, and the cookie.
pub(super) async fn begin(
    state: &AppState,
    public_url: &PublicUrl,
    cookies: CookieJar,
    purpose: Purpose,
    next: &str,
) -> Result<std::result::Result<(Url, CookieJar), OidcError>> {
    let provider = state.single_sign_on()?;
    let (address, begun) = match provider.begin(&public_url.link(CALLBACK)).await {
        Ok(begun) => begun,
        Err(failure) => return Ok(Err(failure)),
    };
    let attempt = Attempt::new(begun, purpose, next, &state.clock);
    let (keys, clock) = (state.store.keys(), &state.clock);
    let cookies = single_sign_on::given(cookies, state.https, keys, clock, &attempt);
    Ok(Ok((address, cookies.map_err(Error::internal)?)))
}

/// The page between a form and the provider. A browser that follows our content policy goes to no other site by a
/// form, not even when a redirection answers it; by a link it does.
#[derive(Template)]
#[template(path = "single_sign_on/leave.html")]
struct Leave {
    layout: Layout,
    provider: String,
    address: Url,
    back: String,
}

/// Answers a form whose sender is to sign in at the provider.
pub(super) fn leave(
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
pub(super) fn go((address, cookies): (Url, CookieJar)) -> Response {
    (cookies, Redirect::to(address.as_str())).into_response()
}
