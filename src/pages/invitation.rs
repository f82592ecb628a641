//! Choosing a password, or the provider of single sign-on, by a link that a site admin made: it works once, and not
//! for long.

use askama::Template;
use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use axum_extra::extract::CookieJar;

use crate::{
    auth::UserNames,
    model::{Actor, User, Via},
    store::Action,
    web::{
        AppState, Error, FormErrors, Layout, Result, context::RequestContext, html, html_as,
        single_sign_on::Purpose, state::PublicUrl,
    },
};

use super::{
    expired_link::{link_over, mended},
    new_password::NewPasswordForm,
    oidc,
    sign_in::refused::{Refusal, Refusing},
};

#[derive(Template)]
#[template(path = "invitation/form.html")]
struct ChooseForm {
    layout: Layout,
    user: User,
    token: String,
    errors: FormErrors,
    by_password: bool,
    /// What the provider of single sign-on is called.
    provider: Option<String>,
}

impl ChooseForm {
    fn new(state: &AppState, context: &RequestContext, user: User, token: String) -> Self {
        let provider = state.ways.single_sign_on.as_ref();
        Self {
            layout: Layout::anonymous(context),
            user,
            token,
            errors: FormErrors::default(),
            by_password: state.ways.by_password,
            provider: provider.map(|provider| provider.name().to_owned()),
        }
    }
}

fn over(context: &RequestContext) -> Result {
    link_over(context, "link-over-what")
}

/// Opening it does not use the link up: mail scanners follow links.
pub async fn form(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Path(token): Path<String>,
) -> Result {
    if let Some(there) = mended("/invitation/", &token) {
        return Ok(there.into_response());
    }
    let Some(user) = state.store.invited(&token).await? else {
        return over(&context);
    };
    html(&ChooseForm::new(&state, &context, user, token))
}

pub async fn choose(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Path(token): Path<String>,
    Form(typed): Form<NewPasswordForm>,
) -> Result {
    let Some(user) = state.store.invited(&token).await? else {
        return over(&context);
    };
    if !state.ways.by_password {
        return Err(Error::Forbidden);
    }
    let errors = typed.errors(UserNames::from(&user));
    if !errors.is_empty() {
        let again = ChooseForm {
            errors,
            ..ChooseForm::new(&state, &context, user, token)
        };
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
    }
    let hash = state.passwords.hash(&typed.new).await?;
    let by = context.record(Actor::user(&user, Via::Anonymous));
    let chosen = state.store.choose_password(&user, &token, &hash, &by);
    if !chosen.await? {
        return over(&context);
    }
    Ok(Redirect::to("/login?done=password").into_response())
}

/// Whoever signs in at the provider next, in this browser, is the invited user from then on.
pub async fn by_provider(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Extension(public_url): Extension<PublicUrl>,
    cookies: CookieJar,
    Path(token): Path<String>,
) -> Result {
    let name = state.single_sign_on()?.name();
    let Some(user) = state.store.invited(&token).await? else {
        return over(&context);
    };
    let back = format!("/invitation/{token}");
    let purpose = Purpose::Invitation { token };
    match oidc::begin(&state, &public_url, cookies, purpose, "/").await? {
        Ok(there) => oidc::leave(Layout::anonymous(&context), name, there, &back),
        Err(failure) => {
            let refusing = Refusing::form(&state, &context, Action::SignedIn, &back);
            let refusing = refusing.of(Some(&user));
            refusing.answer(Refusal::Provider(failure)).await
        }
    }
}
