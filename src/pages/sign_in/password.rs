//! The first step of signing in: the form with name and password, and the way to the provider.

use askama::Template;
use axum::{Extension, Form, extract::State, http::StatusCode};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    credentials::{Passwords, SignInWays, SingleSignOn, Throttle},
    model::{User, Username},
    store::{Action, AuditRecord, Credentials},
    web::{
        Error, Page, Portal, Query, Result, access::record, address, asking::Asking, html, html_as,
    },
};

use super::{Proven, go_on, in_seconds, own};

#[derive(Template)]
#[template(path = "sign_in/form.html")]
struct SignInForm {
    page: Page,
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
            Some(Problem::TurnedOff) => "sign-in-turned-off",
            _ => "sign-in-failed",
        }
    }

    fn new(portal: &Portal, asking: &Asking, next: String) -> Self {
        let SignInWays {
            by_password,
            single_sign_on,
        } = &portal.ways;
        let way = |provider: &SingleSignOn| {
            let there = [("next", Some(next.as_str()).filter(|it| *it != "/"))];
            let there = address::with_query("/login/single-sign-on", &there);
            (provider.name().to_owned(), there)
        };
        Self {
            page: Page::anonymous(asking),
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
pub struct Asked {
    next: String,
    late: String,
    done: String,
    unsent: String,
}

pub async fn form(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    Query(query): Query<Asked>,
) -> Result {
    let done = match query.done.as_str() {
        "password" => Some("password-is-chosen"),
        "set-up" => Some("set-up-done"),
        _ => None,
    };
    html(&SignInForm {
        problem: (query.late == "yes").then_some(Problem::Late),
        is_unsent: query.unsent == "yes",
        done,
        is_fresh: portal.ways.by_password && portal.store.is_fresh().await?,
        ..SignInForm::new(&portal, &asking, own(Some(&query.next)))
    })
}

#[derive(Deserialize)]
pub struct Typed {
    username: String,
    password: String,
    next: Option<String>,
}

pub async fn sign_in(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result {
    let next = own(typed.next.as_deref());
    let problem = match check(&portal, &asking, &typed).await? {
        Ok(user) => {
            let proven = Proven {
                user: &user,
                next: &next,
                identity: None,
                id_token: None,
            };
            return go_on(&portal, &asking, &session, proven).await;
        }
        Err(problem) => problem,
    };
    let status = match problem {
        Problem::Wrong | Problem::Late => StatusCode::UNPROCESSABLE_ENTITY,
        Problem::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
        Problem::TurnedOff => StatusCode::FORBIDDEN,
    };
    let view = SignInForm {
        username: typed.username,
        problem: Some(problem),
        ..SignInForm::new(&portal, &asking, next)
    };
    html_as(status, &view)
}

/// The user, if the password is theirs and they may sign in. Every check of a password is written down, and
/// an unknown name takes as long as a wrong password.
async fn check(
    portal: &Portal,
    asking: &Asking,
    typed: &Typed,
) -> Result<std::result::Result<User, Problem>> {
    let Portal {
        store, passwords, ..
    } = portal;
    if !portal.ways.by_password {
        return Ok(Err(Problem::TurnedOff));
    }
    let known = match Username::existing(&typed.username) {
        Ok(username) => store.credentials(&username).await?,
        Err(_) => None,
    };
    let by = match &known {
        Some(known) => AuditRecord::by(&known.user),
        // What a stranger typed may be a password in the wrong field: it is not kept.
        None => AuditRecord::by_stranger("–"),
    };
    let by = record(by, asking);
    let throttle = Throttle::new(store.clone());
    let attempt = match throttle.begin(&typed.username, asking.client).await? {
        Ok(attempt) => attempt,
        // That a pause has begun is written down; who goes on must not fill the log.
        Err(wait) => return Ok(Err(Problem::Wait(in_seconds(wait)))),
    };
    let hash = known.as_ref().map(|it| it.password_hash.as_str());
    let right = passwords.verify(&typed.password, hash).await;
    let right = right.map_err(Error::internal)?;
    let Some(known) = known.filter(|it| right && !it.user.disabled) else {
        throttle.failed(attempt, &by, Action::SignedIn).await?;
        return Ok(Err(Problem::Wrong));
    };
    throttle.succeeded(attempt).await?;
    keep_up(portal, &known, &typed.password).await;
    Ok(Ok(known.user))
}

/// Hashes the password anew when it was hashed with less than is used now. Who signs in does not
/// fail for it: there is a next time.
async fn keep_up(portal: &Portal, known: &Credentials, password: &str) {
    if !Passwords::is_outdated(&known.password_hash) {
        return;
    }
    let replaced = async {
        let hash = portal.passwords.hash(password).await?;
        let replaced = portal.store.replace_hash(known, &hash).await?;
        Ok::<bool, Box<dyn std::error::Error + Send + Sync>>(replaced)
    };
    if let Err(error) = replaced.await {
        tracing::warn!(%error, "an outdated hash of a password could not be replaced");
    }
}
