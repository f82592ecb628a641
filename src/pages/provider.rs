//! The way to the provider of single sign-on.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use url::Url;

use crate::{
    credentials::single_sign_on::Failure,
    web::{
        Error, Page, Portal, Result, html,
        portal::PublicUrl,
        single_sign_on::{self, Attempt, Purpose},
    },
};

/// Where the browser comes back to; the provider must know it.
pub(super) const CALLBACK: &str = "/login/single-sign-on/callback";

/// Begins an attempt in this browser: where it leads, and the cookie.
pub(super) async fn begin(
    portal: &Portal,
    public_url: &PublicUrl,
    cookies: CookieJar,
    purpose: Purpose,
    next: &str,
) -> Result<std::result::Result<(Url, CookieJar), Failure>> {
    let provider = portal.single_sign_on()?;
    let (address, begun) = match provider.begin(&public_url.link(CALLBACK)).await {
        Ok(begun) => begun,
        Err(failure) => return Ok(Err(failure)),
    };
    let attempt = Attempt::new(begun, purpose, next, &portal.clock);
    let (keys, clock) = (portal.store.keys(), &portal.clock);
    let cookies = single_sign_on::given(cookies, portal.https, keys, clock, &attempt);
    Ok(Ok((address, cookies.map_err(Error::internal)?)))
}

/// The page between a form and the provider. A browser that follows our content policy goes to no other site by a
/// form, not even when a redirection answers it; by a link it does.
#[derive(Template)]
#[template(path = "single_sign_on/leave.html")]
struct Leave {
    page: Page,
    provider: String,
    address: Url,
    back: String,
}

/// Answers a form whose sender is to sign in at the provider.
pub(super) fn leave(
    page: Page,
    provider: &str,
    (address, cookies): (Url, CookieJar),
    back: &str,
) -> Result {
    let view = Leave {
        page,
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
