//! The session's cookie, and what the session says: who is signed in.

use tower_sessions::{Expiry, Session, SessionManagerLayer, cookie::SameSite};

use crate::{
    model::{User, UserId},
    store::Sessions,
};

use super::{Error, Result};

/// How long a session lives without being used.
const IDLE: time::Duration = time::Duration::hours(8);

/// The layer that reads and writes the cookie. Behind https its name says that it came so.
#[must_use]
pub fn layer(sessions: Sessions, https: bool) -> SessionManagerLayer<Sessions> {
    let name = if https { "__Host-session" } else { "session" };
    SessionManagerLayer::new(sessions)
        .with_name(name)
        .with_secure(https)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(IDLE))
}

/// Starts a session for a user, under a new id.
pub async fn start(session: &Session, user: &User) -> Result<()> {
    session.flush().await.map_err(Error::internal)?;
    session
        .insert(Sessions::USER, &user.id.0)
        .await
        .map_err(Error::internal)
}

/// Who is signed in. Using a session prolongs it; that is written down every few minutes only.
pub async fn user_id(session: &Session) -> Result<Option<UserId>> {
    let id = session.get(Sessions::USER).await.map_err(Error::internal)?;
    if id.is_some() && session.expiry_age() < IDLE - time::Duration::minutes(5) {
        session.set_expiry(Some(Expiry::OnInactivity(IDLE)));
    }
    Ok(id.map(UserId))
}

/// Ends the session, in the store too.
pub async fn end(session: &Session) -> Result<()> {
    session.flush().await.map_err(Error::internal)
}
