//! Walks over the pages of a list: where they stand, and what their end tells of rows that they did not meet.

use chrono::TimeDelta;
use sqlx::AssertSqlSafe;

use crate::{
    model::{ArchiveKind, HistoryEntry, Ticket},
    store::{Error, Store, Tx, transaction::retry},
};

use super::{
    history_rows::record_history,
    progress::{ArchiveId, PageNews, count_page, record_success},
    retry_taken,
    ticket_rows::record_tickets,
};

/// A row is gone when two whole walks this far apart did not meet it.
const GONE_AFTER: TimeDelta = TimeDelta::hours(24);

/// How far a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WalkKind {
    /// Over the newest rows.
    Head,
    /// Over all rows.
    Full,
}

impl WalkKind {
    fn code(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Full => "full",
        }
    }
}

/// A walk from the newest row on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListWalk {
    pub archive: ArchiveId,
    pub kind: ArchiveKind,
    pub walk: WalkKind,
    pub started_at: i64,
    /// The page to be read next, counted from the newest row, from 1.
    pub page: u32,
    /// What the source counted on the page before.
    pub listed: Option<u64>,
    /// The number of the last page, when the list comes oldest first whatever is asked for.
    pub last_page: Option<u32>,
    /// The count has changed meanwhile, or a page was left out.
    pub has_moved: bool,
    pub unidentified: u32,
    pub failures: u32,
}

/// The rows of a page.
#[derive(Debug, Clone, Copy)]
pub enum ListRows<'a> {
    Tickets(&'a [Ticket]),
    History(&'a [HistoryEntry]),
}

#[derive(sqlx::FromRow)]
struct WalkRow {
    started_at: i64,
    page: i64,
    listed: Option<i64>,
    last_page: Option<i64>,
    moved_at: Option<i64>,
    unidentified: i64,
    failures: i64,
}

impl Store {
    pub async fn archive_walk(
        &self,
        archive: ArchiveId,
        kind: ArchiveKind,
        walk: WalkKind,
    ) -> Result<Option<ListWalk>, Error> {
        let row: Option<WalkRow> = sqlx::query_as(
            "select started_at, page, listed, last_page, moved_at, unidentified, failures from archive_walks
             where team = $1 and kind = $2 and walk = $3",
        )
        .bind(archive.0)
        .bind(kind.code())
        .bind(walk.code())
        .fetch_optional(&self.pool)
        .await?;
        let number = |number: i64| u32::try_from(number).unwrap_or(1);
        Ok(row.map(|row| ListWalk {
            archive,
            kind,
            walk,
            started_at: row.started_at,
            page: number(row.page).max(1),
            listed: row.listed.and_then(|listed| u64::try_from(listed).ok()),
            last_page: row.last_page.map(number),
            has_moved: row.moved_at.is_some(),
            unidentified: number(row.unidentified),
            failures: number(row.failures),
        }))
    }

    /// A walk that begins now; it is stored with its first page.
    #[must_use]
    pub fn new_walk(&self, archive: ArchiveId, kind: ArchiveKind, walk: WalkKind) -> ListWalk {
        ListWalk {
            archive,
            kind,
            walk,
            started_at: self.now(),
            page: 1,
            listed: None,
            last_page: None,
            has_moved: false,
            unidentified: 0,
            failures: 0,
        }
    }

    /// Stores a page together with the walk as it stands behind that page.
    pub async fn record_page(
        &self,
        walk: &ListWalk,
        rows: ListRows<'_>,
    ) -> Result<PageNews, Error> {
        let now = self.now();
        retry_taken(|| async {
            let mut tx = self.begin().await?;
            let news = match rows {
                ListRows::Tickets(rows) => record_tickets(&mut tx, walk.archive, rows, now).await?,
                ListRows::History(rows) => record_history(&mut tx, walk.archive, rows, now).await?,
            };
            count_page(&mut tx, walk.archive, walk.kind, news).await?;
            record_reach(&mut tx, walk, news.oldest).await?;
            let walk = ListWalk {
                unidentified: walk.unidentified + news.unidentified,
                ..walk.clone()
            };
            save(&mut tx, &walk, now).await?;
            tx.commit().await?;
            Ok(news)
        })
        .await
    }

    /// Stores where a walk stands without a page of it.
    pub async fn save_walk(&self, walk: &ListWalk) -> Result<(), Error> {
        let now = self.now();
        retry(|| async {
            let mut tx = self.begin().await?;
            save(&mut tx, walk, now).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Ends a walk that went as far as it should.
    pub async fn end_walk(&self, walk: &ListWalk) -> Result<(), Error> {
        let now = self.now();
        retry(|| async {
            let mut tx = self.begin().await?;
            sqlx::query("delete from archive_walks where team = $1 and kind = $2 and walk = $3")
                .bind(walk.archive.0)
                .bind(walk.kind.code())
                .bind(walk.walk.code())
                .execute(&mut *tx)
                .await?;
            match walk.walk {
                WalkKind::Head => record_success(&mut tx, walk.archive, walk.kind, now).await?,
                WalkKind::Full => end_full_walk(&mut tx, walk, now).await?,
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

async fn save(tx: &mut Tx<'_>, walk: &ListWalk, now: i64) -> Result<(), Error> {
    sqlx::query(
        "insert into archive_walks
             (team, kind, walk, started_at, page, listed, last_page, moved_at, unidentified, failures)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (team, kind, walk) do update set started_at = excluded.started_at,
             page = excluded.page, listed = excluded.listed, last_page = excluded.last_page, moved_at = excluded.moved_at,
             unidentified = excluded.unidentified, failures = excluded.failures",
    )
    .bind(walk.archive.0)
    .bind(walk.kind.code())
    .bind(walk.walk.code())
    .bind(walk.started_at)
    .bind(i64::from(walk.page))
    .bind(walk.listed.and_then(|listed| i64::try_from(listed).ok()))
    .bind(walk.last_page.map(i64::from))
    .bind(walk.has_moved.then_some(now))
    .bind(i64::from(walk.unidentified))
    .bind(i64::from(walk.failures))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The first full walk says down to where the archive is complete; every page says what the source counts.
pub(super) async fn record_reach(
    tx: &mut Tx<'_>,
    walk: &ListWalk,
    oldest: Option<i64>,
) -> Result<(), Error> {
    let reach = oldest.filter(|_| walk.walk == WalkKind::Full);
    sqlx::query(
        "update archive_progress set listed = coalesce($1, listed), complete_since = case
             when $2 is null or completed_at is not null or complete_since < $2
             then complete_since else $2 end
         where team = $3 and kind = $4",
    )
    .bind(walk.listed.and_then(|listed| i64::try_from(listed).ok()))
    .bind(reach)
    .bind(walk.archive.0)
    .bind(walk.kind.code())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How the rows of a kind compare with a walk.
#[derive(sqlx::FromRow)]
struct WalkCoverage {
    met: i64,
    unmet: i64,
    known: i64,
}

async fn end_full_walk(tx: &mut Tx<'_>, walk: &ListWalk, now: i64) -> Result<(), Error> {
    let table = table(walk.kind);
    let rows: WalkCoverage = sqlx::query_as(AssertSqlSafe(format!(
        "select coalesce(sum(case when checked_at >= $2 then 1 else 0 end), 0) as met,
             coalesce(sum(case when checked_at < $2 and gone_at is null then 1 else 0 end), 0) as unmet,
             coalesce(sum(case when gone_at is null then 1 else 0 end), 0) as known
         from {table} where team = $1"
    )))
    .bind(walk.archive.0)
    .bind(walk.started_at)
    .fetch_one(&mut **tx)
    .await?;
    let unidentified = i64::from(walk.unidentified);
    let listed = walk.listed.map_or(rows.met + unidentified, |listed| {
        i64::try_from(listed).unwrap_or(i64::MAX)
    });
    let is_whole = !walk.has_moved && rows.met + unidentified == listed;
    let is_complete = !walk.has_moved || rows.known + unidentified >= listed;
    let have_vanished = is_whole && rows.unmet > 0 && (listed == 0 || rows.unmet * 10 > rows.known);
    let gone = if is_whole && !have_vanished {
        mark_missing(tx, walk, now).await?
    } else {
        0
    };
    sqlx::query(
        "update archive_progress set walked_at = $1, gone = gone + $2,
             whole_at = case when $3 = 1 then $1 else whole_at end,
             completed_at = case when $4 = 1 then coalesce(completed_at, $1) else completed_at end,
             vanished = case when $3 = 1 then $5 else vanished end,
             shortfall = case when $6 = 1 then $7 else shortfall end
         where team = $8 and kind = $9",
    )
    .bind(now)
    .bind(gone)
    .bind(i64::from(is_whole))
    .bind(i64::from(is_complete))
    .bind(if have_vanished { rows.unmet } else { 0 })
    .bind(i64::from(!walk.has_moved))
    .bind((listed - rows.known).max(0))
    .bind(walk.archive.0)
    .bind(walk.kind.code())
    .execute(&mut **tx)
    .await?;
    if is_complete {
        record_success(tx, walk.archive, walk.kind, now).await?;
    }
    Ok(())
}

/// Marks the rows that a whole walk did not meet, and says how many are gone by that.
async fn mark_missing(tx: &mut Tx<'_>, walk: &ListWalk, now: i64) -> Result<i64, Error> {
    let table = table(walk.kind);
    let gone = sqlx::query(AssertSqlSafe(format!(
        "update {table} set gone_at = $1
         where team = $2 and checked_at < $3 and gone_at is null and missing_at <= $4"
    )))
    .bind(now)
    .bind(walk.archive.0)
    .bind(walk.started_at)
    .bind(walk.started_at - GONE_AFTER.num_milliseconds())
    .execute(&mut **tx)
    .await?;
    sqlx::query(AssertSqlSafe(format!(
        "update {table} set missing_at = $1
         where team = $2 and checked_at < $1 and gone_at is null and missing_at is null"
    )))
    .bind(walk.started_at)
    .bind(walk.archive.0)
    .execute(&mut **tx)
    .await?;
    Ok(i64::try_from(gone.rows_affected()).unwrap_or(0))
}

fn table(kind: ArchiveKind) -> &'static str {
    match kind {
        ArchiveKind::History => "archived_history",
        ArchiveKind::Tickets | ArchiveKind::Events => "archived_tickets",
    }
}
