//! One's own account: the password, whether a second factor is on, and the sessions that are open.

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
    auth::{UserNames, WeakPassword, password_rule},
    model::{ApiTimestamp, User},
    store::{LinkedIdentity, SecondFactor, Store},
    web::{AppState, CurrentUser, Error, Layout, LenientQuery, Result, html_as, session},
};

use super::{new_password, reauth};

#[derive(Template)]
#[template(path = "account/show.html")]
struct Show {
    layout: Layout,
    second_factor: Option<SecondFactor>,
    /// A password of their own, which is of use.
    has_password: bool,
    /// What the provider of single sign-on is called, and whether they sign in through it.
    provider: Option<(String, Option<LinkedIdentity>)>,
    sessions: Vec<session::Described>,
    /// A message after a change.
    done: Option<&'static str>,
    problem: Option<Problem>,
}

/// Why a password was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    Old,
    Weak(WeakPassword),
    Different,
}

impl Problem {
    /// Its message.
    fn message(self) -> &'static str {
        match self {
            Self::Old => "password-old-wrong",
            Self::Weak(weak) => new_password::message(weak),
            Self::Different => "password-different",
        }
    }

    /// Which field it belongs to.
    fn field(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::Weak(_) => "new",
            Self::Different => "again",
        }
    }
}

impl Show {
    fn is_wrong(&self, field: &str) -> bool {
        self.problem.is_some_and(|problem| problem.field() == field)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

pub async fn show(
    who: CurrentUser,
    State(state): State<AppState>,
    session: Session,
    LenientQuery(query): LenientQuery<Done>,
) -> Result {
    let done = match query.done.as_str() {
        "password" => Some("password-changed"),
        "session" => Some("session-ended"),
        "sessions" => Some("sessions-ended"),
        "second-factor" => Some("second-factor-is-off"),
        _ => None,
    };
    view(&who, &state, &session, done, None).await
}

async fn view(
    who: &CurrentUser,
    state: &AppState,
    session: &Session,
    done: Option<&'static str>,
    problem: Option<Problem>,
) -> Result {
    let (store, user) = (&state.store, &who.user().id);
    let sessions = state.sessions.list(user).await?;
    let second_factor = store.second_factor(user).await?;
    let provider = match &state.ways.single_sign_on {
        Some(provider) => {
            let connection = store.linked_identity(user, provider.issuer()).await?;
            Some((provider.name().to_owned(), connection))
        }
        None => None,
    };
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let describe = |open| session::describe(open, session, who.session_end());
    let view = Show {
        layout: who.layout(),
        second_factor,
        has_password: state.ways.by_password && store.has_password(user).await?,
        provider,
        sessions: sessions.into_iter().map(describe).collect(),
        done,
        problem,
    };
    html_as(status, &view)
}

#[derive(Deserialize)]
pub struct NewPassword {
    old: String,
    new: String,
    again: String,
}

/// Ends all sessions and starts this one anew.
pub async fn change_password(
    who: CurrentUser,
    State(state): State<AppState>,
    session: Session,
    Form(typed): Form<NewPassword>,
) -> Result {
    let user = match check(&who, &state, &typed).await? {
        Ok(user) => user,
        Err(problem) => return view(&who, &state, &session, None, Some(problem)).await,
    };
    let hash = state.passwords.hash(&typed.new).await?;
    let by = who.record();
    let changed = state.store.change_password(&user, &hash, &by).await?;
    let user = changed.ok_or(Error::SignIn)?;
    session::start_anew(&session, &user, who.context()).await?;
    Ok(Redirect::to("/account?done=password").into_response())
}

async fn check(
    who: &CurrentUser,
    state: &AppState,
    typed: &NewPassword,
) -> Result<std::result::Result<User, Problem>> {
    if let Err(weak) = password_rule::check(&typed.new, UserNames::from(who.user())) {
        return Ok(Err(Problem::Weak(weak)));
    }
    if typed.new != typed.again {
        return Ok(Err(Problem::Different));
    }
    let by = (who.user(), who.context(), &who.record());
    let proven = reauth::password(state, by, &typed.old).await?;
    Ok(proven.map_err(|_| Problem::Old))
}

#[derive(Deserialize)]
pub struct Handle {
    session: String,
}

pub async fn end_session(
    who: CurrentUser,
    State(store): State<Store>,
    Form(Handle { session }): Form<Handle>,
) -> Result {
    store
        .end_session(&who.user().id, &session, &who.record())
        .await?;
    Ok(Redirect::to("/account?done=session").into_response())
}

pub async fn end_other_sessions(who: CurrentUser, State(store): State<Store>) -> Result {
    let (user, this) = (&who.user().id, who.session_handle());
    store.end_other_sessions(user, this, &who.record()).await?;
    Ok(Redirect::to("/account?done=sessions").into_response())
}
