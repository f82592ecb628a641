//! The session's cookie, and what the session says: who is signed in, and until when.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use chrono::TimeDelta;
use tower_sessions::{Expiry, Session, SessionManagerLayer, cookie::SameSite};

use crate::{
    model::{KoreanTime, Membership, Moment, User, UserId},
    store::{OpenSession, SessionLimits, Sessions},
};

use super::{Error, Portal, Result, asking::Asking, device::device, portal::Https};

/// For how long after signing in nobody is asked for their password once more.
const RECENT: TimeDelta = TimeDelta::minutes(10);

/// How long before the end of a session its user is warned, at most.
const WARNING: TimeDelta = TimeDelta::minutes(5);

/// How much longer than the session its cookie lives: so that of a form that comes too late the
/// portal knows whose it is. It opens nothing any more then.
const COOKIE_OUTLIVES: time::Duration = time::Duration::DAY;

/// Behind https its name says that it came so.
fn cookie_name(Https(https): Https) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

/// The layer that reads and writes the cookie. When a session ends is the store's to know.
#[must_use]
pub fn layer(sessions: Sessions, https: Https) -> SessionManagerLayer<Sessions> {
    let longest = time::Duration::seconds(sessions.limits.most.num_seconds()) + COOKIE_OUTLIVES;
    SessionManagerLayer::new(sessions)
        .with_name(cookie_name(https))
        .with_secure(https.0)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(longest))
}

/// The layer outside of it: a browser takes no cookie away by an answer that lacks `Secure`, when
/// the name says that it came by https.
pub async fn secure_removal(State(https): State<Https>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !https.0 {
        return response;
    }
    let removal = format!("{}=;", cookie_name(https));
    let headers = response.headers_mut();
    let cookies: Vec<HeaderValue> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .cloned()
        .collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        let text = cookie.to_str().unwrap_or_default();
        let secured = format!("{text}; HttpOnly; SameSite=Lax; Secure");
        let secured = HeaderValue::from_str(&secured).ok();
        let secured = secured.filter(|_| text.starts_with(&removal));
        headers.append(header::SET_COOKIE, secured.unwrap_or(cookie));
    }
    response
}

/// What else a session holds, for the list of one's sessions, and to see when rights change.
const ADDRESS: &str = "address";
const AGENT: &str = "agent";
const RIGHTS: &str = "rights";
const PROVIDER: &str = "provider";

/// Starts a session for a user who has just signed in, under a new id, and gives what names it. `None` when the user's
/// credentials have changed since they were verified.
pub async fn start(
    session: &Session,
    portal: &Portal,
    user: &User,
    asking: &Asking,
) -> Result<Option<String>> {
    let now = portal.clock.korean().to_rfc3339();
    start_since(session, portal, user, asking, now).await
}

/// Goes on under a new id, since what its user can do has changed; signing in was when it was. `user` has the new
/// credentials.
pub async fn start_anew(
    session: &Session,
    portal: &Portal,
    user: &User,
    asking: &Asking,
) -> Result<String> {
    if !is_current(session).await? {
        // What is left of it for a moment must not become a session of its own.
        return Err(Error::SignIn);
    }
    let started: Option<String> = get(session, Sessions::STARTED).await?;
    let started = started.ok_or(Error::SignIn)?;
    let handle = start_since(session, portal, user, asking, started).await?;
    handle.ok_or(Error::SignIn)
}

async fn start_since(
    session: &Session,
    portal: &Portal,
    user: &User,
    asking: &Asking,
    started: String,
) -> Result<Option<String>> {
    let memberships = portal.store.memberships(user).await?;
    // Also by an id that was replaced: whoever had this session has it no more.
    if let Some(id) = session.id() {
        portal.sessions.end(&id).await?;
    }
    session.cycle_id().await.map_err(Error::internal)?;
    session.clear().await;
    let address = asking.client.map(|ip| ip.to_string()).unwrap_or_default();
    for (name, value) in [
        (Sessions::USER, &user.id.0),
        (Sessions::STARTED, &started),
        (ADDRESS, &address),
        (AGENT, &asking.agent),
        (RIGHTS, &rights(user, &memberships)),
    ] {
        let inserted = session.insert(name, value).await;
        inserted.map_err(Error::internal)?;
    }
    let version = user.credential_version;
    let inserted = session.insert(Sessions::CREDENTIALS, version).await;
    inserted.map_err(Error::internal)?;
    session.save().await.map_err(Error::internal)?;
    let id = session.id().ok_or(Error::SignIn)?;
    if portal.sessions.user_of(&id).await?.is_none() {
        // The store has not taken it.
        session.flush().await.map_err(Error::internal)?;
        return Ok(None);
    }
    Ok(Some(Sessions::handle(&id)))
}

async fn get<T: serde::de::DeserializeOwned>(session: &Session, name: &str) -> Result<Option<T>> {
    session.get(name).await.map_err(Error::internal)
}

async fn time(session: &Session, name: &str) -> Result<Option<KoreanTime>> {
    let text: Option<String> = get(session, name).await?;
    Ok(text.and_then(|text| KoreanTime::parse(&text).ok()))
}

/// Is this the id that the session has, and not one of before that answers for a moment more.
pub async fn is_current(session: &Session) -> Result<bool> {
    let replaced: Option<bool> = get(session, Sessions::REPLACED).await?;
    Ok(replaced != Some(true))
}

/// When its user signed in.
pub async fn started(session: &Session) -> Result<Option<KoreanTime>> {
    time(session, Sessions::STARTED).await
}

/// Has this session's user proven only a moment ago who they are.
pub async fn is_recent(session: &Session, now: KoreanTime) -> Result<bool> {
    let started = started(session).await?;
    Ok(started.is_some_and(|started| started > now.minus(RECENT)))
}

/// Who is signed in came from the provider, and what that gave is kept for that holder.
pub async fn came_from_provider(session: &Session, holder: &str) -> Result<()> {
    let inserted = session.insert(PROVIDER, holder).await;
    inserted.map_err(Error::internal)
}

/// For which holder something of the provider is kept, if the session came from there.
pub async fn provider(session: &Session) -> Result<Option<String>> {
    session.get(PROVIDER).await.map_err(Error::internal)
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
    /// To a hundredth of the time that it may lie idle.
    pub used: Option<Moment>,
    /// When it ends if it is not used any more.
    pub ends: Option<Moment>,
    pub address: String,
    /// What its browser calls itself, and what people call that.
    pub agent: String,
    pub device: String,
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
        started: moment(Sessions::STARTED),
        used: moment(Sessions::USED),
        ends: moment(Sessions::ENDS),
        address: text(ADDRESS),
        device: device(&text(AGENT)),
        agent: text(AGENT),
        is_this: this.as_deref() == Some(open.handle.as_str()),
        handle: open.handle,
    }
}

/// When a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionEnd {
    /// If it is not used any more.
    pub at: KoreanTime,
    /// In any case.
    pub latest: KoreanTime,
    pub now: KoreanTime,
    /// From when on its user is warned.
    pub warned: KoreanTime,
}

impl SessionEnd {
    fn new(at: KoreanTime, started: KoreanTime, now: KoreanTime, limits: SessionLimits) -> Self {
        Self {
            at,
            latest: started.minus(-limits.most),
            now,
            warned: at.minus(WARNING.min(limits.idle / 3)),
        }
    }

    /// Does using it prolong it.
    #[must_use]
    pub fn can_be_prolonged(&self) -> bool {
        self.at < self.latest
    }
}

/// Who is signed in, and until when. A request that uses the session prolongs it; that is written
/// now and then only.
pub async fn signed_in(
    session: &Session,
    sessions: &Sessions,
    now: KoreanTime,
    prolongs: bool,
) -> Result<Option<(UserId, SessionEnd)>> {
    let user: Option<String> = get(session, Sessions::USER).await?;
    let Some(user) = user else { return Ok(None) };
    let started = time(session, Sessions::STARTED).await?.unwrap_or(now);
    let last = time(session, Sessions::USED).await?.unwrap_or(started);
    let mut ends = time(session, Sessions::ENDS).await?.unwrap_or(now);
    if let Some(id) = session.id().filter(|_| prolongs)
        && last <= now.minus(sessions.limits.idle / 100)
    {
        ends = sessions.touch(&id, started).await?.unwrap_or(ends);
    }
    let end = SessionEnd::new(ends, started, now, sessions.limits);
    Ok(Some((UserId(user), end)))
}

/// What somebody may, in one text.
fn rights(user: &User, memberships: &[Membership]) -> String {
    if user.site_admin {
        // Everything, in whatever teams there are.
        return "site admin".to_owned();
    }
    let places = memberships
        .iter()
        .map(|it| format!("{}:{}", it.team.id, it.role));
    let mut places: Vec<String> = places.collect();
    places.sort();
    places.join(" ")
}

/// What the session's user was found to be allowed, if that is something else than before; filled
/// in while a request is answered.
#[derive(Debug, Clone, Default)]
pub struct NewRights(Arc<Mutex<Option<String>>>);

impl NewRights {
    /// Looks whether somebody may more or less than when the session got its id.
    pub async fn compare(
        &self,
        session: &Session,
        user: &User,
        memberships: &[Membership],
    ) -> Result<()> {
        let now = rights(user, memberships);
        let before: Option<String> = get(session, RIGHTS).await?;
        if is_current(session).await? && before.as_deref() != Some(&now) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
        Ok(())
    }

    fn take(&self) -> Option<String> {
        let mut rights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rights.take()
    }
}

/// The layer inside the session's: gives the session a new id when its user's rights have changed.
/// Not with an answer that fails, since that sends no cookie: the next one does it. For a moment
/// the id before still opens the session, for what other tabs have asked meanwhile; of several such
/// requests one gets the new id.
pub async fn renew(
    State(sessions): State<Sessions>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let new_rights = NewRights::default();
    request.extensions_mut().insert(new_rights.clone());
    let session = request.extensions().get::<Session>().cloned();
    let response = next.run(request).await;
    if let Some(session) = session
        && let Some(id) = session.id()
        && !response.status().is_server_error()
        && let Some(rights) = new_rights.take()
        && sessions.retire(&id).await?
    {
        session.cycle_id().await.map_err(Error::internal)?;
        let inserted = session.insert(RIGHTS, rights).await;
        inserted.map_err(Error::internal)?;
    }
    Ok(response)
}

/// Ends the session, in the store too, with every id that it has or had.
pub async fn end(session: &Session, sessions: &Sessions) -> Result<()> {
    if let Some(id) = session.id() {
        sessions.end(&id).await?;
    }
    session.flush().await.map_err(Error::internal)
}
