//! Signing in and out.

mod password;

use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use tower_sessions::Session;

use crate::{
    model::User,
    store::{Action, AuditRecord, Outcome, Store},
    web::{Error, Portal, Result, SignedIn, access::record, address, asking::Asking, session},
};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/login", get(password::form).post(password::sign_in))
        .route("/logout", post(sign_out))
}

/// Lets in somebody who has proven who they are, to the page that they asked for.
async fn enter(
    portal: &Portal,
    asking: &Asking,
    session: &Session,
    user: &User,
    next: &str,
) -> Result {
    let by = record(AuditRecord::by(user), asking);
    portal
        .store
        .audit(&by, Action::SignedIn, Outcome::Done)
        .await?;
    session::start(session, user, asking, portal.clock.korean()).await?;
    Ok(Redirect::to(next).into_response())
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

/// Where signing in leads: a page of this portal and nowhere else.
fn own(next: Option<&str>) -> String {
    let next = next.and_then(address::own).unwrap_or("/");
    next.to_owned()
}
