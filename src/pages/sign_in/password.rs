//! The first step of signing in: the form with name and password, and the way to the provider.

use askama::Template;
use axum::{Extension, Form, extract::State, http::StatusCode};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::{LimitError, LoginRateLimiter, Oidc, PasswordCheck, SignInWays},
    model::{Actor, User, Username, Via},
    store::{Action, Credentials},
    web::{
        AppState, Layout, LenientQuery, Result, address, context::RequestContext,
        error::whole_seconds, html, html_as,
    },
};

use super::{Proven, go_on, own, wait_before};

#[derive(Template)]
#[template(path = "sign_in/form.html")]
struct SignInForm {
    layout: Layout,
    username: String,
    next: String,
    problem: Option<Problem>,
    /// A form came when the session had ended, and was not sent.
    is_unsent: bool,
    /// What was just done by a link.
    done: Option<&'static str>,
    /// There are no users yet.
    is_fresh: bool,
    by_password: bool,
    /// What the provider of single sign-on is called, and the way there.
    provider: Option<(String, String)>,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy)]
enum Problem {
    Wrong,
    /// Too many failed attempts came before; seconds to wait.
    Wait(u64),
    /// The second step was not taken in time.
    Late,
    /// The account was changed while its user was signing in.
    Changed,
    /// Nobody signs in by password here.
    TurnedOff,
}

impl SignInForm {
    fn wait(&self) -> Option<u64> {
        match self.problem {
            Some(Problem::Wait(seconds)) => Some(seconds),
            _ => None,
        }
    }

    fn message(&self) -> &'static str {
        match self.problem {
            Some(Problem::Late) => "sign-in-late",
            Some(Problem::Changed) => "sign-in-changed",
            Some(Problem::TurnedOff) => "sign-in-turned-off",
            _ => "sign-in-failed",
        }
    }

    fn new(state: &AppState, context: &RequestContext, next: String) -> Self {
        let SignInWays {
            by_password,
            single_sign_on,
        } = &state.ways;
        let way = |provider: &Oidc| {
            let there = [("next", Some(next.as_str()).filter(|value| *value != "/"))];
            let there = address::with_query("/login/single-sign-on", &there);
            (provider.name().to_owned(), there)
        };
        Self {
            layout: Layout::anonymous(context),
            username: String::new(),
            problem: None,
            is_unsent: false,
            done: None,
            is_fresh: false,
            by_password: *by_password,
            provider: single_sign_on.as_ref().map(way),
            next,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SignInQuery {
    next: String,
    late: String,
    error: String,
    done: String,
    unsent: String,
}

pub async fn form(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    LenientQuery(query): LenientQuery<SignInQuery>,
) -> Result {
    let done = match query.done.as_str() {
        "password" => Some("password-is-chosen"),
        "set-up" => Some("set-up-done"),
        _ => None,
    };
    let problem = match (query.late.as_str(), query.error.as_str()) {
        ("yes", _) => Some(Problem::Late),
        (_, "changed") => Some(Problem::Changed),
        _ => None,
    };
    html(&SignInForm {
        problem,
        is_unsent: query.unsent == "yes",
        done,
        is_fresh: state.ways.by_password && state.store.is_fresh().await?,
        ..SignInForm::new(&state, &context, own(Some(&query.next)))
    })
}

#[derive(Deserialize)]
pub struct PasswordInput {
    username: String,
    password: String,
    next: Option<String>,
}

pub async fn sign_in(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    session: Session,
    Form(typed): Form<PasswordInput>,
) -> Result {
    let next = own(typed.next.as_deref());
    let problem = match check(&state, &context, &typed).await? {
        Ok(user) => {
            let proven = Proven {
                user: &user,
                next: &next,
                identity: None,
                id_token: None,
            };
            return go_on(&state, &context, &session, proven).await;
        }
        Err(problem) => problem,
    };
    let view = SignInForm {
        username: typed.username,
        problem: Some(problem),
        ..SignInForm::new(&state, &context, next)
    };
    match problem {
        Problem::Wait(seconds) => wait_before(seconds, &view),
        Problem::TurnedOff => html_as(StatusCode::FORBIDDEN, &view),
        _ => html_as(StatusCode::UNPROCESSABLE_ENTITY, &view),
    }
}

/// The user, if the password is theirs and they may sign in. Every check of a password is written down, and
/// an unknown name takes as long as a wrong password.
async fn check(
    state: &AppState,
    context: &RequestContext,
    typed: &PasswordInput,
) -> Result<std::result::Result<User, Problem>> {
    let AppState {
        store, passwords, ..
    } = state;
    if !state.ways.by_password {
        return Ok(Err(Problem::TurnedOff));
    }
    let known = match Username::existing(&typed.username) {
        Ok(username) => store.credentials(&username).await?,
        Err(_) => None,
    };
    let by = match &known {
        Some(known) => Actor::user(&known.user, Via::Anonymous),
        None => Actor::unknown(),
    };
    let by = context.record(by);
    let limiter = LoginRateLimiter::new(store.clone());
    let wait = |error| match error {
        LimitError::Wait(wait) => Ok(Err(Problem::Wait(whole_seconds(wait)))),
        LimitError::Store(error) => Err(error.into()),
    };
    let attempt = match limiter.begin(&typed.username, context.client).await {
        Ok(attempt) => attempt,
        Err(error) => return wait(error),
    };
    let hash = known.as_ref().map(|known| known.password_hash.as_str());
    let checked = passwords.verify(&typed.password, hash).await?;
    let Some(known) = known.filter(|known| checked.is_right() && !known.user.disabled) else {
        let counted = limiter.failed(&attempt, &by, Action::SignedIn).await;
        return counted.map_or_else(wait, |()| Ok(Err(Problem::Wrong)));
    };
    if let Err(error) = limiter.succeeded(&attempt).await {
        return wait(error);
    }
    if checked == PasswordCheck::Outdated {
        keep_up(state, &known, &typed.password).await;
    }
    Ok(Ok(known.user))
}

/// Hashes the password anew. Who signs in does not fail for it: there is a next time.
async fn keep_up(state: &AppState, known: &Credentials, password: &str) {
    let replaced = async {
        let hash = state.passwords.hash(password).await?;
        let replaced = state.store.replace_hash(known, &hash).await?;
        Ok::<bool, Box<dyn std::error::Error + Send + Sync>>(replaced)
    };
    if let Err(error) = replaced.await {
        tracing::warn!(%error, "an outdated hash of a password could not be replaced");
    }
}
