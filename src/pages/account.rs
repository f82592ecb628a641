//! One's own account: the password, whether a second factor is on, and the sessions that are open.

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    credentials::{Throttle, WeakPassword, password_rule},
    model::Moment,
    store::{Action, SecondFactor, Store},
    web::{Error, Page, Portal, Query, Result, SignedIn, html_as, session},
};

use super::new_password;

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", post(change_password))
        .route("/account/sessions/end", post(end_session))
        .route("/account/sessions/end-others", post(end_other_sessions))
}

#[derive(Template)]
#[template(path = "account/show.html")]
struct Show {
    page: Page,
    second_factor: Option<SecondFactor>,
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
    Wait,
}

impl Problem {
    /// Its message.
    fn message(self) -> &'static str {
        match self {
            Self::Old => "password-old-wrong",
            Self::Weak(weak) => new_password::message(weak),
            Self::Different => "password-different",
            Self::Wait => "password-wait",
        }
    }

    /// Which field it belongs to.
    fn field(self) -> &'static str {
        match self {
            Self::Old | Self::Wait => "old",
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
struct Done {
    done: String,
}

async fn show(
    who: SignedIn,
    State(portal): State<Portal>,
    session: Session,
    Query(query): Query<Done>,
) -> Result {
    let done = match query.done.as_str() {
        "password" => Some("password-changed"),
        "session" => Some("session-ended"),
        "sessions" => Some("sessions-ended"),
        "second-factor" => Some("second-factor-is-off"),
        _ => None,
    };
    view(&who, &portal, &session, done, None).await
}

async fn view(
    who: &SignedIn,
    portal: &Portal,
    session: &Session,
    done: Option<&'static str>,
    problem: Option<Problem>,
) -> Result {
    let sessions = portal.sessions.of(&who.user.id).await?;
    let second_factor = portal.store.second_factor(&who.user.id).await?;
    let status = match problem {
        None => StatusCode::OK,
        Some(Problem::Wait) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let describe = |open| session::describe(open, session);
    let view = Show {
        page: who.page(),
        second_factor,
        sessions: sessions.into_iter().map(describe).collect(),
        done,
        problem,
    };
    html_as(status, &view)
}

#[derive(Deserialize)]
struct NewPassword {
    old: String,
    new: String,
    again: String,
}

/// Ends all sessions and starts this one anew.
async fn change_password(
    who: SignedIn,
    State(portal): State<Portal>,
    session: Session,
    Form(typed): Form<NewPassword>,
) -> Result {
    if let Some(problem) = check(&who, &portal, &typed).await? {
        return view(&who, &portal, &session, None, Some(problem)).await;
    }
    let hash = portal.passwords.hash(&typed.new).await;
    let hash = hash.map_err(Error::internal)?;
    portal
        .store
        .set_password(&who.user, &hash, &who.record())
        .await?;
    session::start_anew(&session, &portal, &who.user, &who.asking).await?;
    Ok(Redirect::to("/account?done=password").into_response())
}

async fn check(who: &SignedIn, portal: &Portal, typed: &NewPassword) -> Result<Option<Problem>> {
    let username = who.user.username.as_str();
    if let Err(weak) = password_rule::check(&typed.new, &who.user.username) {
        return Ok(Some(Problem::Weak(weak)));
    }
    if typed.new != typed.again {
        return Ok(Some(Problem::Different));
    }
    let throttle = Throttle::new(portal.store.clone());
    let Ok(attempt) = throttle.begin(username, who.asking.client).await? else {
        return Ok(Some(Problem::Wait));
    };
    let known = portal.store.credentials(&who.user.username).await?;
    let hash = known.as_ref().map(|it| it.password_hash.as_str());
    let right = portal.passwords.verify(&typed.old, hash).await;
    if !right.map_err(Error::internal)? {
        let action = Action::PasswordGiven;
        throttle.failed(attempt, &who.record(), action).await?;
        return Ok(Some(Problem::Old));
    }
    throttle.succeeded(attempt).await?;
    Ok(None)
}

#[derive(Deserialize)]
struct Handle {
    session: String,
}

async fn end_session(
    who: SignedIn,
    State(store): State<Store>,
    Form(Handle { session }): Form<Handle>,
) -> Result {
    store
        .end_session(&who.user.id, &session, &who.record())
        .await?;
    Ok(Redirect::to("/account?done=session").into_response())
}

async fn end_other_sessions(who: SignedIn, State(store): State<Store>) -> Result {
    let (user, this) = (&who.user.id, who.session_handle());
    store.end_other_sessions(user, this, &who.record()).await?;
    Ok(Redirect::to("/account?done=sessions").into_response())
}
