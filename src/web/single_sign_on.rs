//! The cookie of who has gone to the provider to sign in there: what the portal must know when they come back.
//!
//! It is sealed, so that no row is needed until they do, and any portal on the same database can read it. It binds
//! the attempt to the browser: what comes back to another browser, or to a browser that was tricked into coming, is
//! worth nothing.

use axum_extra::extract::cookie::CookieJar;
use serde::{Deserialize, Serialize};

use crate::{
    auth::oidc::AuthorizationRequest,
    model::{Clock, UserId},
    store::Keys,
};

use super::{cookies::PortalCookie, state::Https};

/// How long signing in at the provider may take.
const LIFE: time::Duration = time::Duration::minutes(10);

/// What the text in the cookie is sealed for.
const PLACE: &str = "single-sign-on";

/// Beyond that a browser may not keep the cookie.
const MAX_NEXT: usize = 1500;

/// Tabs that may sign in at once; a browser sends all their cookies with every request.
const MAX_ATTEMPTS: usize = 4;

/// Somebody who has gone to the provider.
#[derive(Serialize, Deserialize)]
pub struct Attempt {
    pub request: AuthorizationRequest,
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
    pub fn new(request: AuthorizationRequest, purpose: Purpose, next: &str, clock: &Clock) -> Self {
        let fits = next.len() <= MAX_NEXT;
        Self {
            request,
            purpose,
            next: if fits { next } else { "/" }.to_owned(),
            begun_at: clock.now().timestamp_millis(),
        }
    }
}

fn cookie(state: &str) -> PortalCookie {
    PortalCookie::Oidc(state.chars().take(8).collect())
}

fn open(keys: &Keys, clock: &Clock, sealed: &str) -> Option<Attempt> {
    let opened = keys.open(PLACE, sealed)?;
    let attempt: Attempt = serde_json::from_str(&opened).ok()?;
    let age = clock.now().timestamp_millis() - attempt.begun_at;
    let life = LIFE.whole_milliseconds();
    (-60_000..life)
        .contains(&i128::from(age))
        .then_some(attempt)
}

/// The attempt with that state that this browser has begun, while it lasts.
#[must_use]
pub fn read(
    cookies: &CookieJar,
    https: Https,
    keys: &Keys,
    clock: &Clock,
    state: &str,
) -> Option<Attempt> {
    let sealed = cookie(state).read(cookies, https)?;
    open(keys, clock, sealed).filter(|attempt| attempt.request.has_state(state))
}

/// Gives it to the browser, beside attempts of other tabs. The oldest make room.
pub fn given(
    mut cookies: CookieJar,
    https: Https,
    keys: &Keys,
    clock: &Clock,
    attempt: &Attempt,
) -> Result<CookieJar, serde_json::Error> {
    let text = serde_json::to_string(attempt)?;
    let prefix = PortalCookie::oidc_prefix(https);
    let mut others: Vec<(i64, String)> = cookies
        .iter()
        .filter_map(|cookie| {
            let name = cookie.name().strip_prefix(&prefix)?.to_owned();
            let begun = open(keys, clock, cookie.value()).map(|other| other.begun_at);
            Some((begun.unwrap_or_default(), name))
        })
        .collect();
    others.sort_unstable_by(|one, other| other.cmp(one));
    for (_, name) in others.into_iter().skip(MAX_ATTEMPTS - 1) {
        cookies = PortalCookie::Oidc(name).removed_from(cookies, https);
    }
    let value = keys.seal(PLACE, &text);
    let given = cookie(attempt.request.state()).with_value(https, value, Some(LIFE));
    Ok(cookies.add(given))
}

/// Takes it away.
pub fn taken(cookies: CookieJar, https: Https, state: &str) -> CookieJar {
    cookie(state).removed_from(cookies, https)
}
