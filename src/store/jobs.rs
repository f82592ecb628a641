//! Leases and due times of background jobs.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::model::codes;

use super::{Error, Store, Tx, new_id};

codes! {
    /// A kind of background job. The code is its name in the database, in log lines and metrics.
    JobKind {
        /// Reads a team's server lists and tracks its requests.
        Poll = "poll",
        /// Reads a team's tickets, events and history into the archive.
        Archive = "archive",
        /// Deletes expired rows.
        Sweep = "sweep",
    }
}

/// The right to run a job, until it is released or expires.
#[derive(Debug)]
pub struct JobLease {
    pub kind: JobKind,
    pub key: String,
    /// Consecutive failures of the job.
    pub failures: u32,
    token: String,
}

impl JobLease {
    /// A lease that is not renewed expires after this time.
    pub const TIMEOUT: TimeDelta = TimeDelta::minutes(1);

    /// A lease that expires later was granted before the clock was set back, and counts as expired.
    /// A small step back ends no lease.
    const MAX_TIMEOUT: TimeDelta = TimeDelta::minutes(2);
}

impl Store {
    /// The keys of jobs that are running or not due yet.
    pub async fn busy_jobs(&self, kind: JobKind) -> Result<HashSet<String>, Error> {
        let now = self.database_now(&self.pool).await?;
        let keys = sqlx::query_scalar(
            "select key from job_leases where kind = $1
               and ((leased_until > $2 and leased_until <= $3)
                 or (due_at > $2 and scheduled_at <= $2))",
        )
        .bind(kind.code())
        .bind(now)
        .bind(now + JobLease::MAX_TIMEOUT.num_milliseconds())
        .fetch_all(&self.pool)
        .await?;
        Ok(keys.into_iter().collect())
    }

    /// `None` when the job is running or not due. A job that was scheduled in the future is due: the
    /// clock was set back since.
    pub async fn acquire_job(&self, kind: JobKind, key: &str) -> Result<Option<JobLease>, Error> {
        let now = self.database_now(&self.pool).await?;
        let token = new_id();
        let failures: Option<i64> = sqlx::query_scalar(
            "insert into job_leases (kind, key, owner, leased_until, scheduled_at, due_at, failures)
             values ($1, $2, $3, $4, $5, $5, 0)
             on conflict (kind, key) do update set owner = excluded.owner,
                 leased_until = excluded.leased_until, scheduled_at = excluded.scheduled_at,
                 due_at = excluded.due_at
             where (job_leases.leased_until <= $5 or job_leases.leased_until > $6)
               and (job_leases.due_at <= $5 or job_leases.scheduled_at > $5)
             returning failures",
        )
        .bind(kind.code())
        .bind(key)
        .bind(&token)
        .bind(now + JobLease::TIMEOUT.num_milliseconds())
        .bind(now)
        .bind(now + JobLease::MAX_TIMEOUT.num_milliseconds())
        .fetch_optional(&self.pool)
        .await?;
        Ok(failures.map(|failures| JobLease {
            kind,
            key: key.to_owned(),
            failures: u32::try_from(failures).unwrap_or(u32::MAX),
            token,
        }))
    }

    /// `false` when the lease had expired and another runner has the job.
    pub async fn renew_job(&self, lease: &JobLease) -> Result<bool, Error> {
        let now = self.database_now(&self.pool).await?;
        let renewed = sqlx::query(
            "update job_leases set leased_until = $1 where kind = $2 and key = $3 and owner = $4",
        )
        .bind(now + JobLease::TIMEOUT.num_milliseconds())
        .bind(lease.kind.code())
        .bind(&lease.key)
        .bind(&lease.token)
        .execute(&self.pool)
        .await?;
        Ok(renewed.rows_affected() > 0)
    }

    /// The job is due again after `pause`, or at once when it was woken while it ran.
    pub async fn release_job(
        &self,
        lease: &JobLease,
        pause: TimeDelta,
        failures: u32,
    ) -> Result<(), Error> {
        let now = self.database_now(&self.pool).await?;
        sqlx::query(
            "update job_leases set owner = '', leased_until = 0, scheduled_at = $1, failures = $2,
                 due_at = case when due_at = 0 then 0 else $3 end
             where kind = $4 and key = $5 and owner = $6",
        )
        .bind(now)
        .bind(i64::from(failures))
        .bind(now.saturating_add(pause.num_milliseconds()))
        .bind(lease.kind.code())
        .bind(&lease.key)
        .bind(&lease.token)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Consecutive failures of the job.
    pub(super) async fn job_failures(&self, kind: JobKind, key: &str) -> Result<u32, Error> {
        let failures: Option<i64> =
            sqlx::query_scalar("select failures from job_leases where kind = $1 and key = $2")
                .bind(kind.code())
                .bind(key)
                .fetch_optional(&self.pool)
                .await?;
        Ok(u32::try_from(failures.unwrap_or_default()).unwrap_or(u32::MAX))
    }
}

/// Makes the job due at once, without a back-off.
pub(super) async fn wake_job(tx: &mut Tx<'_>, kind: JobKind, key: &str) -> Result<(), Error> {
    sqlx::query("update job_leases set due_at = 0, failures = 0 where kind = $1 and key = $2")
        .bind(kind.code())
        .bind(key)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
