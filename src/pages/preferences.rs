//! The reader's language and theme, kept in cookies so that they hold before signing in too.

use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse as _, Redirect},
    routing::post,
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use serde::Deserialize;

use crate::web::{
    Portal, Result, address,
    asking::{Theme, language_cookie, theme_cookie},
    portal::Https,
    words::Language,
};

pub fn routes() -> Router<Portal> {
    Router::new().route("/preferences", post(choose))
}

#[derive(Deserialize)]
struct Chosen {
    language: Option<String>,
    theme: Option<String>,
    back: Option<String>,
}

async fn choose(
    State(https): State<Https>,
    cookies: CookieJar,
    Form(chosen): Form<Chosen>,
) -> Result {
    let language = chosen.language.as_deref().and_then(Language::from_code);
    let theme = chosen.theme.as_deref().and_then(Theme::from_code);
    let mut cookies = cookies;
    if let Some(language) = language {
        cookies = cookies.add(lasting(language_cookie(https), language.code(), https));
    }
    if let Some(theme) = theme {
        cookies = cookies.add(lasting(theme_cookie(https), theme.code(), https));
    }
    let back = chosen.back.as_deref().and_then(address::own).unwrap_or("/");
    Ok((cookies, Redirect::to(back)).into_response())
}

fn lasting(name: &'static str, value: &'static str, Https(https): Https) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .max_age(time::Duration::days(365))
        .same_site(SameSite::Lax)
        .secure(https)
        .http_only(true)
        .build()
}
