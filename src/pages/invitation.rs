//! Choosing a password, or the provider of single sign-on, by a link that a site admin made: it works once, and not
//! for long.

use askama::Template;
use axum::{
    Extension, Form, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;

use crate::{
    credentials::UserNames,
    model::User,
    store::{Action, AuditRecord},
    web::{
        Error, Page, Portal, Problems, Result, access::record, asking::Asking, html, html_as,
        portal::PublicUrl, single_sign_on::Purpose,
    },
};

use super::{
    link_over::{link_over, mended},
    new_password::TypedPassword,
    provider,
    sign_in::refused::{Refusal, Refusing},
};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/invitation/{token}", get(form).post(choose))
        .route("/invitation/{token}/single-sign-on", post(by_provider))
}

#[derive(Template)]
#[template(path = "invitation/form.html")]
struct ChooseForm {
    page: Page,
    user: User,
    token: String,
    problems: Problems,
    by_password: bool,
    /// What the provider of single sign-on is called.
    provider: Option<String>,
}

impl ChooseForm {
    fn new(portal: &Portal, asking: &Asking, user: User, token: String) -> Self {
        let provider = portal.ways.single_sign_on.as_ref();
        Self {
            page: Page::anonymous(asking),
            user,
            token,
            problems: Problems::default(),
            by_password: portal.ways.by_password,
            provider: provider.map(|it| it.name().to_owned()),
        }
    }
}

fn over(asking: &Asking) -> Result {
    link_over(asking, "link-over-what")
}

/// Looking at it does not use the link up: mail scanners follow links.
async fn form(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    Path(token): Path<String>,
) -> Result {
    if let Some(there) = mended("/invitation/", &token) {
        return Ok(there.into_response());
    }
    let Some(user) = portal.store.invited(&token).await? else {
        return over(&asking);
    };
    html(&ChooseForm::new(&portal, &asking, user, token))
}

async fn choose(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    Path(token): Path<String>,
    Form(typed): Form<TypedPassword>,
) -> Result {
    let Some(user) = portal.store.invited(&token).await? else {
        return over(&asking);
    };
    if !portal.ways.by_password {
        return Err(Error::Forbidden);
    }
    let problems = typed.problems(UserNames::from(&user));
    if !problems.is_empty() {
        let again = ChooseForm {
            problems,
            ..ChooseForm::new(&portal, &asking, user, token)
        };
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
    }
    let hash = portal.passwords.hash(&typed.new).await?;
    let by = record(AuditRecord::by(&user), &asking);
    let chosen = portal.store.choose_password(&user, &token, &hash, &by);
    if !chosen.await? {
        return over(&asking);
    }
    Ok(Redirect::to("/login?done=password").into_response())
}

/// Whoever signs in at the provider next, in this browser, is the invited user from then on.
async fn by_provider(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    Extension(public_url): Extension<PublicUrl>,
    cookies: CookieJar,
    Path(token): Path<String>,
) -> Result {
    let name = portal.single_sign_on()?.name();
    let Some(user) = portal.store.invited(&token).await? else {
        return over(&asking);
    };
    let back = format!("/invitation/{token}");
    let purpose = Purpose::Invitation { token };
    match provider::begin(&portal, &public_url, cookies, purpose, "/").await? {
        Ok(there) => provider::leave(Page::anonymous(&asking), name, there, &back),
        Err(failure) => {
            let refusing = Refusing::form(&portal, &asking, Action::SignedIn, &back);
            let refusing = refusing.of(Some(&user));
            refusing.answer(Refusal::Provider(failure)).await
        }
    }
}
