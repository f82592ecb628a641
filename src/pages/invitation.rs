//! Invitations: a site admin's one-time link to choose a password, or the OIDC provider in its place.

use askama::Template;
use axum::{
    Extension, Form,
    extract::{Path, State},
    response::IntoResponse as _,
};
use axum_extra::extract::CookieJar;

use crate::{
    auth::UserNames,
    model::{Actor, User, Via},
    store::Action,
    web::{
        AppState, Error, FormErrors, Layout, Result,
        context::RequestContext,
        expired_link::{expired_link, trimmed_link},
        flash,
        forms::new_password::NewPasswordForm,
        html_as,
        oidc::{self, attempt::Purpose, refusal::RefusedFlow},
        state::PublicUrl,
    },
};

const EXPIRED: &str = "link-over-what";

#[derive(Template)]
#[template(path = "invitation/form.html")]
struct ChooseForm {
    layout: Layout,
    user: User,
    token: String,
    errors: FormErrors,
    by_password: bool,
    /// The OIDC provider's name.
    provider: Option<String>,
}

fn view(
    state: &AppState,
    context: &RequestContext,
    user: User,
    token: String,
    errors: FormErrors,
) -> Result {
    let provider = state.ways.single_sign_on.as_ref();
    let view = ChooseForm {
        layout: Layout::anonymous(context),
        user,
        token,
        errors,
        by_password: state.ways.by_password,
        provider: provider.map(|provider| provider.name().to_owned()),
    };
    html_as(view.errors.status(), &view)
}

/// Opening the link does not use it up: mail scanners follow links.
pub async fn form(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Path(token): Path<String>,
) -> Result {
    if let Some(there) = trimmed_link("/invitation/", &token) {
        return Ok(there.into_response());
    }
    match state.store.invited(&token).await? {
        Some(user) => view(&state, &context, user, token, FormErrors::default()),
        None => expired_link(&context, EXPIRED),
    }
}

pub async fn choose(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Path(token): Path<String>,
    Form(typed): Form<NewPasswordForm>,
) -> Result {
    let Some(user) = state.store.invited(&token).await? else {
        return expired_link(&context, EXPIRED);
    };
    if !state.ways.by_password {
        return Err(Error::Forbidden);
    }
    let errors = typed.errors(UserNames::from(&user));
    if !errors.is_empty() {
        return view(&state, &context, user, token, errors);
    }
    let hash = state.passwords.hash(&typed.new).await?;
    let by = context.record(Actor::user(&user, Via::Anonymous));
    let chosen = state.store.choose_password(&user, &token, &hash, &by);
    if !chosen.await? {
        return expired_link(&context, EXPIRED);
    }
    Ok(flash::redirect("/login", "password"))
}

/// The identity that signs in at the provider next, in this browser, becomes the invited user's.
pub async fn by_provider(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Extension(public_url): Extension<PublicUrl>,
    cookies: CookieJar,
    Path(token): Path<String>,
) -> Result {
    let name = state.single_sign_on()?.name();
    let Some(user) = state.store.invited(&token).await? else {
        return expired_link(&context, EXPIRED);
    };
    let back = format!("/invitation/{token}");
    let purpose = Purpose::Invitation { token };
    match oidc::begin(&state, &public_url, cookies, purpose, "/").await {
        Ok(begun) => oidc::leave(Layout::anonymous(&context), name, begun, &back),
        Err(error) => {
            let flow =
                RefusedFlow::form(&state, &context, Action::SignedIn, &back).with_user(&user);
            error.show(|refusal| flow.answer(refusal)).await
        }
    }
}
