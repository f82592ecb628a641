//! Sessions, for the layer that reads their cookies: who they are of, and when they end.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};
use sqlx::{Row as _, any::AnyRow};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use crate::model::{KoreanTime, UserId};

use super::{Change, Error, Store, credentials::lock_credentials, new_id, read_time};

/// For how long an id that was replaced still opens its session: what another tab asked for a
/// moment before is answered as if nothing had happened.
const GRACE: TimeDelta = TimeDelta::seconds(30);

/// How many sessions a user may have open.
const MAX_OPEN_SESSIONS: i64 = 50;

/// For how long it is remembered whose a session was that has ended.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

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

impl Sessions {
    /// The names under which a session's data holds the id of its user, and when it began.
    pub const USER: &str = "user";
    pub const STARTED: &str = "started";
    /// The version of the user's credentials that the login was verified with.
    pub const CREDENTIALS: &str = "credentials";
    /// What is put beside them when it is read: when it was used last and when it ends as it is
    /// now, whether its id has been replaced, and what its ids have in common.
    pub const USED: &str = "used";
    pub const ENDS: &str = "ends";
    pub const REPLACED: &str = "replaced";
    const FAMILY: &str = "family";

    /// What names a session in a list.
    #[must_use]
    pub fn handle(id: &Id) -> String {
        hash(id)
    }

    /// The sessions that a user has open, the one used last first.
    pub async fn of(&self, user: &UserId) -> Result<Vec<OpenSession>, Error> {
        let rows = sqlx::query(
            "select id_hash, data, used_at, expires_at, replaced_at, family from sessions
             where user_id = $1 and expires_at > $2 and replaced_at is null
             order by used_at desc, id_hash limit $3",
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

    /// Writes down that a session is used now, and gives its new end. `None` when it has ended or
    /// has a new id.
    pub async fn touch(&self, id: &Id, started: KoreanTime) -> Result<Option<KoreanTime>, Error> {
        let now = self.store.now();
        let ends = self.limits.end(started.to_utc().timestamp_millis(), now);
        let touched = sqlx::query(
            "update sessions set used_at = $1, expires_at = $2
             where id_hash = $3 and expires_at > $1 and replaced_at is null",
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

    /// Takes an id out of use, but for the moment that requests under way need it. Of several that
    /// want to replace it one is told `true`: a session must not become two.
    pub async fn retire(&self, id: &Id) -> Result<bool, Error> {
        let retired = sqlx::query(
            "update sessions set replaced_at = $1
             where id_hash = $2 and expires_at > $1 and replaced_at is null",
        )
        .bind(self.store.now())
        .bind(hash(id))
        .execute(&self.store.pool)
        .await?;
        Ok(retired.rows_affected() == 1)
    }

    /// Ends a session by any id that it has or had.
    pub async fn end(&self, id: &Id) -> Result<(), Error> {
        let mut change = self.store.begin().await?;
        let family: Option<String> =
            sqlx::query_scalar("select family from sessions where id_hash = $1")
                .bind(hash(id))
                .fetch_optional(&mut *change)
                .await?;
        if let Some(family) = family {
            end_family_in(&mut change, &family, self.store.now()).await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// Adds a session, and ends those of its user that have been unused for longest when there are too many. A new id
    /// of one that has ended meanwhile is not added: it would go on by that. Nor is a session whose login was verified
    /// with credentials that have changed since.
    async fn add(&self, record: &Record, data: &str) -> Result<(), Error> {
        let now = self.store.now();
        let started = started(&record.data).unwrap_or(now);
        let family = record.data.get(Self::FAMILY).and_then(|it| it.as_str());
        let mut change = self.store.begin().await?;
        if let Some(family) = family
            && hold_family_in(&mut change, family, now).await? == 0
        {
            change.rollback().await?;
            return Ok(());
        }
        if family.is_none() && !may_open_in(&mut change, record).await? {
            change.rollback().await?;
            return Ok(());
        }
        sqlx::query(
            "insert into sessions (id_hash, user_id, data, used_at, expires_at, family)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(hash(&record.id))
        .bind(user(record))
        .bind(data)
        .bind(now)
        .bind(self.limits.end(started, now))
        .bind(family.map_or_else(new_id, str::to_owned))
        .execute(&mut *change)
        .await?;
        if let Some(user) = user(record) {
            end_unused_in(&mut change, user, now).await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// Whose session that is, or was until not long ago.
    pub async fn user_of(&self, id: &Id) -> Result<Option<UserId>, Error> {
        let user: Option<Option<String>> =
            sqlx::query_scalar("select user_id from sessions where id_hash = $1")
                .bind(hash(id))
                .fetch_optional(&self.store.pool)
                .await?;
        Ok(user.flatten().map(UserId))
    }

    /// What a session holds, with what its row says beside; `None` when it has ended.
    fn read(&self, row: &AnyRow) -> Result<Option<HashMap<String, serde_json::Value>>, Error> {
        let unreadable = || Error::Unreadable("a session's data");
        let data: String = row.try_get("data")?;
        let mut data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&data).map_err(|_| unreadable())?;
        let used: i64 = row.try_get("used_at")?;
        let expires: i64 = row.try_get("expires_at")?;
        let replaced: Option<i64> = row.try_get("replaced_at")?;
        let started = started(&data).ok_or_else(unreadable)?;
        // The limits may have become narrower since.
        let ends = expires.min(self.limits.end(started, used));
        let now = self.store.now();
        let is_over = replaced.is_some_and(|at| at + GRACE.num_milliseconds() <= now);
        if ends <= now || is_over {
            return Ok(None);
        }
        let time = |millis| Ok::<_, Error>(read_time(millis)?.to_rfc3339().into());
        data.insert(Self::USED.to_owned(), time(used)?);
        data.insert(Self::ENDS.to_owned(), time(ends)?);
        data.insert(Self::REPLACED.to_owned(), replaced.is_some().into());
        let family: String = row.try_get("family")?;
        data.insert(Self::FAMILY.to_owned(), family.into());
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
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        // The record may still have the id that the browser sent, which somebody else may know:
        // a new session never takes it. An id is 128 random bits, so a new one is not in use.
        record.id = Id::default();
        let data = encode(record)?;
        let failed = |cause: Error| session_store::Error::Backend(cause.to_string());
        self.add(record, &data).await.map_err(failed)
    }

    /// A session that was ended meanwhile stays ended.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        sqlx::query(
            "update sessions set user_id = $1, data = $2
             where id_hash = $3 and expires_at > $4 and replaced_at is null",
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
            "select data, used_at, expires_at, replaced_at, family from sessions
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

    /// Ends it, when its id goes; an id that was replaced only ends with the moment that it has left.
    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sqlx::query(
            "update sessions set data = '{}', expires_at = $1
             where id_hash = $2 and expires_at > $1 and replaced_at is null",
        )
        .bind(self.store.now())
        .bind(hash(id))
        .execute(&self.store.pool)
        .await
        .map_err(backend)?;
        Ok(())
    }
}

/// Makes who ends a session, and who gives it a new id, wait for each other. Says how many ids it
/// has that have not ended.
async fn hold_family_in(change: &mut Change<'_>, family: &str, now: i64) -> Result<u64, Error> {
    let held =
        sqlx::query("update sessions set family = family where family = $1 and expires_at > $2")
            .bind(family)
            .bind(now)
            .execute(&mut **change)
            .await?;
    Ok(held.rows_affected())
}

/// Whether the user of a new session still has the credentials that its login was verified with. Locks the user's row,
/// so that whoever changes them waits, and then ends this session too.
async fn may_open_in(change: &mut Change<'_>, record: &Record) -> Result<bool, Error> {
    let Some(user) = user(record) else {
        return Ok(true);
    };
    let version = record.data.get(Sessions::CREDENTIALS);
    match version.and_then(serde_json::Value::as_i64) {
        Some(version) => lock_credentials(change, user, version).await,
        None => Ok(false),
    }
}

/// Ends the sessions of a user that have been unused for longest, when there are too many.
async fn end_unused_in(change: &mut Change<'_>, user: &str, now: i64) -> Result<(), Error> {
    sqlx::query(
        "update sessions set data = '{}', expires_at = $1
         where user_id = $2 and expires_at > $1 and family in (
             select family from sessions
             where user_id = $2 and expires_at > $1 and replaced_at is null
             order by used_at desc, id_hash limit $3 offset $4)",
    )
    .bind(now)
    .bind(user)
    .bind(i64::from(i32::MAX))
    .bind(MAX_OPEN_SESSIONS)
    .execute(&mut **change)
    .await?;
    Ok(())
}

/// Ends a session with every id that it has or had; `false` when it had ended.
pub(super) async fn end_family_in(
    change: &mut Change<'_>,
    family: &str,
    now: i64,
) -> Result<bool, Error> {
    // First wait, then look: a statement of PostgreSQL does not see rows that came while it waited.
    hold_family_in(change, family, now).await?;
    let ended = sqlx::query(
        "update sessions set data = '{}', expires_at = $1 where family = $2 and expires_at > $1",
    )
    .bind(now)
    .bind(family)
    .execute(&mut **change)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends all sessions of a user but one, if an id of it is named, and says how many ids that were.
/// What they held is gone; whose they were is remembered for a while.
pub(super) async fn end_open_in(
    change: &mut Change<'_>,
    user: &UserId,
    but: &str,
    now: i64,
) -> Result<u64, Error> {
    // As for one family.
    sqlx::query("update sessions set family = family where user_id = $1 and expires_at > $2")
        .bind(&user.0)
        .bind(now)
        .execute(&mut **change)
        .await?;
    let ended = sqlx::query(
        "update sessions set data = '{}', expires_at = $1
         where user_id = $2 and expires_at > $1
             and family <> coalesce((select family from sessions where id_hash = $3), '')",
    )
    .bind(now)
    .bind(&user.0)
    .bind(but)
    .execute(&mut **change)
    .await?;
    Ok(ended.rows_affected())
}

/// Forgets those that ended long enough ago.
pub(super) async fn forget_sessions_in(change: &mut Change<'_>, now: i64) -> Result<(), Error> {
    sqlx::query("delete from sessions where expires_at < $1")
        .bind(now - REMEMBERED.num_milliseconds())
        .execute(&mut **change)
        .await?;
    Ok(())
}

/// When it began, in milliseconds.
fn started(data: &HashMap<String, serde_json::Value>) -> Option<i64> {
    let started = data.get(Sessions::STARTED)?.as_str()?;
    let started = KoreanTime::parse(started).ok()?;
    Some(started.to_utc().timestamp_millis())
}

fn user(record: &Record) -> Option<&str> {
    record
        .data
        .get(Sessions::USER)
        .and_then(|user| user.as_str())
}

/// Without what is put beside it when it is read.
fn encode(record: &Record) -> session_store::Result<String> {
    let mut data = record.data.clone();
    for beside in [
        Sessions::USED,
        Sessions::ENDS,
        Sessions::REPLACED,
        Sessions::FAMILY,
    ] {
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
