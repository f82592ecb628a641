//! Signing in and out.

use askama::Template;
use axum::{
    Extension, Form, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    credentials::Passwords,
    model::{User, Username},
    store::{Action, AuditRecord, Outcome, Store},
    web::{
        Error, Page, Portal, Result, SignedIn, access::record, address, asking::Asking, html,
        html_as, session,
    },
};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/login", get(form).post(sign_in))
        .route("/logout", post(sign_out))
}

#[derive(Template)]
#[template(path = "sign_in/form.html")]
struct SignInForm {
    page: Page,
    username: String,
    next: String,
    failed: bool,
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

async fn form(Extension(asking): Extension<Asking>, Query(query): Query<Next>) -> Result {
    html(&SignInForm {
        page: Page::anonymous(&asking),
        username: String::new(),
        next: own(query.next.as_deref()),
        failed: false,
    })
}

#[derive(Deserialize)]
struct Typed {
    username: String,
    password: String,
    next: Option<String>,
}

async fn sign_in(
    State(store): State<Store>,
    State(passwords): State<Passwords>,
    Extension(asking): Extension<Asking>,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result {
    let next = own(typed.next.as_deref());
    match check(
        &store,
        &passwords,
        &asking,
        &typed.username,
        &typed.password,
    )
    .await?
    {
        Some(user) => {
            session::start(&session, &user).await?;
            Ok(Redirect::to(&next).into_response())
        }
        None => html_as(
            StatusCode::UNPROCESSABLE_ENTITY,
            &SignInForm {
                page: Page::anonymous(&asking),
                username: typed.username,
                next,
                failed: true,
            },
        ),
    }
}

/// The user, if the password is theirs and they may sign in. Both outcomes are written down, and
/// an unknown name takes as long as a wrong password.
async fn check(
    store: &Store,
    passwords: &Passwords,
    asking: &Asking,
    username: &str,
    password: &str,
) -> Result<Option<User>> {
    let known = match username.parse::<Username>() {
        Ok(username) => store.credentials(&username).await?,
        Err(_) => None,
    };
    let hash = known.as_ref().map(|it| it.password_hash.as_str());
    let right = passwords
        .verify(password, hash)
        .await
        .map_err(Error::internal)?;
    let user = known.map(|it| it.user);
    let by = match &user {
        Some(user) => AuditRecord::by(user),
        // What a stranger typed may be a password in the wrong field: it is not kept.
        None => AuditRecord::by_stranger("–"),
    };
    let user = user.filter(|user| right && !user.disabled);
    let outcome = if user.is_some() {
        Outcome::Done
    } else {
        Outcome::Refused
    };
    store
        .audit(&record(by, asking), Action::SignedIn, outcome)
        .await?;
    Ok(user)
}

async fn sign_out(
    who: std::result::Result<SignedIn, Error>,
    State(store): State<Store>,
    session: Session,
) -> Result {
    session::end(&session).await?;
    if let Ok(who) = who {
        store
            .audit(&who.record(), Action::SignedOut, Outcome::Done)
            .await?;
    }
    Ok(Redirect::to("/login").into_response())
}

fn own(next: Option<&str>) -> String {
    let next = next.and_then(address::own).unwrap_or("/");
    next.to_owned()
}
