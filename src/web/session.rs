//! The session layer, and a session's data: its user and its end.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use chrono::TimeDelta;
use tower_sessions::{Expiry, Session, SessionManagerLayer, cookie::SameSite};

use crate::{
    model::{ApiTimestamp, KstDateTime, User},
    store::{Identity, OpenSession, SessionLimits, Sessions, SignIn, UserSession},
};

use super::{
    AppState, Error, Result, context::RequestContext, cookies::PortalCookie, state::Https,
};

/// Time after a login without further reauthentication.
const RECENT: TimeDelta = TimeDelta::minutes(10);

/// How long before the end of a session its user is warned, at most.
const WARNING: TimeDelta = TimeDelta::minutes(5);

/// `used_at` is written at most that often.
const TOUCH_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// The layer that reads and writes the cookie. When a session ends is the store's to know.
#[must_use]
pub fn layer(sessions: Sessions, https: Https) -> SessionManagerLayer<Sessions> {
    let longest = time::Duration::seconds(sessions.limits.most.num_seconds());
    SessionManagerLayer::new(sessions)
        .with_name(PortalCookie::Session.name(https))
        .with_secure(https.0)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(longest))
}

/// Adds `Secure` to cookie removals: browsers ignore one without it for a `__Host-` cookie.
pub async fn secure_removal(State(https): State<Https>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !https.0 {
        return response;
    }
    let removal = format!("{}=;", PortalCookie::Session.name(https));
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

/// Session values for the list of sessions.
const ADDRESS: &str = "address";
const AGENT: &str = "agent";
const PROVIDER: &str = "provider";

/// Starts a session for a user who has just signed in, under a new id, and returns its handle. The store writes its
/// audit row with it. `None` when the credentials or the `identity` have changed since they were verified.
pub async fn start(
    session: &Session,
    state: &AppState,
    user: &User,
    context: &RequestContext,
    identity: Option<Identity>,
) -> Result<Option<String>> {
    let sign_in = SignIn {
        username: user.username.to_string(),
        request_id: context.request_id.clone(),
        address: context.client.map(|ip| ip.to_string()),
        identity: identity.map(|identity| (identity.issuer, identity.subject)),
    };
    session.clear().await;
    insert(session, Sessions::SIGN_IN, sign_in).await?;
    let now = state.clock.korean().to_rfc3339();
    start_since(session, user, context, now).await
}

/// Rotates the session's id after a change of credentials; the login time stays. `user` has the new credentials.
pub async fn start_anew(
    session: &Session,
    user: &User,
    context: &RequestContext,
) -> Result<String> {
    let principal = context.principal().ok_or(Error::SignIn)?;
    let end = principal.session_end.ok_or(Error::SignIn)?;
    session.clear().await;
    let started = end.started.to_rfc3339();
    let handle = start_since(session, user, context, started).await?;
    handle.ok_or(Error::SignIn)
}

async fn start_since(
    session: &Session,
    user: &User,
    context: &RequestContext,
    started: String,
) -> Result<Option<String>> {
    session.cycle_id().await.map_err(Error::internal)?;
    let address = context.client.map(|ip| ip.to_string()).unwrap_or_default();
    insert(session, Sessions::USER, &user.id.0).await?;
    insert(session, Sessions::CREDENTIALS, user.credential_version).await?;
    insert(session, Sessions::STARTED, started).await?;
    insert(session, ADDRESS, address).await?;
    insert(session, AGENT, &context.agent).await?;
    if let Err(error) = session.save().await {
        // An empty session is not saved once more with the answer.
        session.clear().await;
        return if Sessions::is_refusal(&error) {
            Ok(None)
        } else {
            Err(Error::internal(error))
        };
    }
    handle(session).map(Some)
}

async fn insert(session: &Session, name: &str, value: impl serde::Serialize) -> Result<()> {
    let inserted = session.insert(name, value).await;
    inserted.map_err(Error::internal)
}

async fn get<T: serde::de::DeserializeOwned>(session: &Session, name: &str) -> Result<Option<T>> {
    session.get(name).await.map_err(Error::internal)
}

async fn time(session: &Session, name: &str) -> Result<Option<KstDateTime>> {
    let text: Option<String> = get(session, name).await?;
    Ok(text.and_then(|text| KstDateTime::parse(&text).ok()))
}

/// Whether the session's user authenticated recently.
pub async fn is_recent(session: &Session, now: KstDateTime) -> Result<bool> {
    let started = time(session, Sessions::STARTED).await?;
    Ok(started.is_some_and(|started| started > now.minus(RECENT)))
}

/// Marks the session as one of the OIDC provider, whose tokens are stored for `holder`.
pub async fn came_from_provider(session: &Session, holder: &str) -> Result<()> {
    insert(session, PROVIDER, holder).await
}

/// The holder of the provider's tokens, if the session came from there.
pub async fn provider(session: &Session) -> Result<Option<String>> {
    get(session, PROVIDER).await
}

/// The handle of a request's session.
pub fn handle(session: &Session) -> Result<String> {
    let id = session.id().ok_or(Error::SignIn)?;
    Ok(Sessions::handle(&id))
}

/// A session in the list of one's sessions.
#[derive(Debug)]
pub struct SessionDescription {
    pub handle: String,
    pub started: Option<ApiTimestamp>,
    /// To the minute.
    pub used: Option<ApiTimestamp>,
    /// When it ends if it is not used any more.
    pub ends: Option<ApiTimestamp>,
    pub address: String,
    /// The `User-Agent` header at sign-in.
    pub agent: String,
    pub is_this: bool,
}

/// The session's data that its user may see.
#[must_use]
pub fn describe(open: OpenSession, this: &Session, end: Option<SessionEnd>) -> SessionDescription {
    let text = |name| {
        let value = open.data.get(name).and_then(|value| value.as_str());
        value.unwrap_or_default().to_owned()
    };
    let moment = |name| {
        Some(text(name))
            .filter(|text| !text.is_empty())
            .map(|text| ApiTimestamp::parse(&text))
    };
    let this = this.id().map(|id| Sessions::handle(&id));
    let is_this = this.as_deref() == Some(open.handle.as_str());
    // The present request's use is not written yet.
    let end = end.filter(|_| is_this);
    let present = ApiTimestamp::At;
    SessionDescription {
        started: moment(Sessions::STARTED),
        used: end.map_or_else(|| moment(Sessions::USED), |end| Some(present(end.used))),
        ends: end.map_or_else(|| moment(Sessions::ENDS), |end| Some(present(end.at))),
        address: text(ADDRESS),
        agent: text(AGENT),
        is_this,
        handle: open.handle,
    }
}

/// When a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionEnd {
    /// If it is not used any more.
    pub at: KstDateTime,
    /// In any case.
    pub latest: KstDateTime,
    pub started: KstDateTime,
    /// To the minute.
    pub used: KstDateTime,
    pub now: KstDateTime,
    /// From when on its user is warned.
    pub warned: KstDateTime,
}

impl SessionEnd {
    fn new(session: &UserSession, now: KstDateTime, limits: SessionLimits) -> Self {
        let at = session.ends;
        Self {
            at,
            latest: session.started.minus(-limits.most),
            started: session.started,
            used: session.used,
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

/// The session with its user, and when it ends. A request that `prolongs` the session writes that once a minute.
pub async fn load_with_user(
    session: &Session,
    sessions: &Sessions,
    now: KstDateTime,
    prolongs: bool,
) -> Result<Option<(UserSession, SessionEnd)>> {
    let Some(id) = session.id() else {
        return Ok(None);
    };
    let Some(mut found) = sessions.load_with_user(&id).await? else {
        // The layer removes the cookie of a session that it has looked for in vain.
        let _: Option<String> = get(session, Sessions::USER).await?;
        return Ok(None);
    };
    let interval = TOUCH_INTERVAL.min(sessions.limits.idle / 10);
    if prolongs && found.used <= now.minus(interval) {
        found.ends = sessions.prolong(&id, found.started)?;
        found.used = now;
    }
    let end = SessionEnd::new(&found, now, sessions.limits);
    Ok(Some((found, end)))
}

/// Ends the session, in the store too.
pub async fn end(session: &Session) -> Result<()> {
    session.flush().await.map_err(Error::internal)
}
