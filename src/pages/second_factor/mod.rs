//! One's own second factor: set up, used for signing in, and turned off again.

pub mod manage;
pub mod set_up;

use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    model::User,
    web::{AppState, LenientQuery, MfaPendingUser, Result, address, session},
};

use super::reauth::{self, ReauthError};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SetupQuery {
    next: String,
    done: String,
}

pub async fn show(
    who: MfaPendingUser,
    State(state): State<AppState>,
    session: Session,
    LenientQuery(asked): LenientQuery<SetupQuery>,
) -> Result {
    let next = own(&asked.next);
    match state.store.second_factor(&who.user().id).await? {
        Some(factor) => {
            let recovered = asked.done == "recovered";
            manage::view(&who, &state, &factor, (next, recovered), None).await
        }
        None => set_up::view(&who, &state, &session, next, None).await,
    }
}

/// Why nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    /// The code that should have confirmed a new secret.
    FirstCode,
    Code,
    Password,
    /// Who has no password must have signed in a moment ago.
    NotRecent,
}

impl Problem {
    fn message(self) -> &'static str {
        match self {
            Self::FirstCode => "second-factor-first-code-wrong",
            Self::Code => "code-wrong",
            Self::Password => "password-old-wrong",
            Self::NotRecent => "sign-in-again-to-change",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::FirstCode | Self::Code => "code",
            Self::Password | Self::NotRecent => "password",
        }
    }
}

/// The person at the keyboard, if it is the one who signed in: by their password, or, if they have
/// none, since they have signed in a moment ago.
async fn prove(
    who: &MfaPendingUser,
    state: &AppState,
    session: &Session,
    password: &str,
) -> Result<std::result::Result<User, Problem>> {
    let proven =
        reauth::password(state, (who.user(), who.context(), &who.record()), password).await?;
    Ok(match proven {
        Ok(user) => Ok(user),
        Err(ReauthError::Wrong) => Err(Problem::Password),
        Err(ReauthError::NoPassword) => {
            let is_recent = session::is_recent(session, state.clock.korean()).await?;
            let user = is_recent.then(|| who.user().clone());
            user.ok_or(Problem::NotRecent)
        }
    })
}

/// Where somebody was going who was led here, if they were.
fn own(next: &str) -> Option<String> {
    address::own(next).map(str::to_owned)
}

fn back_here(next: Option<&str>) -> Response {
    let there = address::with_query("/account/second-factor", &[("next", next)]);
    Redirect::to(&there).into_response()
}
