//! Leases of background jobs: who runs one, and when it is due again.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::{Error, Store, Tx, new_id};

/// What a background job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Reads a team's VM lists and follows its requests.
    Poll,
    /// Reads a team's tickets, events and history into the archive.
    Archive,
    /// Deletes what has expired.
    Sweep,
}

/// The right to run a job, until it is given back or not renewed in time.
#[derive(Debug)]
pub struct JobLease {
    pub kind: JobKind,
    pub key: String,
    /// How often in a row the job has failed.
    pub failures: u32,
    token: String,
}

impl JobKind {
    pub const ALL: [Self; 3] = [Self::Poll, Self::Archive, Self::Sweep];

    /// Its name in the database, in log lines and in metric labels.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Archive => "archive",
            Self::Sweep => "sweep",
        }
    }
}

impl JobLease {
    /// A lease that is not renewed ends after this time.
    pub const SPAN: TimeDelta = TimeDelta::minutes(1);

    /// A lease that ends later was granted before the clock was set back: it counts as ended. A
    /// small step back takes no lease away.
    const MAX_SPAN: TimeDelta = TimeDelta::minutes(2);
}

impl Store {
    /// The keys of the jobs that somebody runs, or that are not due yet.
    pub async fn busy_jobs(&self, kind: JobKind) -> Result<HashSet<String>, Error> {
        let now = self.database_now(&self.pool).await?;
        let keys = sqlx::query_scalar(
            "select key from job_leases where kind = $1
               and ((leased_until > $2 and leased_until <= $3)
                 or (due_at > $2 and scheduled_at <= $2))",
        )
        .bind(kind.code())
        .bind(now)
        .bind(now + JobLease::MAX_SPAN.num_milliseconds())
        .fetch_all(&self.pool)
        .await?;
        Ok(keys.into_iter().collect())
    }

    /// `None` when somebody else runs the job, or has just done so. A job that was scheduled in
    /// the future is due: the clock was set back since.
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
        .bind(now + JobLease::SPAN.num_milliseconds())
        .bind(now)
        .bind(now + JobLease::MAX_SPAN.num_milliseconds())
        .fetch_optional(&self.pool)
        .await?;
        Ok(failures.map(|failures| JobLease {
            kind,
            key: key.to_owned(),
            failures: u32::try_from(failures).unwrap_or(u32::MAX),
            token,
        }))
    }

    /// `false` when the lease was lost: it had ended, and somebody else runs the job.
    pub async fn renew_job(&self, lease: &JobLease) -> Result<bool, Error> {
        let now = self.database_now(&self.pool).await?;
        let renewed = sqlx::query(
            "update job_leases set leased_until = $1 where kind = $2 and key = $3 and owner = $4",
        )
        .bind(now + JobLease::SPAN.num_milliseconds())
        .bind(lease.kind.code())
        .bind(&lease.key)
        .bind(&lease.token)
        .execute(&self.pool)
        .await?;
        Ok(renewed.rows_affected() > 0)
    }

    /// Gives the lease back. The job is due again after `pause`, or at once when it was woken
    /// while it ran.
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

    /// How often in a row the job has failed.
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

/// Makes the job due at once, as if it had never failed.
pub(super) async fn wake_job(tx: &mut Tx<'_>, kind: JobKind, key: &str) -> Result<(), Error> {
    sqlx::query("update job_leases set due_at = 0, failures = 0 where kind = $1 and key = $2")
        .bind(kind.code())
        .bind(key)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
