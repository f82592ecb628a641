//! The cookie of who has gone to the provider to sign in there: what the portal must know when they come back.
//!
//! It is sealed, so that no row is needed until they do, and any portal on the same database can read it. It binds
//! the attempt to the browser: what comes back to another browser, or to a browser that was tricked into coming, is
//! worth nothing.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::{Deserialize, Serialize};

use crate::{
    credentials::single_sign_on::Begun,
    model::{Clock, UserId},
    store::Keys,
};

use super::portal::Https;

/// How long signing in at the provider may take.
const LIFE: time::Duration = time::Duration::minutes(10);

/// What the text in the cookie is sealed for.
const PLACE: &str = "single-sign-on";

/// Beyond that a browser may not keep the cookie.
const LONGEST_NEXT: usize = 1500;

/// Somebody who has gone to the provider.
#[derive(Serialize, Deserialize)]
pub struct Attempt {
    pub begun: Begun,
    pub purpose: Purpose,
    /// Where they want to be afterwards.
    pub next: String,
    begun_at: i64,
}

/// What they want there.
#[derive(Serialize, Deserialize)]
pub enum Purpose {
    SignIn,
    /// To sign in that way from now on, in the session with that handle.
    Connect {
        user: String,
        session: String,
    },
    /// To sign in that way in the place of choosing a password, by the invitation with that token.
    Invitation {
        token: String,
    },
}

impl Purpose {
    #[must_use]
    pub fn connect(user: &UserId, session: String) -> Self {
        Self::Connect {
            user: user.0.clone(),
            session,
        }
    }
}

impl Attempt {
    #[must_use]
    pub fn new(begun: Begun, purpose: Purpose, next: &str, clock: &Clock) -> Self {
        let fits = next.len() <= LONGEST_NEXT;
        Self {
            begun,
            purpose,
            next: if fits { next } else { "/" }.to_owned(),
            begun_at: clock.now().timestamp_millis(),
        }
    }
}

/// Behind https its name says that it came so.
fn name(Https(https): Https) -> &'static str {
    if https {
        "__Host-single-sign-on"
    } else {
        "single-sign-on"
    }
}

/// The attempt that this browser has begun, while it lasts.
#[must_use]
pub fn read(cookies: &CookieJar, https: Https, keys: &Keys, clock: &Clock) -> Option<Attempt> {
    let cookie = cookies.get(name(https))?;
    let opened = keys.open(PLACE, cookie.value())?;
    let attempt: Attempt = serde_json::from_str(&opened).ok()?;
    let age = clock.now().timestamp_millis() - attempt.begun_at;
    let life = LIFE.whole_milliseconds();
    (-60_000..life)
        .contains(&i128::from(age))
        .then_some(attempt)
}

/// Gives it to the browser, in the place of one before.
pub fn given(
    cookies: CookieJar,
    https: Https,
    keys: &Keys,
    attempt: &Attempt,
) -> Result<CookieJar, serde_json::Error> {
    let text = serde_json::to_string(attempt)?;
    let mut cookie = cookie(https, keys.seal(PLACE, &text));
    cookie.set_max_age(LIFE);
    Ok(cookies.add(cookie))
}

/// Takes it away.
pub fn taken(cookies: CookieJar, https: Https) -> CookieJar {
    cookies.remove(cookie(https, String::new()))
}

/// `Lax`: the browser comes back from the provider's site.
fn cookie(https: Https, value: String) -> Cookie<'static> {
    Cookie::build((name(https), value))
        .path("/")
        .same_site(SameSite::Lax)
        .secure(https.0)
        .http_only(true)
        .build()
}
