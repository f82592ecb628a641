//! A form that comes when the session has ended is kept, so that it can be shown again, filled,
//! after its user has signed in again. Nothing is done for it.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use tower_sessions::Session;
use url::form_urlencoded;

use crate::{
    credentials::network_of,
    store::{KeptForm, LARGEST_KEPT, Sender},
};

use super::{Error, Portal, Result, address, asking::Asking, limits, portal::Https};

/// Where kept forms are shown again.
pub const PATH: &str = "/form-again/";

/// The pages of the portal without the session's layer, to ask one of them for another.
#[derive(Debug, Clone)]
pub struct Inside {
    pub pages: Router,
    /// Those whose forms carry a one-time token: sent without it they do nothing and show the form.
    pub asking_first: Router,
}

/// Parts of a field's name that say that it holds a secret; it is not kept.
const SECRET: [&str; 5] = ["password", "secret", "token", "code", "key"];

/// Names of passwords, and what must be said anew.
const NOT_KEPT: [&str; 4] = ["old", "new", "again", "confirm"];

/// Where to go back to: nothing that somebody has typed.
const WAYS: [&str; 2] = ["back", "next"];

fn is_kept(name: &str) -> bool {
    let name = name.to_lowercase();
    !NOT_KEPT.contains(&name.as_str()) && !SECRET.iter().any(|part| name.contains(part))
}

/// The layer that keeps them.
pub async fn keep(State(portal): State<Portal>, request: Request, next: Next) -> Result<Response> {
    if request.method() != Method::POST {
        return Ok(next.run(request).await);
    }
    let (parts, body) = request.into_parts();
    // It has arrived: a layer outside of this one has read it.
    let body = to_bytes(body, limits::LARGEST).await;
    let body = body.map_err(Error::internal)?;
    let asking = parts.extensions.get::<Asking>().cloned();
    let session = parts.extensions.get::<Session>().and_then(Session::id);
    let headers = parts.headers.clone();
    let response = next
        .run(Request::from_parts(parts, Body::from(body.clone())))
        .await;
    let is_late = matches!(response.extensions().get(), Some(Error::SignIn));
    let Some(asking) = asking.filter(|_| is_late) else {
        return Ok(response);
    };
    let Some(form) = read(&asking, &headers, &body) else {
        return Ok(response);
    };
    let user = match session {
        Some(id) => portal.sessions.user_of(&id).await?,
        None => None,
    };
    let is_typed = |(name, value): &(String, String)| {
        !WAYS.contains(&name.as_str()) && !value.trim().is_empty()
    };
    if user.is_none() && !form.fields.iter().any(is_typed) {
        return Ok(response);
    }
    let cookies = CookieJar::from_headers(&headers);
    let by = Sender {
        user,
        client: network_of(asking.client),
        browser: of_browser(&cookies, portal.https),
    };
    let (id, browser) = portal.store.keep_form(&form, &by).await?;
    let again = format!("{PATH}{id}");
    let there = address::with_query("/login", &[("next", Some(&again))]);
    let cookies = CookieJar::new().add(cookie(portal.https, browser));
    Ok((cookies, Redirect::to(&there)).into_response())
}

/// A form as our pages send them, that is not too large to be kept.
fn read(asking: &Asking, headers: &HeaderMap, body: &Bytes) -> Option<KeptForm> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    if body.len() > LARGEST_KEPT || !kind.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let has_token = fields.iter().any(|(name, _)| name == "token");
    Some(KeptForm {
        address: asking.address.clone(),
        referrer: asking.referrer.clone(),
        has_token,
        fields: fields
            .into_iter()
            .filter(|(name, _)| is_kept(name))
            .collect(),
    })
}

fn cookie_name(Https(https): Https) -> &'static str {
    if https {
        "__Host-kept-form"
    } else {
        "kept-form"
    }
}

/// What this browser shows for the forms that it has sent: a link to one opens it nowhere else.
#[must_use]
pub fn of_browser(cookies: &CookieJar, https: Https) -> Option<String> {
    let cookie = cookies.get(cookie_name(https))?;
    // As they are made: a longer one would only cost.
    Some(cookie.value().to_owned()).filter(|value| value.len() == 43)
}

fn cookie(https: Https, value: String) -> Cookie<'static> {
    Cookie::build((cookie_name(https), value))
        .path("/")
        .max_age(time::Duration::HOUR)
        .same_site(SameSite::Lax)
        .secure(https.0)
        .http_only(true)
        .build()
}

#[cfg(test)]
mod tests {
    use super::is_kept;

    #[test]
    fn a_secret_is_not_kept() {
        for secret in [
            "password",
            "old",
            "new",
            "again",
            "app_key",
            "token",
            "token_id",
            "token_secret",
            "code",
            "confirm",
            "client_secret",
            "Recovery-Code",
        ] {
            assert!(!is_kept(secret), "{secret}");
        }
        for typed in [
            "username",
            "display_name",
            "id",
            "reason",
            "region",
            "going",
            "untried",
        ] {
            assert!(is_kept(typed), "{typed}");
        }
    }
}
