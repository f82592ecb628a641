//! Language and theme, in cookies, so that they hold before signing in.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::web::{
    Result, address, context::Theme, cookies::PortalCookie, i18n::Locale, state::Https,
};

const LIFETIME: time::Duration = time::Duration::days(365);

#[derive(Deserialize)]
pub struct PreferencesForm {
    language: Option<String>,
    theme: Option<String>,
    back: Option<String>,
}

pub async fn choose(
    State(https): State<Https>,
    cookies: CookieJar,
    Form(chosen): Form<PreferencesForm>,
) -> Result {
    let locale = chosen.language.as_deref().and_then(Locale::from_code);
    let theme = chosen.theme.as_deref().and_then(Theme::from_code);
    let mut cookies = cookies;
    if let Some(locale) = locale {
        let cookie = PortalCookie::Language.with_value(https, locale.code(), Some(LIFETIME));
        cookies = cookies.add(cookie);
    }
    if let Some(theme) = theme {
        let cookie = PortalCookie::Theme.with_value(https, theme.code(), Some(LIFETIME));
        cookies = cookies.add(cookie);
    }
    let back = chosen
        .back
        .as_deref()
        .and_then(address::local_path)
        .unwrap_or("/");
    Ok((cookies, Redirect::to(back)).into_response())
}
