//! The sealed cookie of a sign-in at the OIDC provider. It needs no row, any portal on the database can read it, and it
//! binds the attempt to the browser.

use axum_extra::extract::cookie::CookieJar;
use serde::{Deserialize, Serialize};

use crate::{
    auth::oidc::AuthorizationRequest,
    model::{Clock, UserId},
    store::Keys,
    web::{cookies::PortalCookie, state::Https},
};

const LIFETIME: time::Duration = time::Duration::minutes(10);

/// Encryption context of the cookie.
const CONTEXT: &str = "single-sign-on";

/// A browser may not keep a cookie with a longer address.
const MAX_NEXT: usize = 1500;

/// Tabs that may sign in at once; a browser sends all their cookies with every request.
const MAX_ATTEMPTS: usize = 4;

#[derive(Serialize, Deserialize)]
pub struct Attempt {
    pub request: AuthorizationRequest,
    pub purpose: Purpose,
    /// The page to open afterwards.
    pub next: String,
    begun_at: i64,
}

#[derive(Serialize, Deserialize)]
pub enum Purpose {
    SignIn,
    /// To connect the identity with a user, in the session with that handle.
    Connect {
        user: String,
        session: String,
    },
    /// To accept the invitation with that token.
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
        let next = if next.len() <= MAX_NEXT { next } else { "/" };
        Self {
            request,
            purpose,
            next: next.to_owned(),
            begun_at: clock.now().timestamp_millis(),
        }
    }

    /// This browser's attempt with that OAuth state, until it expires.
    #[must_use]
    pub fn load(
        cookies: &CookieJar,
        https: Https,
        keys: &Keys,
        clock: &Clock,
        state: &str,
    ) -> Option<Self> {
        let sealed = cookie(state).read(cookies, https)?;
        Self::open(keys, clock, sealed).filter(|attempt| attempt.request.has_state(state))
    }

    fn open(keys: &Keys, clock: &Clock, sealed: &str) -> Option<Self> {
        let attempt: Self = serde_json::from_str(&keys.open(CONTEXT, sealed)?).ok()?;
        let age = clock.now().timestamp_millis() - attempt.begun_at;
        let lifetime = LIFETIME.whole_milliseconds();
        (-60_000..lifetime)
            .contains(&i128::from(age))
            .then_some(attempt)
    }

    /// Adds the cookie to those of other tabs' attempts. The oldest make room.
    pub fn added_to(
        &self,
        mut cookies: CookieJar,
        https: Https,
        keys: &Keys,
        clock: &Clock,
    ) -> Result<CookieJar, serde_json::Error> {
        let text = serde_json::to_string(self)?;
        let prefix = PortalCookie::oidc_prefix(https);
        let mut others: Vec<(i64, String)> = cookies
            .iter()
            .filter_map(|cookie| {
                let name = cookie.name().strip_prefix(&prefix)?.to_owned();
                let other = Self::open(keys, clock, cookie.value());
                Some((other.map_or(0, |other| other.begun_at), name))
            })
            .collect();
        others.sort_unstable_by(|one, other| other.cmp(one));
        for (_, name) in others.into_iter().skip(MAX_ATTEMPTS - 1) {
            cookies = PortalCookie::Oidc(name).removed_from(cookies, https);
        }
        let value = keys.seal(CONTEXT, &text);
        Ok(cookies.add(cookie(self.request.state()).with_value(https, value, Some(LIFETIME))))
    }
}

/// Removes the cookie of the attempt with that OAuth state.
pub fn removed_from(cookies: CookieJar, https: Https, state: &str) -> CookieJar {
    cookie(state).removed_from(cookies, https)
}

fn cookie(state: &str) -> PortalCookie {
    PortalCookie::Oidc(state.chars().take(8).collect())
}
