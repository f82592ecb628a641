//! Sessions: who they belong to, and when they end.

mod session_store;
mod user_session;

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::FromRow;
use tokio_util::task::TaskTracker;
use tower_sessions::{session, session::Id, session_store::Error as SessionStoreError};

use crate::model::{KstDateTime, UserId};

use super::{Action, AuditRecord, Error, Store, Tx, read_time, transaction::retry};

pub use user_session::UserSession;

/// How many sessions a user may have open.
const MAX_OPEN_SESSIONS: i64 = 50;

/// How long a session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without being used.
    pub idle: TimeDelta,
    /// Since its login, however much it is used.
    pub most: TimeDelta,
}

impl SessionLimits {
    /// The end of a session that was started and last used at those times, in milliseconds.
    fn end(&self, started: i64, used: i64) -> i64 {
        let idle = used.saturating_add(self.idle.num_milliseconds());
        idle.min(started.saturating_add(self.most.num_milliseconds()))
    }
}

/// The session store of tower-sessions. A clone shares its writes under way.
#[derive(Debug, Clone)]
pub struct Sessions {
    store: Store,
    pub limits: SessionLimits,
    writes: TaskTracker,
}

/// A session in its user's list.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Names the session without opening it: the hash of its id.
    pub handle: String,
    /// The session's values by name.
    pub data: HashMap<String, serde_json::Value>,
}

/// A login that opens a session. Its audit event is written in the same transaction.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignIn {
    pub username: String,
    pub request_id: String,
    pub address: Option<String>,
    /// Issuer and subject at the provider, which must still be linked with the user.
    pub identity: Option<(String, String)>,
}

/// Error text for a disabled user.
const REFUSED: &str = "the user cannot sign in any more";

/// The columns of a session.
#[derive(FromRow)]
struct SessionRow {
    data: String,
    used_at: i64,
    expires_at: i64,
}

/// A session that has not ended.
struct StoredSession {
    data: HashMap<String, serde_json::Value>,
    started: KstDateTime,
    used: KstDateTime,
    ends: KstDateTime,
}

impl Sessions {
    /// The names of the user's id and the start time in a session's data.
    pub const USER: &str = "user";
    pub const STARTED: &str = "started";
    /// The version of the user's credentials that the login was verified with.
    pub const CREDENTIALS: &str = "credentials";
    /// The [`SignIn`] that a new session is opened by; it is not stored.
    pub const SIGN_IN: &str = "sign-in";
    /// Added in the list of sessions: when it was used last, and when it ends as it is now.
    pub const USED: &str = "used";
    pub const ENDS: &str = "ends";

    /// The session's handle in lists.
    #[must_use]
    pub fn handle(id: &Id) -> String {
        hash(id)
    }

    /// Whether a session was refused because its user may not sign in any more.
    #[must_use]
    pub fn is_refusal(error: &session::Error) -> bool {
        matches!(error, session::Error::Store(SessionStoreError::Backend(text)) if text == REFUSED)
    }

    /// The sessions that a user has open, the one used last first.
    pub async fn list(&self, user: &UserId) -> Result<Vec<OpenSession>, Error> {
        let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
            "select id_hash, data, used_at, expires_at from sessions
             where user_id = $1 and expires_at > $2 order by used_at desc, id_hash limit $3",
        )
        .bind(&user.0)
        .bind(self.store.now())
        .bind(MAX_OPEN_SESSIONS)
        .fetch_all(&self.store.pool)
        .await?;
        let mut open = Vec::new();
        for (handle, data, used_at, expires_at) in rows {
            let row = SessionRow {
                data,
                used_at,
                expires_at,
            };
            let Some(mut session) = self.read(&row)? else {
                continue;
            };
            for (name, time) in [(Self::USED, session.used), (Self::ENDS, session.ends)] {
                let time = time.to_rfc3339().into();
                session.data.insert(name.to_owned(), time);
            }
            let data = session.data;
            open.push(OpenSession { handle, data });
        }
        Ok(open)
    }

    /// Prolongs a session in use and returns its new end. The write does not delay the request.
    pub fn prolong(&self, id: &Id, started: KstDateTime) -> Result<KstDateTime, Error> {
        let (store, id_hash, now) = (self.store.clone(), hash(id), self.store.now());
        let ends = self.limits.end(started.to_utc().timestamp_millis(), now);
        self.writes.spawn(async move {
            let update = store.execute(|| {
                sqlx::query(
                    "update sessions set used_at = $1, expires_at = $2
                     where id_hash = $3 and expires_at > $1",
                )
                .bind(now)
                .bind(ends)
                .bind(&id_hash)
            });
            if let Err(error) = update.await {
                tracing::warn!(%error, "the use of a session was not recorded");
            }
        });
        read_time(ends)
    }

    /// Waits for the writes of [`prolong`](Self::prolong) that are under way.
    pub async fn drain(&self) {
        self.writes.wait().await;
    }

    /// `None` when the session has ended. The limits may have become narrower since it was written.
    fn read(&self, row: &SessionRow) -> Result<Option<StoredSession>, Error> {
        let unreadable = || Error::Unreadable("a session's data");
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&row.data).map_err(|_| unreadable())?;
        let started = started(&data).ok_or_else(unreadable)?;
        let end = self
            .limits
            .end(started.to_utc().timestamp_millis(), row.used_at);
        let ends = row.expires_at.min(end);
        if ends <= self.store.now() {
            return Ok(None);
        }
        Ok(Some(StoredSession {
            data,
            started,
            used: read_time(row.used_at)?,
            ends: read_time(ends)?,
        }))
    }
}

impl Store {
    #[must_use]
    pub fn sessions(&self, limits: SessionLimits) -> Sessions {
        let writes = TaskTracker::new();
        // A closed tracker can be waited for; it still takes tasks.
        writes.close();
        Sessions {
            store: self.clone(),
            limits,
            writes,
        }
    }

    /// Ends one session of a user.
    pub async fn end_session(
        &self,
        user: &UserId,
        handle: &str,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        // As the audit events of the session name it.
        let name: String = handle.chars().take(12).collect();
        self.audited(&by.clone().on(&name), Action::SessionEnded, || {
            sqlx::query(
                "delete from sessions where user_id = $1 and id_hash = $2 and expires_at > $3",
            )
            .bind(&user.0)
            .bind(super::storable(handle))
            .bind(self.now())
        })
        .await
        .map(drop)
    }

    /// Ends all sessions of a user but the one with that handle.
    pub async fn end_other_sessions(
        &self,
        user: &UserId,
        handle: &str,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let ended = end_other_sessions(&mut tx, user, handle, self.now()).await?;
            self.end(tx, ended > 0, by, Action::SessionEnded).await
        })
        .await
        .map(drop)
    }
}

/// Ends all sessions of a user but the one with that handle, and returns how many were open.
pub(super) async fn end_other_sessions(
    tx: &mut Tx<'_>,
    user: &UserId,
    handle: &str,
    now: i64,
) -> Result<u64, Error> {
    let query = sqlx::query(
        "delete from sessions where user_id = $1 and expires_at > $2 and id_hash <> $3",
    );
    Ok(tx.run(query.bind(&user.0).bind(now).bind(handle)).await?)
}

fn started(data: &HashMap<String, serde_json::Value>) -> Option<KstDateTime> {
    KstDateTime::parse(data.get(Sessions::STARTED)?.as_str()?).ok()
}

/// Hashed, so that a copy of the table opens no session.
fn hash(id: &Id) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(id.0.to_be_bytes()))
}
