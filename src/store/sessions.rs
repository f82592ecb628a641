//! Sessions, for the layer that reads their cookies.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use super::{Error, Store};

/// The sessions' place in the store.
#[derive(Debug, Clone)]
pub struct Sessions(Store);

impl Sessions {
    /// The name under which a session's data holds the id of its user.
    pub const USER: &str = "user";
}

impl Store {
    #[must_use]
    pub fn sessions(&self) -> Sessions {
        Sessions(self.clone())
    }

    /// Forgets the sessions whose time is over.
    pub async fn forget_ended_sessions(&self) -> Result<(), Error> {
        sqlx::query("delete from sessions where expires_at < $1")
            .bind(self.now())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

impl Sessions {
    async fn write(&self, statement: &'static str, record: &Record) -> session_store::Result<()> {
        let encode = |cause: serde_json::Error| session_store::Error::Encode(cause.to_string());
        let data = serde_json::to_string(&record.data).map_err(encode)?;
        let user = record.data.get(Self::USER).and_then(|user| user.as_str());
        sqlx::query(statement)
            .bind(user)
            .bind(data)
            .bind(millis(record.expiry_date))
            .bind(hash(&record.id))
            .execute(&self.0.pool)
            .await
            .map_err(backend)?;
        Ok(())
    }
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        // The record may still have the id that the browser sent, which somebody else may know:
        // a new session never takes it. An id is 128 random bits, so a new one is not in use.
        record.id = Id::default();
        self.write(
            "insert into sessions (user_id, data, expires_at, id_hash) values ($1, $2, $3, $4)",
            record,
        )
        .await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        // A session that was ended meanwhile stays so.
        self.write(
            "update sessions set user_id = $1, data = $2, expires_at = $3 where id_hash = $4",
            record,
        )
        .await
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
