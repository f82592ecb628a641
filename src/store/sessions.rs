//! Sessions, for the layer that reads their cookies.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use sqlx::{Row as _, any::AnyRow};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use crate::model::{KoreanTime, UserId};

use super::{Action, AuditRecord, Error, Outcome, Store, read_time};

/// The sessions' place in the store.
#[derive(Debug, Clone)]
pub struct Sessions(Store);

/// A session as its user sees it in a list.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Names the session without opening it: the hash of its id.
    pub handle: String,
    /// What the session holds, by name.
    pub data: HashMap<String, serde_json::Value>,
    pub ends: KoreanTime,
}

impl Sessions {
    /// The name under which a session's data holds the id of its user.
    pub const USER: &str = "user";

    /// What names a session in a list.
    #[must_use]
    pub fn handle(id: &Id) -> String {
        hash(id)
    }
}

impl Store {
    #[must_use]
    pub fn sessions(&self) -> Sessions {
        Sessions(self.clone())
    }

    /// The sessions that a user has open, the one used last first.
    pub async fn sessions_of(&self, user: &UserId) -> Result<Vec<OpenSession>, Error> {
        let rows = sqlx::query(
            "select id_hash, data, expires_at from sessions
             where user_id = $1 and expires_at > $2 order by expires_at desc",
        )
        .bind(&user.0)
        .bind(self.now())
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &AnyRow| {
            let data: String = row.try_get("data")?;
            Ok(OpenSession {
                handle: row.try_get("id_hash")?,
                data: serde_json::from_str(&data)
                    .map_err(|_| Error::Unreadable("a session's data"))?,
                ends: read_time(row.try_get("expires_at")?)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Ends one session of a user.
    pub async fn end_session(
        &self,
        user: &UserId,
        handle: &str,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        let mut change = self.begin().await?;
        let ended = sqlx::query("delete from sessions where user_id = $1 and id_hash = $2")
            .bind(&user.0)
            .bind(handle)
            .execute(&mut *change)
            .await?;
        if ended.rows_affected() == 0 {
            change.rollback().await?;
            return Ok(());
        }
        // As the rows of what was done in it name it.
        let named: String = handle.chars().take(12).collect();
        let record = by.clone().on(&named);
        self.audit_in(&mut change, &record, Action::SessionEnded, Outcome::Done)
            .await?;
        change.commit().await?;
        Ok(())
    }
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        // The record may still have the id that the browser sent, which somebody else may know:
        // a new session never takes it. An id is 128 random bits, so a new one is not in use.
        record.id = Id::default();
        sqlx::query(
            "insert into sessions (id_hash, user_id, data, expires_at) values ($1, $2, $3, $4)",
        )
        .bind(hash(&record.id))
        .bind(user(record))
        .bind(encode(record)?)
        .bind(millis(record.expiry_date))
        .execute(&self.0.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }

    /// A session that was ended meanwhile stays ended.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        sqlx::query(
            "update sessions set user_id = $1, data = $2, expires_at = $3 where id_hash = $4",
        )
        .bind(user(record))
        .bind(encode(record)?)
        .bind(millis(record.expiry_date))
        .bind(hash(&record.id))
        .execute(&self.0.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let row = sqlx::query(
            "select data, expires_at from sessions where id_hash = $1 and expires_at > $2",
        )
        .bind(hash(id))
        .bind(self.0.now())
        .fetch_optional(&self.0.pool)
        .await
        .map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        let decode = |cause: String| session_store::Error::Decode(cause);
        let data: String = row.try_get("data").map_err(backend)?;
        let expires_at: i64 = row.try_get("expires_at").map_err(backend)?;
        Ok(Some(Record {
            id: *id,
            data: serde_json::from_str(&data).map_err(|cause| decode(cause.to_string()))?,
            expiry_date: time::OffsetDateTime::from_unix_timestamp(expires_at / 1000)
                .map_err(|cause| decode(cause.to_string()))?,
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sqlx::query("delete from sessions where id_hash = $1")
            .bind(hash(id))
            .execute(&self.0.pool)
            .await
            .map_err(backend)?;
        Ok(())
    }
}

fn user(record: &Record) -> Option<&str> {
    record
        .data
        .get(Sessions::USER)
        .and_then(|user| user.as_str())
}

fn encode(record: &Record) -> session_store::Result<String> {
    let failed = |cause: serde_json::Error| session_store::Error::Encode(cause.to_string());
    serde_json::to_string(&record.data).map_err(failed)
}

/// A copy of the table must not open anybody's session.
fn hash(id: &Id) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(id.0.to_be_bytes()))
}

fn millis(at: time::OffsetDateTime) -> i64 {
    at.unix_timestamp().saturating_mul(1000)
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn backend(cause: sqlx::Error) -> session_store::Error {
    session_store::Error::Backend(cause.to_string())
}
