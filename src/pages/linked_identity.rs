//! Whether one signs in through the provider of single sign-on: begun and ended by oneself.

use askama::Template;
use axum::{
    Extension, Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    model::User,
    store::{Action, LinkedIdentity},
    web::{
        AppState, CurrentUser, FormErrors, Layout, LenientQuery, Result, html_as, session,
        single_sign_on::Purpose, state::PublicUrl,
    },
};

use super::{
    oidc,
    reauth::{self, ReauthError},
    sign_in::refused::{Refusal, Refusing},
};

const PAGE: &str = "/account/single-sign-on";

#[derive(Template)]
#[template(path = "single_sign_on/show.html")]
struct Show {
    layout: Layout,
    provider: String,
    connection: Option<LinkedIdentity>,
    has_password: bool,
    /// Could they sign in without the provider.
    by_password: bool,
    errors: FormErrors,
    done: Option<&'static str>,
}

async fn view(
    who: &CurrentUser,
    state: &AppState,
    done: Option<&'static str>,
    errors: FormErrors,
) -> Result {
    let (provider, user) = (state.single_sign_on()?, &who.user().id);
    let status = match errors.all().first() {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let view = Show {
        layout: who.layout(),
        provider: provider.name().to_owned(),
        connection: state.store.linked_identity(user, provider.issuer()).await?,
        has_password: state.store.has_password(user).await?,
        by_password: state.ways.by_password,
        errors,
        done,
    };
    html_as(status, &view)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

pub async fn show(
    who: CurrentUser,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<Done>,
) -> Result {
    let done = match query.done.as_str() {
        "connected" => Some("single-sign-on-is-connected"),
        "disconnected" => Some("single-sign-on-is-disconnected"),
        _ => None,
    };
    view(&who, &state, done, FormErrors::default()).await
}

/// It has no `Debug`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Proof {
    password: String,
}

/// Whom their password proves, or what is wrong with it.
async fn prove(
    who: &CurrentUser,
    state: &AppState,
    proof: &Proof,
) -> Result<std::result::Result<User, FormErrors>> {
    let by = (who.user(), who.context(), &who.record());
    let proven = reauth::password(state, by, &proof.password).await?;
    Ok(proven.map_err(|unproven| match unproven {
        ReauthError::Wrong => FormErrors::one("password", "password-old-wrong"),
        ReauthError::NoPassword => FormErrors::one("password", "single-sign-on-only-way"),
    }))
}

/// Whoever signs in at the provider next, in this browser, is this user from then on. So the password is asked for,
/// and no link from elsewhere begins it.
pub async fn connect(
    who: CurrentUser,
    State(state): State<AppState>,
    Extension(public_url): Extension<PublicUrl>,
    session: Session,
    cookies: CookieJar,
    Form(proof): Form<Proof>,
) -> Result {
    state.single_sign_on()?;
    if let Err(errors) = prove(&who, &state, &proof).await? {
        return view(&who, &state, None, errors).await;
    }
    let purpose = Purpose::connect(&who.user().id, session::handle(&session)?);
    let name = state.single_sign_on()?.name();
    match oidc::begin(&state, &public_url, cookies, purpose, PAGE).await? {
        Ok(there) => oidc::leave(who.layout(), name, there, PAGE),
        Err(failure) => {
            let action = Action::IdentityConnected;
            let refusing = Refusing::form(&state, who.context(), action, PAGE);
            let refusing = refusing.of(Some(who.user()));
            refusing.answer(Refusal::Provider(failure)).await
        }
    }
}

/// Ends all sessions and starts this one anew. Who has no other way to sign in keeps this one.
pub async fn disconnect(
    who: CurrentUser,
    State(state): State<AppState>,
    session: Session,
    Form(proof): Form<Proof>,
) -> Result {
    state.single_sign_on()?;
    if !state.ways.by_password {
        let errors = FormErrors::one("password", "single-sign-on-only-way");
        return view(&who, &state, None, errors).await;
    }
    let user = match prove(&who, &state, &proof).await? {
        Ok(user) => user,
        Err(errors) => return view(&who, &state, None, errors).await,
    };
    let by = who.record();
    let ended = state.store.unlink_identities(&user, &by);
    if let Some(user) = ended.await? {
        session::start_anew(&session, &user, who.context()).await?;
    }
    Ok(Redirect::to("/account/single-sign-on?done=disconnected").into_response())
}
