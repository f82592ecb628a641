//! The session store of tower-sessions on the portal's database.

use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error as SessionStoreError, Result as SessionStoreResult},
};

use crate::{
    model::{Actor, UserId, Via},
    store::{
        Action, AuditRecord, Error, Outcome, Tx, credentials::lock_credentials, transaction::retry,
    },
};

use super::{MAX_OPEN_SESSIONS, REFUSED, SessionRow, Sessions, SignIn, hash, started};

impl Sessions {
    /// Adds a session and ends those of its user that have been unused for longest when there are too many. `false`
    /// when the user may not sign in any more.
    async fn insert(&self, record: &Record, data: &str) -> Result<bool, Error> {
        let now = self.store.now();
        let started = started(&record.data).map_or(now, |time| time.to_utc().timestamp_millis());
        retry(|| async {
            let mut tx = self.store.begin().await?;
            let user = user(record);
            if let Some(user) = user
                && !self.admit(&mut tx, record, user).await?
            {
                tx.rollback().await?;
                return Ok(false);
            }
            let insert = sqlx::query(
                "insert into sessions (id_hash, user_id, data, used_at, expires_at)
                 values ($1, $2, $3, $4, $5)",
            )
            .bind(hash(&record.id))
            .bind(user)
            .bind(data)
            .bind(now)
            .bind(self.limits.end(started, now));
            tx.run(insert).await?;
            let end_unused = sqlx::query(
                "delete from sessions where id_hash in (
                     select id_hash from sessions where user_id = $1
                     order by used_at desc, id_hash limit $2 offset $3)",
            )
            .bind(user)
            .bind(i64::from(i32::MAX))
            .bind(MAX_OPEN_SESSIONS);
            tx.run(end_unused).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Checks that the verified credentials still hold, and writes the audit event. The user's row is locked, so that a
    /// change of credentials or identities waits, and then ends this session too.
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
            let lock = sqlx::query(
                "update identities set name = name
                 where issuer = $1 and subject = $2 and user_id = $3",
            );
            let lock = lock.bind(issuer).bind(subject).bind(user);
            if tx.run(lock).await? == 0 {
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
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> SessionStoreResult<()> {
        // The record may still have the id that the browser sent, which an attacker may know: a new session never
        // takes it. An id is 128 random bits, so a new one is not in use.
        record.id = Id::default();
        let data = encode(record)?;
        if self.insert(record, &data).await.map_err(backend)? {
            Ok(())
        } else {
            Err(SessionStoreError::Backend(REFUSED.to_owned()))
        }
    }

    /// A session that has ended stays ended.
    async fn save(&self, record: &Record) -> SessionStoreResult<()> {
        let data = encode(record)?;
        let saved = self.store.execute(|| {
            sqlx::query(
                "update sessions set user_id = $1, data = $2
                 where id_hash = $3 and expires_at > $4",
            )
            .bind(user(record))
            .bind(&data)
            .bind(hash(&record.id))
            .bind(self.store.now())
        });
        saved.await.map(drop).map_err(backend)
    }

    async fn load(&self, id: &Id) -> SessionStoreResult<Option<Record>> {
        let row: Option<SessionRow> = sqlx::query_as(
            "select data, used_at, expires_at from sessions
             where id_hash = $1 and expires_at > $2",
        )
        .bind(hash(id))
        .bind(self.store.now())
        .fetch_optional(&self.store.pool)
        .await
        .map_err(|error| backend(error.into()))?;
        let Some(row) = row else { return Ok(None) };
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(row.expires_at / 1000)
            .map_err(|error| SessionStoreError::Decode(error.to_string()))?;
        let session = self.read(&row).map_err(backend)?;
        Ok(session.map(|session| Record {
            id: *id,
            data: session.data,
            expiry_date,
        }))
    }

    async fn delete(&self, id: &Id) -> SessionStoreResult<()> {
        let deleted = self
            .store
            .execute(|| sqlx::query("delete from sessions where id_hash = $1").bind(hash(id)));
        deleted.await.map(drop).map_err(backend)
    }
}

fn user(record: &Record) -> Option<&str> {
    record.data.get(Sessions::USER)?.as_str()
}

/// The data without the sign-in, which is no part of a session.
fn encode(record: &Record) -> SessionStoreResult<String> {
    let mut data = record.data.clone();
    data.remove(Sessions::SIGN_IN);
    let failed = |error: serde_json::Error| SessionStoreError::Encode(error.to_string());
    serde_json::to_string(&data).map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn backend(error: Error) -> SessionStoreError {
    SessionStoreError::Backend(error.to_string())
}
