//! How far the archive of a team has come.

use crate::{
    model::{ArchiveKind, KstDateTime, TeamId},
    store::{Error, JobKind, Store, Tx, jobs::wake_job, read_time, storable, transaction::retry},
};

use super::retention::retention_start;

/// The archive of one team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveId(pub(super) i64);

/// Counts and times of one kind; times are milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct ArchiveProgress {
    pub stored: i64,
    /// Of these, rows that the source no longer lists.
    pub gone: i64,
    /// What the source counted last.
    pub listed: Option<i64>,
    /// Rows that the source counts and that cannot be archived.
    pub shortfall: i64,
    pub complete_since: Option<i64>,
    pub completed_at: Option<i64>,
    pub walked_at: Option<i64>,
    pub whole_at: Option<i64>,
    pub vanished: i64,
    pub succeeded_at: Option<i64>,
    pub error: Option<String>,
    pub error_at: Option<i64>,
    /// The months that the team's archive keeps; `None` for all.
    pub archive_months: Option<i64>,
}

/// What people are told of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveStatus {
    pub kind: ArchiveKind,
    pub stored: u64,
    /// What the source counts; of events nobody knows.
    pub listed: Option<u64>,
    /// Everything that the source listed is archived.
    pub is_complete: bool,
    /// The first walk to the beginning lasts.
    pub is_reading_back: bool,
    /// Everything detected since then is archived.
    pub complete_since: Option<KstDateTime>,
    /// What was listed until then is archived.
    pub last_success: Option<KstDateTime>,
    /// Rows that the source suddenly listed no more, too many to be taken for deleted.
    pub vanished: u64,
    pub error: Option<String>,
    pub error_at: Option<KstDateTime>,
}

pub(super) const PROGRESS: &str =
    "select stored, gone, listed, shortfall, complete_since, completed_at, walked_at, whole_at,
         vanished, succeeded_at, error, error_at,
         (select archive_months from teams join archives on team_id = id where number = team) as archive_months
     from archive_progress where team = $1 and kind = $2";

/// Archives are opened one after the other, at most that many at once.
const MAX_ROUNDS: u32 = 50;

impl ArchiveProgress {
    /// Rows that the source should list.
    #[must_use]
    pub fn known(&self) -> i64 {
        self.stored - self.gone
    }
}

impl Store {
    /// The team's archive, created at the first synchronization: what it stores is sanitized by that version.
    pub async fn open_archive(
        &self,
        team: &TeamId,
        sanitizer_version: u32,
    ) -> Result<ArchiveId, Error> {
        // Archives that are opened at the same time take one number; each round one of them keeps it.
        for _ in 0..MAX_ROUNDS {
            if let Some(number) = self.team_number(team).await? {
                return Ok(ArchiveId(number));
            }
            let opened = retry(|| self.insert_archive(team, sanitizer_version));
            match opened.await {
                Ok(()) | Err(Error::Taken) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Taken)
    }

    async fn insert_archive(&self, team: &TeamId, sanitizer_version: u32) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "insert into archives (number, team_id, sanitizer_version)
             select coalesce(max(number), 0) + 1, $1, $2 from archives",
        )
        .bind(&team.0)
        .bind(i64::from(sanitizer_version))
        .execute(&mut *tx)
        .await?;
        for kind in ArchiveKind::ALL {
            sqlx::query(
                "insert into archive_progress (team, kind)
                 select number, $2 from archives where team_id = $1",
            )
            .bind(&team.0)
            .bind(kind.code())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The clock that archived rows are dated by.
    #[must_use]
    pub fn archive_clock(&self) -> KstDateTime {
        self.clock.korean()
    }

    /// Begins a round, unless one has begun within `interval`, in milliseconds: says whether it did.
    pub async fn begin_round(&self, archive: ArchiveId, interval: i64) -> Result<bool, Error> {
        let now = self.now();
        // A time ahead was written before the clock was set back.
        let begun = sqlx::query(
            "update archives set round_at = $1
             where number = $2 and (round_at <= $3 or round_at > $1)",
        )
        .bind(now)
        .bind(archive.0)
        .bind(now - interval)
        .execute(&self.pool)
        .await?;
        Ok(begun.rows_affected() > 0)
    }

    pub async fn archive_progress(
        &self,
        archive: ArchiveId,
        kind: ArchiveKind,
    ) -> Result<ArchiveProgress, Error> {
        let progress = sqlx::query_as(PROGRESS)
            .bind(archive.0)
            .bind(kind.code())
            .fetch_one(&self.pool)
            .await?;
        Ok(progress)
    }

    /// Each kind of a team's archive; empty before its first synchronization.
    pub async fn archive_status(&self, team: &TeamId) -> Result<Vec<ArchiveStatus>, Error> {
        let Some(number) = self.team_number(team).await? else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for kind in ArchiveKind::ALL {
            all.push(self.kind_status(number, kind).await?);
        }
        Ok(all)
    }

    /// One kind of a team's archive; `None` before its first synchronization.
    pub async fn archive_status_of(
        &self,
        team: &TeamId,
        kind: ArchiveKind,
    ) -> Result<Option<ArchiveStatus>, Error> {
        match self.team_number(team).await? {
            Some(number) => Ok(Some(self.kind_status(number, kind).await?)),
            None => Ok(None),
        }
    }

    async fn kind_status(&self, team: i64, kind: ArchiveKind) -> Result<ArchiveStatus, Error> {
        let mut progress = self.archive_progress(ArchiveId(team), kind).await?;
        if kind == ArchiveKind::Events {
            self.events_progress(team, &mut progress).await?;
        }
        status(kind, progress, self.archive_clock())
    }

    /// Windows know how fresh and how complete the events are: the oldest one that is not read tells, not the last call.
    async fn events_progress(
        &self,
        team: i64,
        progress: &mut ArchiveProgress,
    ) -> Result<(), Error> {
        let windows: WindowsReach = sqlx::query_as(
            "select max(case when listed is null then end_at end) as unread_end,
                 min(start_at) as oldest, max(case when listed is not null then end_at end) as newest,
                 min(case when listed is not null and read_at < end_at then read_at end) as stale_since
             from event_windows where team = $1",
        )
        .bind(team)
        .fetch_one(&self.pool)
        .await?;
        // An open window ends in the future.
        let unread_end = windows.unread_end.map(|end| end.min(self.now()));
        progress.complete_since = unread_end.or(windows.oldest);
        progress.succeeded_at = windows.stale_since.or(windows.newest);
        if unread_end.is_some() {
            progress.completed_at = None;
        }
        Ok(())
    }

    /// Makes a round due at once.
    pub async fn wake_archive(&self, team: &TeamId) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            sqlx::query("update archives set round_at = 0 where team_id = $1")
                .bind(&team.0)
                .execute(&mut *tx)
                .await?;
            wake_job(&mut tx, JobKind::Archive, &team.0).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Has a round ended since the archive was woken, with nothing left under way or due: no walk, no ticket, no window.
    pub async fn is_archive_idle(&self, team: &TeamId) -> Result<bool, Error> {
        let Some(number) = self.team_number(team).await? else {
            return Ok(false);
        };
        let leased_after = self.database_now(&self.pool).await?;
        let due: i64 = sqlx::query_scalar(
            "select (select count(*) from archives where number = $1 and round_at = 0)
                 + (select count(*) from archive_walks where team = $1)
                 + (select count(*) from archived_tickets
                    where team = $1 and parts_due_at is not null and parts_due_at <= $2)
                 + (select count(*) from event_windows where team = $1 and due_at <= $2)
                 + (select count(*) from job_leases
                    where kind = $3 and key = $4 and leased_until > $5)",
        )
        .bind(number)
        .bind(self.now())
        .bind(JobKind::Archive.code())
        .bind(&team.0)
        .bind(leased_after)
        .fetch_one(&self.pool)
        .await?;
        Ok(due == 0)
    }

    /// Notes why a kind could not be read.
    pub async fn record_archive_error(
        &self,
        archive: ArchiveId,
        kind: ArchiveKind,
        error: &str,
    ) -> Result<(), Error> {
        sqlx::query(
            "update archive_progress set error = $1, error_at = $2 where team = $3 and kind = $4",
        )
        .bind(storable(error))
        .bind(self.now())
        .bind(archive.0)
        .bind(kind.code())
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// How far the windows reach that were read, and those that were not.
#[derive(sqlx::FromRow)]
struct WindowsReach {
    unread_end: Option<i64>,
    oldest: Option<i64>,
    newest: Option<i64>,
    /// The earliest reading of a window that was still open then.
    stale_since: Option<i64>,
}

fn status(
    kind: ArchiveKind,
    progress: ArchiveProgress,
    now: KstDateTime,
) -> Result<ArchiveStatus, Error> {
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    let time = |at: Option<i64>| at.map(read_time).transpose();
    let months = progress.archive_months;
    let months = months.and_then(|months| u32::try_from(months).ok());
    let kept_since = months.map(|months| retention_start(now, months));
    let complete_since = progress.complete_since.max(kept_since);
    Ok(ArchiveStatus {
        kind,
        stored: count(progress.stored),
        listed: progress.listed.map(count),
        is_complete: progress.completed_at.is_some() && complete_since == progress.complete_since,
        is_reading_back: progress.completed_at.is_none(),
        complete_since: time(complete_since.filter(|_| progress.complete_since.is_some()))?,
        last_success: time(progress.succeeded_at)?,
        vanished: count(progress.vanished),
        error: progress.error,
        error_at: time(progress.error_at)?,
    })
}

/// What a stored page brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageNews {
    pub new: u32,
    pub changed: u32,
    /// Rows that were known to be gone and are listed again.
    pub returned: u32,
    /// Rows that are not archived: without an identity, or older than the team keeps.
    pub unidentified: u32,
    /// The time of the oldest row.
    pub oldest: Option<i64>,
}

/// Adds a page to the counts.
pub(super) async fn count_page(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    kind: ArchiveKind,
    news: PageNews,
) -> Result<(), Error> {
    if news.new == 0 && news.returned == 0 {
        return Ok(());
    }
    sqlx::query(
        "update archive_progress set stored = stored + $1, gone = gone - $2
         where team = $3 and kind = $4",
    )
    .bind(i64::from(news.new))
    .bind(i64::from(news.returned))
    .bind(archive.0)
    .bind(kind.code())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that a kind is up to date.
pub(super) async fn record_success(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    kind: ArchiveKind,
    now: i64,
) -> Result<(), Error> {
    sqlx::query(
        "update archive_progress set succeeded_at = $1, error = null, error_at = null
         where team = $2 and kind = $3",
    )
    .bind(now)
    .bind(archive.0)
    .bind(kind.code())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
