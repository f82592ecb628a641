//! The session's cookie, and what the session says: who is signed in.

use tower_sessions::{Expiry, Session, SessionManagerLayer, cookie::SameSite};

use crate::{
    model::{KoreanTime, Moment, User, UserId},
    store::{OpenSession, Sessions},
};

use super::{Error, Result, asking::Asking};

/// How long a session lives without being used.
const IDLE: time::Duration = time::Duration::hours(8);

/// How much of that may pass unwritten.
const PROLONG_AFTER: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// For how long after signing in nobody is asked for their password once more.
const RECENT: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

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

/// What else a session holds, for the list of one's sessions.
const STARTED: &str = "started";
const USED: &str = "used";
const ADDRESS: &str = "address";
const AGENT: &str = "agent";

/// Starts a session for a user, under a new id, and gives what names it.
pub async fn start(
    session: &Session,
    user: &User,
    asking: &Asking,
    now: KoreanTime,
) -> Result<String> {
    session.cycle_id().await.map_err(Error::internal)?;
    session.clear().await;
    let address = asking.client.map(|ip| ip.to_string()).unwrap_or_default();
    for (name, value) in [
        (Sessions::USER, &user.id.0),
        (STARTED, &now.to_rfc3339()),
        (USED, &now.to_rfc3339()),
        (ADDRESS, &address),
        (AGENT, &asking.agent),
    ] {
        let inserted = session.insert(name, value).await;
        inserted.map_err(Error::internal)?;
    }
    session.save().await.map_err(Error::internal)?;
    handle(session)
}

/// Has this session's user proven only a moment ago who they are.
pub async fn is_recent(session: &Session, now: KoreanTime) -> Result<bool> {
    let started: Option<String> = session.get(STARTED).await.map_err(Error::internal)?;
    let started = started.and_then(|started| KoreanTime::parse(&started).ok());
    Ok(started.is_some_and(|started| started > now.minus(RECENT)))
}

/// What names the session that a request came with.
pub fn handle(session: &Session) -> Result<String> {
    let id = session.id().ok_or(Error::SignIn)?;
    Ok(Sessions::handle(&id))
}

/// A session in the list of one's sessions.
#[derive(Debug)]
pub struct Described {
    pub handle: String,
    pub started: Option<Moment>,
    /// To a few minutes.
    pub used: Option<Moment>,
    pub address: String,
    pub agent: String,
    pub is_this: bool,
}

/// Says of a session what its user may know of it.
#[must_use]
pub fn describe(open: OpenSession, this: &Session) -> Described {
    let text = |name| {
        let value = open.data.get(name).and_then(|value| value.as_str());
        value.unwrap_or_default().to_owned()
    };
    let moment = |name| {
        Some(text(name))
            .filter(|it| !it.is_empty())
            .map(Moment::read)
    };
    let this = this.id().map(|id| Sessions::handle(&id));
    Described {
        started: moment(STARTED),
        used: moment(USED),
        address: text(ADDRESS),
        agent: text(AGENT),
        is_this: this.as_deref() == Some(open.handle.as_str()),
        handle: open.handle,
    }
}

/// Who is signed in. Using a session prolongs it: what it holds changes, so that it is written
/// with a new end and its cookie is sent again. That happens every few minutes only.
pub async fn user_id(session: &Session, now: KoreanTime) -> Result<Option<UserId>> {
    let id = session.get(Sessions::USER).await.map_err(Error::internal)?;
    if id.is_some() {
        let used: Option<String> = session.get(USED).await.map_err(Error::internal)?;
        let used = used.and_then(|used| KoreanTime::parse(&used).ok());
        if used.is_none_or(|used| used < now.minus(PROLONG_AFTER)) {
            let inserted = session.insert(USED, now.to_rfc3339()).await;
            inserted.map_err(Error::internal)?;
        }
    }
    Ok(id.map(UserId))
}

/// Ends the session, in the store too.
pub async fn end(session: &Session) -> Result<()> {
    session.flush().await.map_err(Error::internal)
}
