//! The cookie of who has given the password and not yet a code: it opens the second step of signing in, and nothing else.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::portal::Https;

/// Behind https its name says that it came so.
fn name(Https(https): Https) -> &'static str {
    if https {
        "__Host-second-step"
    } else {
        "second-step"
    }
}

/// What the browser holds.
#[must_use]
pub fn read(cookies: &CookieJar, https: Https) -> Option<String> {
    let cookie = cookies.get(name(https))?;
    Some(cookie.value().to_owned())
}

/// Gives it to the browser, until it is closed; the store knows when it is over.
pub fn given(cookies: CookieJar, https: Https, id: String) -> CookieJar {
    cookies.add(cookie(https, id))
}

/// Takes it away.
pub fn taken(cookies: CookieJar, https: Https) -> CookieJar {
    cookies.remove(cookie(https, String::new()))
}

fn cookie(https: Https, value: String) -> Cookie<'static> {
    Cookie::build((name(https), value))
        .path("/")
        .same_site(SameSite::Lax)
        .secure(https.0)
        .http_only(true)
        .build()
}
