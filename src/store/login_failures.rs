//! Failed logins, counted in the database so that several portals count together.

use std::time::Duration;

use crate::model::{Failures, RateLimit};

use super::{Action, AuditRecord, Error, Outcome, Store, Tx, transaction::retry};

/// How long a known location is remembered, in milliseconds.
pub(super) const LOCATION_LIFETIME: i64 = 30 * 24 * 60 * 60 * 1000;

/// Failures that decay later than this, in milliseconds from now, were written by a wrong clock.
pub(super) const MAX_DECAY: i64 = 24 * 60 * 60 * 1000;

/// Key of counted failures. The id is a hash: a password may have been typed into the wrong field.
#[derive(Debug, Clone)]
pub struct FailureKey {
    pub id: String,
    pub limit: RateLimit,
}

/// A login attempt, as its failures are counted.
#[derive(Debug, Clone)]
pub struct LoginAttempt {
    /// The account at its location; reset by a success.
    pub own: FailureKey,
    /// Shared with strangers; not checked at a known location.
    pub shared: FailureKey,
    /// The location marked as known after a success: a hash of account and network.
    pub location: String,
}

impl Store {
    /// How long that attempt has to wait.
    pub async fn login_wait(&self, attempt: &LoginAttempt) -> Result<Option<Duration>, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let wait = self.read_wait(&mut tx, attempt).await?;
            tx.commit().await?;
            Ok(wait)
        })
        .await
    }

    /// Counts a failed login and writes a refused `action` to the audit log, and the start of a pause. Attempts during
    /// a pause are not written, or a stranger could fill the log. `Some`: the rate limit was reached since the attempt
    /// began; the attempt has to wait and is not counted.
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
            if let Some(wait) = self.read_wait(&mut tx, attempt).await? {
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

    /// Counts an event of which only some go to the audit log. `false` when there were too many of late.
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

    /// Resets the account's failures and marks its location as known. `Some`: the rate limit was reached since the
    /// attempt began, so that even a right password waits.
    pub async fn record_login_success(
        &self,
        attempt: &LoginAttempt,
    ) -> Result<Option<Duration>, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let wait = self.write_login_success(&mut tx, attempt).await?;
            if wait.is_some() {
                tx.rollback().await?;
            } else {
                tx.commit().await?;
            }
            Ok(wait)
        })
        .await
    }

    pub(super) async fn write_login_success(
        &self,
        tx: &mut Tx<'_>,
        attempt: &LoginAttempt,
    ) -> Result<Option<Duration>, Error> {
        // On PostgreSQL this waits for failures that are being counted.
        let lock = sqlx::query("update login_failures set last_at = last_at where id = $1");
        tx.run(lock.bind(&attempt.own.id)).await?;
        if let Some(wait) = self.read_wait(tx, attempt).await? {
            return Ok(Some(wait));
        }
        let delete = sqlx::query("delete from login_failures where id = $1");
        tx.run(delete.bind(&attempt.own.id)).await?;
        let upsert = sqlx::query(
            "insert into known_locations (id, seen_at) values ($1, $2)
             on conflict (id) do update set seen_at = excluded.seen_at",
        );
        tx.run(upsert.bind(&attempt.location).bind(self.now()))
            .await?;
        Ok(None)
    }

    async fn read_wait(
        &self,
        tx: &mut Tx<'_>,
        attempt: &LoginAttempt,
    ) -> Result<Option<Duration>, Error> {
        let now = self.now();
        let mut wait = attempt
            .own
            .limit
            .wait(read(tx, &attempt.own, now).await?, now);
        if !is_known(tx, &attempt.location, now).await? {
            let failures = read(tx, &attempt.shared, now).await?;
            wait = wait.max(attempt.shared.limit.wait(failures, now));
        }
        let wait = u64::try_from(wait).unwrap_or_default();
        Ok((wait > 0).then(|| Duration::from_millis(wait)))
    }

    /// Whether a pause begins with this failure.
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

/// Locks the row, on PostgreSQL too.
async fn lock(tx: &mut Tx<'_>, key: &FailureKey) -> Result<(), Error> {
    let query = sqlx::query(
        "insert into login_failures (id, last_at, decayed_at) values ($1, 0, 0)
         on conflict (id) do update set last_at = login_failures.last_at",
    );
    tx.run(query.bind(&key.id)).await?;
    Ok(())
}

/// Present failures. Times in the future are corrected, or the wait would restart at every attempt.
async fn read(tx: &mut Tx<'_>, key: &FailureKey, now: i64) -> Result<Failures, Error> {
    let row: Option<(i64, i64)> =
        sqlx::query_as("select last_at, decayed_at from login_failures where id = $1")
            .bind(&key.id)
            .fetch_optional(&mut **tx)
            .await?;
    let Some((last_at, decayed_at)) = row else {
        return Ok(Failures::default());
    };
    let stored = Failures {
        last_at,
        decayed_at,
    };
    let failures = key.limit.clamp(stored, now);
    if failures != stored {
        write(tx, key, failures).await?;
    }
    Ok(failures)
}

async fn write(tx: &mut Tx<'_>, key: &FailureKey, failures: Failures) -> Result<(), Error> {
    let query =
        sqlx::query("update login_failures set last_at = $1, decayed_at = $2 where id = $3")
            .bind(failures.last_at)
            .bind(failures.decayed_at)
            .bind(&key.id);
    tx.run(query).await?;
    Ok(())
}

async fn is_known(tx: &mut Tx<'_>, location: &str, now: i64) -> Result<bool, Error> {
    let seen = sqlx::query("select 1 from known_locations where id = $1 and seen_at > $2")
        .bind(location)
        .bind(now - LOCATION_LIFETIME)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(seen.is_some())
}
