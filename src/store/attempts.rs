//! Attempts to sign in, counted in the database so that several portals count together.

use sqlx::Row as _;

use super::{Change, Error, Store};

/// How often something was tried in vain, and when last (milliseconds since 1970).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    pub failures: u32,
    pub last_at: i64,
}

/// For how long it is remembered where a password was right, in milliseconds.
const PLACE_LIFE: i64 = 30 * 24 * 60 * 60 * 1000;

impl Store {
    /// Has a password been right at that place not long ago.
    pub async fn knows_place(&self, id: &str) -> Result<bool, Error> {
        let seen: Option<i64> =
            sqlx::query_scalar("select seen_at from sign_in_places where id = $1 and seen_at > $2")
                .bind(id)
                .bind(self.now() - PLACE_LIFE)
                .fetch_optional(&self.pool)
                .await?;
        Ok(seen.is_some())
    }

    /// Counts one more attempt under each of the ids, and tells how many there were before it,
    /// unless `wait` says no to one of these; then nothing is counted and the answer is how many
    /// milliseconds to wait.
    ///
    /// Looking and counting are one change, so that attempts made at once are all seen.
    pub async fn count_attempt(
        &self,
        ids: &[String],
        wait: impl Fn(usize, Attempts, i64) -> i64,
    ) -> Result<Result<Vec<Attempts>, i64>, Error> {
        let now = self.now();
        let mut before = Vec::with_capacity(ids.len());
        let mut change = self.begin().await?;
        for (index, id) in ids.iter().enumerate() {
            // Touching the row makes other writers wait on PostgreSQL too.
            sqlx::query(
                "insert into attempts (id, failures, last_at) values ($1, 0, 0)
                 on conflict (id) do update set failures = attempts.failures",
            )
            .bind(id)
            .execute(&mut *change)
            .await?;
            let so_far = read(&mut change, id).await?;
            let wait = wait(index, so_far, now);
            if wait > 0 {
                // At once: a change that is only dropped keeps its locks until its connection is
                // used again.
                change.rollback().await?;
                return Ok(Err(wait));
            }
            before.push(so_far);
        }
        for id in ids {
            sqlx::query("update attempts set failures = failures + 1, last_at = $1 where id = $2")
                .bind(now)
                .bind(id)
                .execute(&mut *change)
                .await?;
        }
        change.commit().await?;
        Ok(Ok(before))
    }

    /// Takes an attempt that succeeded off the counts: all of `own`, one of each of the others.
    /// Remembers the place where it was made, if it counts as one.
    pub async fn forgive_attempt(
        &self,
        own: &[String],
        others: &[String],
        place: Option<&str>,
    ) -> Result<(), Error> {
        let mut change = self.begin().await?;
        if let Some(place) = place {
            sqlx::query(
                "insert into sign_in_places (id, seen_at) values ($1, $2)
                 on conflict (id) do update set seen_at = excluded.seen_at",
            )
            .bind(place)
            .bind(self.now())
            .execute(&mut *change)
            .await?;
        }
        for id in own {
            sqlx::query("delete from attempts where id = $1")
                .bind(id)
                .execute(&mut *change)
                .await?;
        }
        for id in others {
            sqlx::query(
                "update attempts set failures = failures - 1 where id = $1 and failures > 0",
            )
            .bind(id)
            .execute(&mut *change)
            .await?;
        }
        change.commit().await?;
        Ok(())
    }
}

/// Forgets failures of more than a day ago, and places where nobody has been for long.
pub(super) async fn forget_attempts_in(change: &mut Change<'_>, now: i64) -> Result<(), Error> {
    sqlx::query("delete from attempts where last_at < $1")
        .bind(now - chrono::TimeDelta::days(1).num_milliseconds())
        .execute(&mut **change)
        .await?;
    sqlx::query("delete from sign_in_places where seen_at <= $1")
        .bind(now - PLACE_LIFE)
        .execute(&mut **change)
        .await?;
    Ok(())
}

async fn read(change: &mut Change<'_>, id: &str) -> Result<Attempts, Error> {
    let row = sqlx::query("select failures, last_at from attempts where id = $1")
        .bind(id)
        .fetch_one(&mut **change)
        .await?;
    let failures: i64 = row.try_get("failures")?;
    Ok(Attempts {
        failures: u32::try_from(failures).unwrap_or(u32::MAX),
        last_at: row.try_get("last_at")?,
    })
}
