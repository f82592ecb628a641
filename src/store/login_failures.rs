//! Failed logins, counted in the database so that several portals count together.

use std::time::Duration;

use sqlx::Row as _;

use crate::model::{Failures, RateLimit};

use super::{Action, AuditRecord, Error, Outcome, Store, Tx, transaction::retry};

/// How long a known location is remembered, in milliseconds.
const LOCATION_LIFE: i64 = 30 * 24 * 60 * 60 * 1000;

/// No right clock writes that failures decay later than this, in milliseconds from now.
const MAX_DECAY: i64 = 24 * 60 * 60 * 1000;

/// What failures are counted by. It holds a hash: a password may have been typed into the wrong field.
#[derive(Debug, Clone)]
pub struct FailureKey {
    pub id: String,
    pub limit: RateLimit,
}

/// A login attempt, as its failures are counted.
#[derive(Debug, Clone)]
pub struct LoginAttempt {
    /// The account at its location: forgotten after a success.
    pub own: FailureKey,
    /// What strangers are counted by too. It holds up nobody at a known location.
    pub shared: FailureKey,
    /// The known location that a success makes, a hash of account and network.
    pub location: String,
}

impl Store {
    /// How long that attempt has to wait.
    pub async fn login_wait(&self, attempt: &LoginAttempt) -> Result<Option<Duration>, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let wait = self.wait_of(&mut tx, attempt).await?;
            tx.commit().await?;
            Ok(wait)
        })
        .await
    }

    /// Counts a failed login and writes it down as a refused `action`, together with the start of a pause: attempts
    /// during a pause are not written down, or a stranger could fill the log. `Some`: others have failed meanwhile, the
    /// attempt has to wait and is not counted.
    pub async fn record_login_failure(
        &self,
        attempt: &LoginAttempt,
        by: &AuditRecord,
        action: Action,
    ) -> Result<Option<Duration>, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            for key in [&attempt.own, &attempt.shared] {
                lock(&mut tx, key).await?;
            }
            if let Some(wait) = self.wait_of(&mut tx, attempt).await? {
                tx.rollback().await?;
                return Ok(Some(wait));
            }
            let begins_pause = self.add_failure(&mut tx, attempt).await?;
            self.audit_in(&mut tx, by, action, Outcome::Refused).await?;
            if begins_pause {
                self.audit_in(&mut tx, by, Action::TriesPaused, Outcome::Done)
                    .await?;
            }
            tx.commit().await?;
            Ok(None)
        })
        .await
    }

    /// Counts an event of which only some are to be written down. `false` when there were too many of late.
    pub async fn record_event(&self, keys: &[FailureKey; 2]) -> Result<bool, Error> {
        let now = self.now();
        retry(|| async {
            let mut tx = self.begin().await?;
            for key in keys {
                lock(&mut tx, key).await?;
                let failures = read(&mut tx, key, now).await?;
                if key.limit.wait(failures, now) > 0 {
                    tx.rollback().await?;
                    return Ok(false);
                }
                write(&mut tx, key, key.limit.add(failures, now)).await?;
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// A login succeeded: its own failures are forgotten, and its location is known from now on. `Some`: others have
    /// failed meanwhile, so that even a right answer has to wait.
    pub async fn record_login_success(
        &self,
        attempt: &LoginAttempt,
    ) -> Result<Option<Duration>, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let wait = self.record_login_success_tx(&mut tx, attempt).await?;
            if wait.is_some() {
                tx.rollback().await?;
            } else {
                tx.commit().await?;
            }
            Ok(wait)
        })
        .await
    }

    pub(super) async fn record_login_success_tx(
        &self,
        tx: &mut Tx<'_>,
        attempt: &LoginAttempt,
    ) -> Result<Option<Duration>, Error> {
        // On PostgreSQL this waits for failures that are being counted.
        sqlx::query("update login_failures set last_at = last_at where id = $1")
            .bind(&attempt.own.id)
            .execute(&mut **tx)
            .await?;
        if let Some(wait) = self.wait_of(tx, attempt).await? {
            return Ok(Some(wait));
        }
        sqlx::query("delete from login_failures where id = $1")
            .bind(&attempt.own.id)
            .execute(&mut **tx)
            .await?;
        sqlx::query(
            "insert into known_locations (id, seen_at) values ($1, $2)
             on conflict (id) do update set seen_at = excluded.seen_at",
        )
        .bind(&attempt.location)
        .bind(self.now())
        .execute(&mut **tx)
        .await?;
        Ok(None)
    }

    async fn wait_of(
        &self,
        tx: &mut Tx<'_>,
        attempt: &LoginAttempt,
    ) -> Result<Option<Duration>, Error> {
        let now = self.now();
        let failures = read(tx, &attempt.own, now).await?;
        let mut wait = attempt.own.limit.wait(failures, now);
        if !is_known(tx, &attempt.location, now).await? {
            let failures = read(tx, &attempt.shared, now).await?;
            wait = wait.max(attempt.shared.limit.wait(failures, now));
        }
        let wait = u64::try_from(wait).unwrap_or_default();
        Ok((wait > 0).then(|| Duration::from_millis(wait)))
    }

    /// Whether a pause begins, for whom there was none before.
    async fn add_failure(&self, tx: &mut Tx<'_>, attempt: &LoginAttempt) -> Result<bool, Error> {
        let now = self.now();
        let mut begins_pause = false;
        for key in [&attempt.own, &attempt.shared] {
            let failures = key.limit.add(read(tx, key, now).await?, now);
            begins_pause |= key.limit.count(failures, now) == key.limit.free;
            write(tx, key, failures).await?;
        }
        Ok(begins_pause)
    }
}

/// Touching the row makes other writers wait on PostgreSQL too.
async fn lock(tx: &mut Tx<'_>, key: &FailureKey) -> Result<(), Error> {
    sqlx::query(
        "insert into login_failures (id, last_at, decayed_at) values ($1, 0, 0)
         on conflict (id) do update set last_at = login_failures.last_at",
    )
    .bind(&key.id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The failures as they count now. What a wrong clock wrote is mended, or the wait would begin anew at every attempt.
async fn read(tx: &mut Tx<'_>, key: &FailureKey, now: i64) -> Result<Failures, Error> {
    let row = sqlx::query("select last_at, decayed_at from login_failures where id = $1")
        .bind(&key.id)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else {
        return Ok(Failures::default());
    };
    let stored = Failures {
        last_at: row.try_get("last_at")?,
        decayed_at: row.try_get("decayed_at")?,
    };
    let failures = key.limit.clamp(stored, now);
    if failures != stored {
        write(tx, key, failures).await?;
    }
    Ok(failures)
}

async fn write(tx: &mut Tx<'_>, key: &FailureKey, failures: Failures) -> Result<(), Error> {
    sqlx::query("update login_failures set last_at = $1, decayed_at = $2 where id = $3")
        .bind(failures.last_at)
        .bind(failures.decayed_at)
        .bind(&key.id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn is_known(tx: &mut Tx<'_>, id: &str, now: i64) -> Result<bool, Error> {
    let seen = sqlx::query("select 1 from known_locations where id = $1 and seen_at > $2")
        .bind(id)
        .bind(now - LOCATION_LIFE)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(seen.is_some())
}

/// Forgets failures that have decayed, locations not seen for long, and what a wrong clock wrote of either.
pub(super) async fn forget_login_failures(tx: &mut Tx<'_>, now: i64) -> Result<(), Error> {
    sqlx::query("delete from login_failures where decayed_at <= $1 or decayed_at > $2")
        .bind(now)
        .bind(now + MAX_DECAY)
        .execute(&mut **tx)
        .await?;
    sqlx::query("delete from known_locations where seen_at <= $1 or seen_at > $2")
        .bind(now - LOCATION_LIFE)
        .bind(now + MAX_DECAY)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
