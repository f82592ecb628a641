//! The step of signing in that everybody takes: the form with name and password.

use askama::Template;
use axum::{Extension, Form, extract::State, http::StatusCode};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    credentials::{Passwords, Throttle},
    model::{User, Username},
    store::{Action, AuditRecord, Credentials, Store},
    web::{
        Error, Page, Portal, Query, Result, access::record, asking::Asking, html, html_as,
        kept_form,
    },
};

use super::{go_on, in_seconds, own};

#[derive(Template)]
#[template(path = "sign_in/form.html")]
struct SignInForm {
    page: Page,
    username: String,
    next: String,
    problem: Option<Problem>,
    /// What was just done by a link.
    done: Option<&'static str>,
    /// There are no users yet.
    is_fresh: bool,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy)]
enum Problem {
    Wrong,
    /// Too many failed attempts came before; seconds to wait.
    Wait(u64),
    /// The second step was not taken in time.
    Late,
}

impl SignInForm {
    fn wait(&self) -> Option<u64> {
        match self.problem {
            Some(Problem::Wait(seconds)) => Some(seconds),
            _ => None,
        }
    }

    /// A form waits to be shown again.
    fn keeps_form(&self) -> bool {
        self.next.starts_with(kept_form::PATH)
    }

    fn is_late(&self) -> bool {
        matches!(self.problem, Some(Problem::Late))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    next: String,
    late: String,
    done: String,
}

pub async fn form(
    State(store): State<Store>,
    Extension(asking): Extension<Asking>,
    Query(query): Query<Asked>,
) -> Result {
    let done = match query.done.as_str() {
        "password" => Some("password-is-chosen"),
        "set-up" => Some("set-up-done"),
        _ => None,
    };
    html(&SignInForm {
        page: Page::anonymous(&asking),
        username: String::new(),
        next: own(Some(&query.next)),
        problem: (query.late == "yes").then_some(Problem::Late),
        done,
        is_fresh: store.is_fresh().await?,
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
        Ok(user) => return go_on(&portal, &asking, &session, &user, &next).await,
        Err(problem) => problem,
    };
    let status = match problem {
        Problem::Wrong | Problem::Late => StatusCode::UNPROCESSABLE_ENTITY,
        Problem::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
    };
    let view = SignInForm {
        page: Page::anonymous(&asking),
        username: typed.username,
        next,
        problem: Some(problem),
        done: None,
        is_fresh: false,
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
    let known = match typed.username.parse::<Username>() {
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
