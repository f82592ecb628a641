//! A second factor that is on: its recovery codes, and turning it off.

use askama::Template;
use axum::{Form, extract::State};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::{
        RecoveryCodes,
        second_factor::{self, CodeError},
    },
    model::{KstDateTime, User},
    store::SecondFactor,
    web::{
        AppState, Error, FormErrors, Layout, MfaPendingUser, Result, flash, forms::FormError, html,
        html_as, session,
    },
};

use super::{PAGE, back_here, reauthenticate, set_up::FreshCodes};

#[derive(Template)]
#[template(path = "account/second_factor/manage.html")]
struct Manage {
    layout: Layout,
    since: KstDateTime,
    recovery_codes: u32,
    /// The user has just signed in with a recovery code.
    recovered: bool,
    next: Option<String>,
    has_password: bool,
    errors: FormErrors,
}

pub(super) async fn view(
    who: &MfaPendingUser,
    state: &AppState,
    factor: &SecondFactor,
    (next, recovered): (Option<String>, bool),
    errors: FormErrors,
) -> Result {
    let view = Manage {
        layout: who.layout(),
        since: factor.since()?,
        recovery_codes: factor.recovery_codes,
        recovered,
        next,
        has_password: state.store.has_password(&who.user().id).await?,
        errors,
    };
    html_as(view.errors.status(), &view)
}

/// Fields of every form on this page.
#[derive(Deserialize)]
pub struct Proofs {
    #[serde(default)]
    password: String,
    code: String,
}

pub async fn make_recovery_codes(
    who: MfaPendingUser,
    State(state): State<AppState>,
    session: Session,
    Form(proofs): Form<Proofs>,
) -> Result {
    let user = match check(&who, &state, &session, &proofs).await {
        Ok(user) => user,
        Err(error) => return error.show(|errors| again(&who, &state, errors)).await,
    };
    let codes = RecoveryCodes::new();
    let hashes = codes.hashes(&user.id);
    let by = who.record();
    let replaced = state.store.replace_recovery_codes(&user, &hashes, &by);
    if !replaced.await? {
        return Ok(back_here(None));
    }
    html(&FreshCodes {
        layout: who.layout(),
        codes,
        just_on: false,
        next: PAGE.to_owned(),
    })
}

/// Ends all sessions and starts this one anew.
pub async fn turn_off(
    who: MfaPendingUser,
    State(state): State<AppState>,
    session: Session,
    Form(proofs): Form<Proofs>,
) -> Result {
    let user = match check(&who, &state, &session, &proofs).await {
        Ok(user) => user,
        Err(error) => return error.show(|errors| again(&who, &state, errors)).await,
    };
    let by = who.record();
    let turned_off = state.store.turn_off_second_factor(&user, &by).await?;
    let Some(user) = turned_off else {
        return Ok(back_here(None));
    };
    session::start_anew(&session, &user, who.context()).await?;
    Ok(flash::redirect("/account", "second-factor"))
}

/// Password and code, in this order: checking a code uses it up.
async fn check(
    who: &MfaPendingUser,
    state: &AppState,
    session: &Session,
    proofs: &Proofs,
) -> std::result::Result<User, FormError> {
    let user = reauthenticate(who, state, session, &proofs.password).await?;
    let from = (&user, who.context().client);
    let by = who.record();
    let given = second_factor::check(&state.store, &state.clock, from, &proofs.code, &by);
    match given.await {
        Ok(_) => Ok(user),
        Err(CodeError::Wrong) => Err(FormErrors::one("code", "code-wrong").into()),
        Err(CodeError::Wait(wait)) => Err(Error::TooManyAttempts(wait).into()),
        Err(CodeError::Store(error)) => Err(error.into()),
    }
}

async fn again(who: &MfaPendingUser, state: &AppState, errors: FormErrors) -> Result {
    match state.store.second_factor(&who.user().id).await? {
        Some(factor) => view(who, state, &factor, (None, false), errors).await,
        None => Ok(back_here(None)),
    }
}
