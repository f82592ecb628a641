//! The windows of time in which events are read: each is read as a whole, and split while it holds too many.

use serde::{Deserialize, Serialize};

use crate::{
    model::{Event, first_place, next_window_visit},
    store::{Error, Store, Tx},
};

use super::{
    event_rows::{EventTally, raise_ordinals, record_events},
    progress::ArchiveId,
    retention::retained_since,
    retry_taken,
};

/// A window from `start`, before `end`; milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventWindow {
    pub archive: ArchiveId,
    pub start: i64,
    pub end: i64,
    /// What the source counted at the last whole reading.
    pub listed: Option<u64>,
    pub failures: u32,
    pub reading: Option<WindowReading>,
}

/// A reading that is not at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowReading {
    pub started_at: i64,
    /// The page to be read next.
    pub page: u32,
    /// What the source counts.
    pub listed: Option<u64>,
    /// Rows met so far, those beside the window among them.
    pub rows: u64,
    pub tally: EventTally,
    /// The rows of the first page, to see at the end whether they are the same.
    pub first_page: Vec<String>,
    /// All pages are read, and the first one is read again.
    pub is_confirming: bool,
}

#[derive(sqlx::FromRow)]
struct WindowRow {
    start_at: i64,
    end_at: i64,
    listed: Option<i64>,
    failures: i64,
    reading: Option<String>,
}

const SECOND: i64 = 1000;
const HOUR: i64 = 3600 * SECOND;

/// The length of a new window: the open one is read again in each round.
const OPEN_SPAN: i64 = 6 * HOUR;

/// The span that is read at first, as far back as the vendor's console goes; the same span again while events are found.
const BACKFILL_SPAN: i64 = 92 * 24 * HOUR;

/// Nothing is looked for before that: the vendor's service is younger.
const MAX_BACKFILL: i64 = 20 * 365 * 24 * HOUR;

/// A reading that did not come out whole is repeated after this time.
const REPEAT_PAUSE: i64 = 60 * SECOND;

/// The pause after the first failure, doubled by each further one up to six hours.
const FAILURE_PAUSE: i64 = 5 * 60 * SECOND;

impl Store {
    /// Makes the windows that cover the time axis up to now and as far back as events are found. `false` when they are
    /// there already.
    pub async fn extend_windows(&self, archive: ArchiveId) -> Result<bool, Error> {
        let now = self.now();
        let (first, end, unread): (Option<i64>, Option<i64>, Option<i64>) = sqlx::query_as(
            "select min(start_at), max(end_at), sum(case when listed is null then 1 else 0 end)
             from event_windows where team = $1",
        )
        .bind(archive.0)
        .fetch_one(&self.pool)
        .await?;
        let open = now.div_euclid(OPEN_SPAN) * OPEN_SPAN;
        let mut new = Vec::new();
        match (first, end) {
            (Some(first), Some(end)) => {
                if end <= now {
                    new.push((end, open + OPEN_SPAN));
                }
                if unread == Some(0) && self.reaches_back(archive, first, now).await? {
                    new.push((first - BACKFILL_SPAN, first));
                }
            }
            _ => new.extend([(open - BACKFILL_SPAN, open), (open, open + OPEN_SPAN)]),
        }
        for (start, end) in &new {
            sqlx::query(
                "insert into event_windows (team, start_at, end_at, due_at) values ($1, $2, $3, 0)
                 on conflict (team, start_at) do nothing",
            )
            .bind(archive.0)
            .bind(start)
            .bind(end)
            .execute(&self.pool)
            .await?;
        }
        Ok(!new.is_empty())
    }

    /// Is there an event in the oldest span, so that there may be older ones. If not, the events are complete.
    async fn reaches_back(&self, archive: ArchiveId, first: i64, now: i64) -> Result<bool, Error> {
        let since = retained_since(&self.pool, archive, now).await?;
        if first > since.unwrap_or(now - MAX_BACKFILL) {
            let event: Option<i64> = sqlx::query_scalar(
                "select place from archived_events where team = $1 and place >= $2 and place < $3
                 limit 1",
            )
            .bind(archive.0)
            .bind(first_place(first).max(1 << 30))
            .bind(first_place(first + BACKFILL_SPAN))
            .fetch_optional(&self.pool)
            .await?;
            if event.is_some() {
                return Ok(true);
            }
        }
        sqlx::query(
            "update archive_progress set completed_at = $1
             where team = $2 and kind = 'events' and completed_at is null",
        )
        .bind(now)
        .bind(archive.0)
        .execute(&self.pool)
        .await?;
        Ok(false)
    }

    /// Makes the open windows due, once in each round.
    pub async fn wake_open_windows(&self, archive: ArchiveId) -> Result<(), Error> {
        sqlx::query(
            "update event_windows set due_at = 0 where team = $1 and end_at > $2 and failures = 0",
        )
        .bind(archive.0)
        .bind(self.now())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The windows that were not read since they ended, the newest two at most; not those that were never read, which the
    /// job reads.
    pub async fn open_windows(&self, archive: ArchiveId) -> Result<Vec<EventWindow>, Error> {
        let rows: Vec<WindowRow> = sqlx::query_as(
            "select start_at, end_at, listed, failures, reading from event_windows
             where team = $1 and start_at <= $2 and (end_at > $2 or read_at < end_at)
             order by start_at desc limit 2",
        )
        .bind(archive.0)
        .bind(self.now())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| read_window(archive, row)).collect()
    }

    /// The window to be read next: one that is still open, else the newest that was never read, else the one that waits
    /// longest to be read again.
    pub async fn next_window(&self, archive: ArchiveId) -> Result<Option<EventWindow>, Error> {
        let row: Option<WindowRow> = sqlx::query_as(
            "select start_at, end_at, listed, failures, reading from event_windows
             where team = $1 and due_at <= $2
             order by case when end_at > $2 then 0 when listed is null then 1 else 2 end,
                 case when listed is null or end_at > $2 then -start_at else due_at end
             limit 1",
        )
        .bind(archive.0)
        .bind(self.now())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| read_window(archive, &row)).transpose()
    }

    /// Stores a page of a window's reading, which goes on.
    pub async fn record_event_page(
        &self,
        window: &EventWindow,
        events: &[Event],
    ) -> Result<(), Error> {
        let now = self.now();
        retry_taken(|| async {
            let mut tx = self.begin().await?;
            record_events(&mut tx, window.archive, events, now).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Ends a whole reading with its last page.
    pub async fn end_reading(
        &self,
        window: &EventWindow,
        reading: &WindowReading,
        events: &[Event],
    ) -> Result<(), Error> {
        let now = self.now();
        retry_taken(|| async {
            let mut tx = self.begin().await?;
            record_events(&mut tx, window.archive, events, now).await?;
            raise_ordinals(&mut tx, window.archive, &reading.tally, now).await?;
            mark_read(&mut tx, window, reading).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Replaces a window that holds too many events by its halves, and keeps those of its first page.
    pub async fn split_window(&self, window: &EventWindow, events: &[Event]) -> Result<(), Error> {
        let now = self.now();
        let middle = window.start + (window.end - window.start) / 2 / SECOND * SECOND;
        retry_taken(|| async {
            let mut tx = self.begin().await?;
            record_events(&mut tx, window.archive, events, now).await?;
            sqlx::query(
                "update event_windows set end_at = $1, listed = null, read_at = null, due_at = 0,
                     failures = 0, reading = null
                 where team = $2 and start_at = $3",
            )
            .bind(middle)
            .bind(window.archive.0)
            .bind(window.start)
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "insert into event_windows (team, start_at, end_at, due_at) values ($1, $2, $3, 0)",
            )
            .bind(window.archive.0)
            .bind(middle)
            .bind(window.end)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Keeps a reading for the next run.
    pub async fn suspend_reading(
        &self,
        window: &EventWindow,
        reading: &WindowReading,
    ) -> Result<(), Error> {
        let text =
            serde_json::to_string(reading).map_err(|_| Error::Unreadable("a reading of events"))?;
        sqlx::query("update event_windows set reading = $1 where team = $2 and start_at = $3")
            .bind(text)
            .bind(window.archive.0)
            .bind(window.start)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The rows moved while they were read: the reading is repeated.
    pub async fn repeat_reading(&self, window: &EventWindow) -> Result<(), Error> {
        self.postpone_window(window, self.now() + REPEAT_PAUSE, window.failures)
            .await
    }

    /// A page could not be read: the reading is repeated later, the other windows come first.
    pub async fn fail_reading(&self, window: &EventWindow) -> Result<(), Error> {
        let pause = FAILURE_PAUSE << window.failures.min(6);
        let failures = window.failures.saturating_add(1);
        self.postpone_window(window, self.now() + pause, failures)
            .await
    }

    async fn postpone_window(
        &self,
        window: &EventWindow,
        due: i64,
        failures: u32,
    ) -> Result<(), Error> {
        sqlx::query(
            "update event_windows set due_at = $1, failures = $2, reading = null
             where team = $3 and start_at = $4",
        )
        .bind(due)
        .bind(i64::from(failures))
        .bind(window.archive.0)
        .bind(window.start)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

async fn mark_read(
    tx: &mut Tx<'_>,
    window: &EventWindow,
    reading: &WindowReading,
) -> Result<(), Error> {
    let listed = reading.listed.unwrap_or(reading.rows);
    sqlx::query(
        "update event_windows set listed = $1, read_at = $2, due_at = $3, failures = 0, reading = null
         where team = $4 and start_at = $5 and end_at = $6",
    )
    .bind(i64::try_from(listed).unwrap_or(i64::MAX))
    .bind(reading.started_at)
    .bind(next_window_visit(window.end, reading.started_at))
    .bind(window.archive.0)
    .bind(window.start)
    // Another reading may have split it.
    .bind(window.end)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "update archive_progress set error = null, error_at = null
         where team = $1 and kind = 'events' and error is not null",
    )
    .bind(window.archive.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn read_window(archive: ArchiveId, row: &WindowRow) -> Result<EventWindow, Error> {
    let reading = row.reading.as_deref().map(serde_json::from_str).transpose();
    Ok(EventWindow {
        archive,
        start: row.start_at,
        end: row.end_at,
        listed: row.listed.and_then(|listed| u64::try_from(listed).ok()),
        failures: u32::try_from(row.failures).unwrap_or(0),
        reading: reading.map_err(|_| Error::Unreadable("a reading of events"))?,
    })
}
