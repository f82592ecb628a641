//! Signing in and out.

mod code;
mod password;

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::HeaderName,
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use tower_sessions::Session;

use crate::{
    model::User,
    store::{Action, AuditRecord, Outcome, Store},
    web::{Error, Portal, Result, SettingUp, access::record, address, asking::Asking, session},
};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/login", get(password::form).post(password::sign_in))
        .route("/login/code", get(code::form).post(code::sign_in))
        .route("/logout", post(sign_out))
}

/// Goes on with somebody who has given the first proof of who they are, whichever it was: asks for
/// the second if they have turned it on, else lets them in.
async fn go_on(
    portal: &Portal,
    asking: &Asking,
    session: &Session,
    user: &User,
    next: &str,
) -> Result {
    if portal.store.has_second_factor(&user.id).await? {
        return code::ask(portal, user, next).await;
    }
    enter(portal, asking, session, user, next).await
}

/// Lets in somebody who has given every proof, to the page that they asked for.
async fn enter(
    portal: &Portal,
    asking: &Asking,
    session: &Session,
    user: &User,
    next: &str,
) -> Result {
    let handle = session::start(session, portal, user, asking).await?;
    let by = record(AuditRecord::by(user), asking).in_session(Some(&handle));
    let written = portal.store.audit(&by, Action::SignedIn, Outcome::Done);
    if let Err(error) = written.await {
        // Its cookie has not been sent: nobody gets in without a row in the log.
        session::end(session).await?;
        return Err(error.into());
    }
    Ok(Redirect::to(next).into_response())
}

async fn sign_out(
    who: std::result::Result<SettingUp, Error>,
    State(store): State<Store>,
    session: Session,
) -> Result {
    session::end(&session).await?;
    if let Ok(who) = who {
        store
            .audit(&who.record(), Action::SignedOut, Outcome::Done)
            .await?;
    }
    // What a tab remembers, such as what was chosen in a list, is not the next person's.
    let forget = [(HeaderName::from_static("clear-site-data"), "\"storage\"")];
    Ok((forget, Redirect::to("/login")).into_response())
}

/// How long to wait, in whole seconds after which it is over.
fn in_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// Where signing in leads: a page of this portal and nowhere else.
fn own(next: Option<&str>) -> String {
    let next = next.and_then(address::own).unwrap_or("/");
    next.to_owned()
}
