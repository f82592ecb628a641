//! The user's second factor: set up, managed, and turned off.

pub mod manage;
pub mod set_up;

use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::LoginError,
    model::User,
    web::{
        AppState, FormErrors, LenientQuery, MfaPendingUser, Result, address, forms::FormError,
        session,
    },
};

const PAGE: &str = "/account/second-factor";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SetupQuery {
    next: String,
    flash: String,
}

pub async fn show(
    who: MfaPendingUser,
    State(state): State<AppState>,
    session: Session,
    LenientQuery(query): LenientQuery<SetupQuery>,
) -> Result {
    let next = local_next(&query.next);
    let errors = FormErrors::default();
    match state.store.second_factor(&who.user().id).await? {
        Some(factor) => {
            let recovered = query.flash == "recovered";
            manage::view(&who, &state, &factor, (next, recovered), errors).await
        }
        None => set_up::view(&who, &state, &session, next, errors).await,
    }
}

/// Checks the password; a user without one must have signed in a moment ago.
async fn reauthenticate(
    who: &MfaPendingUser,
    state: &AppState,
    session: &Session,
    password: &str,
) -> std::result::Result<User, FormError> {
    match who.reauthenticate(state, password).await {
        Ok(user) => Ok(user),
        Err(LoginError::NoPassword)
            if session::is_recent(session, state.clock.korean()).await? =>
        {
            Ok(who.user().clone())
        }
        Err(error) => {
            let no_password = "sign-in-again-to-change";
            Err(FormError::from_reauth(error, "password", no_password))
        }
    }
}

/// The page that led here, to go on to afterwards.
fn local_next(next: &str) -> Option<String> {
    address::local_path(next).map(str::to_owned)
}

fn back_here(next: Option<&str>) -> Response {
    Redirect::to(&address::with_query(PAGE, &[("next", next)])).into_response()
}
