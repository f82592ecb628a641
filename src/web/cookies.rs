//! Names and attributes of every cookie.

use std::borrow::Cow;

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::state::Https;

/// Cookies are shared by all ports of a host, so that their names carry the portal's.
#[derive(Debug, Clone)]
pub enum PortalCookie {
    Session,
    Language,
    Theme,
    /// Rows on a page of a list.
    PageSize,
    /// The MFA challenge after the first factor.
    Mfa,
    /// A sign-in at the OIDC provider; the name holds the beginning of its state.
    Oidc(String),
}

impl PortalCookie {
    /// The prefix of all sign-ins at the provider.
    #[must_use]
    pub fn oidc_prefix(https: Https) -> String {
        Self::Oidc(String::new()).name(https)
    }

    /// Behind https, browsers accept a `__Host-` cookie only from this very host.
    #[must_use]
    pub fn name(&self, Https(https): Https) -> String {
        let name: Cow<'_, str> = match self {
            Self::Session => "session".into(),
            Self::Language => "language".into(),
            Self::Theme => "theme".into(),
            Self::PageSize => "page_size".into(),
            Self::Mfa => "mfa".into(),
            Self::Oidc(attempt) => format!("oidc_{attempt}").into(),
        };
        let prefix = if https { "__Host-" } else { "" };
        format!("{prefix}secmon_portal_{name}")
    }

    /// For `max_age`, or until the browser closes.
    #[must_use]
    pub fn with_value(
        &self,
        https: Https,
        value: impl Into<Cow<'static, str>>,
        max_age: Option<time::Duration>,
    ) -> Cookie<'static> {
        let mut cookie = Cookie::build((self.name(https), value.into()))
            .path("/")
            // `Lax`: the browser also comes back from the provider's site.
            .same_site(SameSite::Lax)
            .secure(https.0)
            .http_only(true)
            .build();
        cookie.set_max_age(max_age);
        cookie
    }

    #[must_use]
    pub fn read<'a>(&self, jar: &'a CookieJar, https: Https) -> Option<&'a str> {
        Some(jar.get(&self.name(https))?.value())
    }

    pub fn removed_from(&self, jar: CookieJar, https: Https) -> CookieJar {
        jar.remove(self.with_value(https, "", None))
    }
}
