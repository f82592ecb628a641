//! Sessions, for the layer that reads their cookies: who they are of, and when they end.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::{Row as _, any::AnyRow};
use tower_sessions::{
    SessionStore, session,
    session::{Id, Record},
    session_store,
};

use crate::model::{Actor, KstDateTime, UserId, Via};

use super::{
    Action, AuditRecord, Error, Outcome, Store, Tx, credentials::lock_credentials, read_time,
    transaction::retry,
};

/// How many sessions a user may have open.
const MAX_OPEN_SESSIONS: i64 = 50;

/// How long a session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without being used.
    pub idle: TimeDelta,
    /// From signing in on, whatever happens.
    pub most: TimeDelta,
}

impl SessionLimits {
    /// When a session ends that began then and was last used at that time, in milliseconds.
    fn end(&self, started: i64, used: i64) -> i64 {
        let idle = used.saturating_add(self.idle.num_milliseconds());
        idle.min(started.saturating_add(self.most.num_milliseconds()))
    }
}

/// The sessions' place in the store.
#[derive(Debug, Clone)]
pub struct Sessions {
    store: Store,
    pub limits: SessionLimits,
}

/// A session as its user sees it in a list.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Names the session without opening it: the hash of its id.
    pub handle: String,
    /// What the session holds, by name.
    pub data: HashMap<String, serde_json::Value>,
}

/// A sign-in that opens a session. Its audit event is written in the same transaction.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignIn {
    pub username: String,
    pub request_id: String,
    pub address: Option<String>,
    /// Issuer and subject at the provider, which must still be the user's.
    pub identity: Option<(String, String)>,
}

/// The text of the error for a user who may not sign in any more.
const REFUSED: &str = "the user cannot sign in any more";

impl Sessions {
    /// The names under which a session's data holds the id of its user, and when it began.
    pub const USER: &str = "user";
    pub const STARTED: &str = "started";
    /// The version of the user's credentials that the login was verified with.
    pub const CREDENTIALS: &str = "credentials";
    /// The [`SignIn`] that a new session is opened by; it is not stored.
    pub const SIGN_IN: &str = "sign-in";
    /// What is put beside them when it is read: when it was used last, and when it ends as it is now.
    pub const USED: &str = "used";
    pub const ENDS: &str = "ends";

    /// What names a session in a list.
    #[must_use]
    pub fn handle(id: &Id) -> String {
        hash(id)
    }

    /// Was a session refused because its user may not sign in any more.
    #[must_use]
    pub fn is_refusal(error: &session::Error) -> bool {
        let session::Error::Store(session_store::Error::Backend(text)) = error else {
            return false;
        };
        text == REFUSED
    }

    /// The sessions that a user has open, the one used last first.
    pub async fn of(&self, user: &UserId) -> Result<Vec<OpenSession>, Error> {
        let rows = sqlx::query(
            "select id_hash, data, used_at, expires_at from sessions
             where user_id = $1 and expires_at > $2 order by used_at desc, id_hash limit $3",
        )
        .bind(&user.0)
        .bind(self.store.now())
        .bind(MAX_OPEN_SESSIONS)
        .fetch_all(&self.store.pool)
        .await?;
        let mut open = Vec::new();
        for row in &rows {
            let handle = row.try_get("id_hash")?;
            let data = self.read(row)?;
            open.extend(data.map(|data| OpenSession { handle, data }));
        }
        Ok(open)
    }

    /// Writes down that a session is used now, and gives its new end. `None` when it has ended.
    pub async fn touch(&self, id: &Id, started: KstDateTime) -> Result<Option<KstDateTime>, Error> {
        let now = self.store.now();
        let ends = self.limits.end(started.to_utc().timestamp_millis(), now);
        let touched = sqlx::query(
            "update sessions set used_at = $1, expires_at = $2
             where id_hash = $3 and expires_at > $1",
        )
        .bind(now)
        .bind(ends)
        .bind(hash(id))
        .execute(&self.store.pool)
        .await?;
        if touched.rows_affected() == 0 {
            return Ok(None);
        }
        read_time(ends).map(Some)
    }

    /// Ends a session.
    pub async fn end(&self, id: &Id) -> Result<(), Error> {
        sqlx::query("delete from sessions where id_hash = $1")
            .bind(hash(id))
            .execute(&self.store.pool)
            .await?;
        Ok(())
    }

    /// Adds a session, unless its user may not sign in any more, and ends those of the user that have been unused for
    /// longest when there are too many.
    async fn add(&self, record: &Record, data: &str) -> Result<bool, Error> {
        let now = self.store.now();
        let started = started(&record.data).unwrap_or(now);
        retry(|| async {
            let mut tx = self.store.begin().await?;
            if let Some(user) = user(record)
                && !self.admit(&mut tx, record, user).await?
            {
                tx.rollback().await?;
                return Ok(false);
            }
            sqlx::query(
                "insert into sessions (id_hash, user_id, data, used_at, expires_at)
             values ($1, $2, $3, $4, $5)",
            )
            .bind(hash(&record.id))
            .bind(user(record))
            .bind(data)
            .bind(now)
            .bind(self.limits.end(started, now))
            .execute(&mut *tx)
            .await?;
            if let Some(user) = user(record) {
                end_unused(&mut tx, user).await?;
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Checks that what was verified still holds, and writes the sign-in down. The user's row is locked, so that whoever
    /// changes the credentials or disconnects the identity waits, and then ends this session too.
    async fn admit(&self, tx: &mut Tx<'_>, record: &Record, user: &str) -> Result<bool, Error> {
        let version = record.data.get(Self::CREDENTIALS);
        let Some(version) = version.and_then(serde_json::Value::as_i64) else {
            return Ok(false);
        };
        if !lock_credentials(tx, user, version).await? {
            return Ok(false);
        }
        let Some(sign_in) = record.data.get(Self::SIGN_IN) else {
            return Ok(true);
        };
        let sign_in: SignIn = serde_json::from_value(sign_in.clone())
            .map_err(|_| Error::Unreadable("a session's sign-in"))?;
        if let Some((issuer, subject)) = &sign_in.identity {
            let connected = sqlx::query(
                "update identities set name = name
                 where issuer = $1 and subject = $2 and user_id = $3",
            )
            .bind(issuer)
            .bind(subject)
            .bind(user)
            .execute(&mut **tx)
            .await?;
            if connected.rows_affected() == 0 {
                return Ok(false);
            }
        }
        let actor = Actor {
            user: Some(UserId(user.to_owned())),
            name: sign_in.username,
            via: Via::Session(hash(&record.id)),
        };
        let by = AuditRecord::by(actor).from(Some(&sign_in.request_id), sign_in.address);
        self.store
            .audit_in(tx, &by, Action::SignedIn, Outcome::Done)
            .await?;
        Ok(true)
    }

    /// What a session holds, with what its row says beside; `None` when it has ended.
    fn read(&self, row: &AnyRow) -> Result<Option<HashMap<String, serde_json::Value>>, Error> {
        let unreadable = || Error::Unreadable("a session's data");
        let data: String = row.try_get("data")?;
        let mut data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&data).map_err(|_| unreadable())?;
        let used: i64 = row.try_get("used_at")?;
        let expires: i64 = row.try_get("expires_at")?;
        let started = started(&data).ok_or_else(unreadable)?;
        // The limits may have become narrower since.
        let ends = expires.min(self.limits.end(started, used));
        if ends <= self.store.now() {
            return Ok(None);
        }
        let time = |millis| Ok::<_, Error>(read_time(millis)?.to_rfc3339().into());
        data.insert(Self::USED.to_owned(), time(used)?);
        data.insert(Self::ENDS.to_owned(), time(ends)?);
        Ok(Some(data))
    }
}

impl Store {
    #[must_use]
    pub fn sessions(&self, limits: SessionLimits) -> Sessions {
        Sessions {
            store: self.clone(),
            limits,
        }
    }

    /// Ends one session of a user.
    pub async fn end_session(
        &self,
        user: &UserId,
        handle: &str,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let ended = sqlx::query(
                "delete from sessions where user_id = $1 and id_hash = $2 and expires_at > $3",
            )
            .bind(&user.0)
            .bind(super::storable(handle))
            .bind(self.now())
            .execute(&mut *tx)
            .await?;
            if ended.rows_affected() == 0 {
                tx.rollback().await?;
                return Ok(());
            }
            // As the rows of what was done in it name it.
            let named: String = handle.chars().take(12).collect();
            let record = by.clone().on(&named);
            self.audit_in(&mut tx, &record, Action::SessionEnded, Outcome::Done)
                .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
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
            if end_open_in(&mut tx, user, handle, self.now()).await? == 0 {
                tx.rollback().await?;
                return Ok(());
            }
            self.audit_in(&mut tx, by, Action::SessionEnded, Outcome::Done)
                .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

/// Ends the sessions of a user that have been unused for longest, when there are too many.
async fn end_unused(tx: &mut Tx<'_>, user: &str) -> Result<(), Error> {
    sqlx::query(
        "delete from sessions where id_hash in (
             select id_hash from sessions where user_id = $1
             order by used_at desc, id_hash limit $2 offset $3)",
    )
    .bind(user)
    .bind(i64::from(i32::MAX))
    .bind(MAX_OPEN_SESSIONS)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        // The record may still have the id that the browser sent, which somebody else may know:
        // a new session never takes it. An id is 128 random bits, so a new one is not in use.
        record.id = Id::default();
        let data = encode(record)?;
        let refused = || session_store::Error::Backend(REFUSED.to_owned());
        let failed = |cause: Error| session_store::Error::Backend(cause.to_string());
        let added = self.add(record, &data).await.map_err(failed)?;
        added.then_some(()).ok_or_else(refused)
    }

    /// A session that was ended meanwhile stays ended.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        sqlx::query(
            "update sessions set user_id = $1, data = $2 where id_hash = $3 and expires_at > $4",
        )
        .bind(user(record))
        .bind(encode(record)?)
        .bind(hash(&record.id))
        .bind(self.store.now())
        .execute(&self.store.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let row = sqlx::query(
            "select data, used_at, expires_at from sessions
             where id_hash = $1 and expires_at > $2",
        )
        .bind(hash(id))
        .bind(self.store.now())
        .fetch_optional(&self.store.pool)
        .await
        .map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        let decode = |cause: String| session_store::Error::Decode(cause);
        let expires_at: i64 = row.try_get("expires_at").map_err(backend)?;
        let data = self.read(&row).map_err(|cause| decode(cause.to_string()))?;
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(expires_at / 1000)
            .map_err(|cause| decode(cause.to_string()))?;
        Ok(data.map(|data| Record {
            id: *id,
            data,
            expiry_date,
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let failed = |cause: Error| session_store::Error::Backend(cause.to_string());
        self.end(id).await.map_err(failed)
    }
}

/// Ends all sessions of a user but one, if its handle is given, and says how many were open.
pub(super) async fn end_open_in(
    tx: &mut Tx<'_>,
    user: &UserId,
    but: &str,
    now: i64,
) -> Result<u64, Error> {
    let ended = sqlx::query(
        "delete from sessions where user_id = $1 and expires_at > $2 and id_hash <> $3",
    )
    .bind(&user.0)
    .bind(now)
    .bind(but)
    .execute(&mut **tx)
    .await?;
    Ok(ended.rows_affected())
}

/// Forgets those that have ended.
pub(super) async fn forget_sessions_in(tx: &mut Tx<'_>, now: i64) -> Result<(), Error> {
    sqlx::query("delete from sessions where expires_at <= $1")
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// When it began, in milliseconds.
fn started(data: &HashMap<String, serde_json::Value>) -> Option<i64> {
    let started = data.get(Sessions::STARTED)?.as_str()?;
    let started = KstDateTime::parse(started).ok()?;
    Some(started.to_utc().timestamp_millis())
}

fn user(record: &Record) -> Option<&str> {
    record
        .data
        .get(Sessions::USER)
        .and_then(|user| user.as_str())
}

/// Without what is put beside it when it is read or opened.
fn encode(record: &Record) -> session_store::Result<String> {
    let mut data = record.data.clone();
    for beside in [Sessions::USED, Sessions::ENDS, Sessions::SIGN_IN] {
        data.remove(beside);
    }
    let failed = |cause: serde_json::Error| session_store::Error::Encode(cause.to_string());
    serde_json::to_string(&data).map_err(failed)
}

/// A copy of the table must not open anybody's session.
fn hash(id: &Id) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(id.0.to_be_bytes()))
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn backend(cause: sqlx::Error) -> session_store::Error {
    session_store::Error::Backend(cause.to_string())
}
