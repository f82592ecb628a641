//! A second factor that is on: how many recovery codes are left, new ones, and turning it off.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::{
        RecoveryCodes,
        second_factor::{self, CodeError},
    },
    model::{KstDateTime, User},
    store::SecondFactor,
    web::{AppState, Error, Layout, MfaPendingUser, Result, html, html_as, session},
};

use super::{Problem, back_here, prove, set_up::FreshCodes};

#[derive(Template)]
#[template(path = "second_factor/manage.html")]
struct Manage {
    layout: Layout,
    since: KstDateTime,
    recovery_codes: u32,
    /// The person has just signed in with a recovery code.
    recovered: bool,
    next: Option<String>,
    has_password: bool,
    problem: Option<Problem>,
}

impl Manage {
    fn is_wrong(&self, field: &str) -> bool {
        self.problem.is_some_and(|problem| problem.field() == field)
    }
}

pub(super) async fn view(
    who: &MfaPendingUser,
    state: &AppState,
    factor: &SecondFactor,
    (next, recovered): (Option<String>, bool),
    problem: Option<Problem>,
) -> Result {
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let view = Manage {
        layout: who.layout(),
        since: factor.since()?,
        recovery_codes: factor.recovery_codes,
        recovered,
        next,
        has_password: state.store.has_password(&who.user().id).await?,
        problem,
    };
    html_as(status, &view)
}

/// What every change here asks for.
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
    let user = match check(&who, &state, &session, &proofs).await? {
        Ok(user) => user,
        Err(problem) => return again(&who, &state, problem).await,
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
        next: "/account/second-factor".to_owned(),
    })
}

/// Ends all sessions and starts this one anew.
pub async fn turn_off(
    who: MfaPendingUser,
    State(state): State<AppState>,
    session: Session,
    Form(proofs): Form<Proofs>,
) -> Result {
    let user = match check(&who, &state, &session, &proofs).await? {
        Ok(user) => user,
        Err(problem) => return again(&who, &state, problem).await,
    };
    let by = who.record();
    let turned_off = state.store.turn_off_second_factor(&user, &by).await?;
    let Some(user) = turned_off else {
        return Ok(back_here(None));
    };
    session::start_anew(&session, &user, who.context()).await?;
    Ok(Redirect::to("/account?done=second-factor").into_response())
}

/// Password and code, in this order: a code is used up by being looked at.
async fn check(
    who: &MfaPendingUser,
    state: &AppState,
    session: &Session,
    proofs: &Proofs,
) -> Result<std::result::Result<User, Problem>> {
    let user = match prove(who, state, session, &proofs.password).await? {
        Ok(user) => user,
        Err(problem) => return Ok(Err(problem)),
    };
    let from = (&user, who.context().client);
    let by = who.record();
    let given = second_factor::check(&state.store, &state.clock, from, &proofs.code, &by);
    match given.await {
        Ok(_) => Ok(Ok(user)),
        Err(CodeError::Wrong) => Ok(Err(Problem::Code)),
        Err(CodeError::Wait(wait)) => Err(Error::TooManyAttempts(wait)),
        Err(CodeError::Store(error)) => Err(error.into()),
    }
}

async fn again(who: &MfaPendingUser, state: &AppState, problem: Problem) -> Result {
    match state.store.second_factor(&who.user().id).await? {
        Some(factor) => view(who, state, &factor, (None, false), Some(problem)).await,
        None => Ok(back_here(None)),
    }
}
