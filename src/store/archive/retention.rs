//! Retention: how long a team's archive keeps rows, what a shorter time would delete, and the deletion in batches.

use std::ops::Range;

use sqlx::{Any, AssertSqlSafe, Executor};

use crate::{
    model::{ArchiveKind, KstDateTime, Team, TeamId, first_place},
    store::{Action, AuditRecord, Error, Store, Tx, transaction::retry},
};

use super::{places::placeholders, progress::ArchiveId};

/// Rows that one transaction deletes.
const BATCH: i64 = 200;

/// Tables that hold rows about a ticket, each before the one that it refers to.
const TICKET_TABLES: [(&str, &str); 7] = [
    (
        "ticket_note_revisions",
        "note_id in (select id from ticket_notes where place in",
    ),
    ("ticket_notes", "(place in"),
    ("ticket_words", "(rowid in"),
    ("indicators", "(place in"),
    ("analysis_rows", "(place in"),
    ("archived_ticket_parts", "(place in"),
    ("archived_tickets", "(place in"),
];

/// Rows that a retention would delete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionPreview {
    pub tickets: u64,
    pub events: u64,
    pub history: u64,
    /// Notes that people wrote on these tickets.
    pub notes: u64,
}

impl Store {
    /// The months that a team's archive keeps; `None` when it keeps everything.
    pub async fn archive_retention(&self, team: &TeamId) -> Result<Option<u32>, Error> {
        let months: Option<i64> =
            sqlx::query_scalar("select archive_months from teams where id = $1")
                .bind(&team.0)
                .fetch_one(&self.pool)
                .await?;
        Ok(months.and_then(|months| u32::try_from(months).ok()))
    }

    /// Sets the months that a team's archive keeps, `None` for everything. `false` when nothing changed.
    pub async fn set_archive_retention(
        &self,
        team: &Team,
        months: Option<u32>,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let said = months.map_or_else(|| "all".to_owned(), |months| format!("{months} months"));
        let record = by
            .clone()
            .on_team(&team.id, &format!("{}: {said}", team.slug));
        let months = months.map(i64::from);
        retry(|| async {
            let mut tx = self.begin().await?;
            let query = sqlx::query(
                "update teams set archive_months = $1
                 where id = $2 and coalesce(archive_months, 0) <> coalesce($1, 0)",
            );
            let changed = tx.run(query.bind(months).bind(team.id.0.clone())).await? > 0;
            if changed {
                // Events are looked for again from where the archive may reach back to now.
                let now = self.archive_clock();
                let query = sqlx::query(
                    "delete from event_windows
                     where team = (select number from archives where team_id = $1) and end_at <= $2",
                );
                let first = first_event(&mut tx, &team.id).await?.unwrap_or(now.millis());
                tx.run(query.bind(team.id.0.clone()).bind(first)).await?;
            }
            let action = Action::ArchiveRetentionChanged;
            self.end(tx, changed, &record, action).await
        })
        .await
    }

    /// What a retention of so many months would delete now.
    pub async fn preview_retention(
        &self,
        team: &TeamId,
        months: u32,
    ) -> Result<RetentionPreview, Error> {
        let Some(number) = self.team_number(team).await? else {
            return Ok(RetentionPreview::default());
        };
        let first = first_place(retention_start(self.archive_clock(), months));
        let (tickets, events, history, notes): (i64, i64, i64, i64) = sqlx::query_as(
            "select
                (select count(*) from archived_tickets where team = $1 and place >= $2 and place < $3),
                (select count(*) from archived_events where team = $1 and place >= $2 and place < $3),
                (select count(*) from archived_history where team = $1 and place >= $2 and place < $3),
                (select count(*) from ticket_notes where team = $1 and place >= $2 and place < $3)",
        )
        .bind(number)
        .bind(first_dated_place())
        .bind(first)
        .fetch_one(&self.pool)
        .await?;
        let count = |count| u64::try_from(count).unwrap_or(0);
        Ok(RetentionPreview {
            tickets: count(tickets),
            events: count(events),
            history: count(history),
            notes: count(notes),
        })
    }

    /// Deletes a batch of rows that a team's retention has passed, and says how many; 0 when none is left.
    pub async fn delete_expired_rows(&self, team: &TeamId) -> Result<u64, Error> {
        let (Some(months), Some(number)) = (
            self.archive_retention(team).await?,
            self.team_number(team).await?,
        ) else {
            return Ok(0);
        };
        let end = first_place(retention_start(self.archive_clock(), months));
        let mut deleted = 0;
        for kind in ArchiveKind::ALL {
            let places = first_dated_place()..end;
            deleted += retry(|| self.delete_batch(ArchiveId(number), kind, &places)).await?;
        }
        Ok(deleted)
    }

    /// Deletes some of the rows in a range of places, and says how many; 0 when none is left.
    pub(super) async fn delete_batch(
        &self,
        archive: ArchiveId,
        kind: ArchiveKind,
        range: &Range<i64>,
    ) -> Result<u64, Error> {
        let mut tx = self.begin().await?;
        let table = match kind {
            ArchiveKind::Tickets => "archived_tickets",
            ArchiveKind::Events => "archived_events",
            ArchiveKind::History => "archived_history",
        };
        let places: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!(
            "select place from {table} where team = $1 and place >= $2 and place < $3
             order by place limit $4"
        )))
        .bind(archive.0)
        .bind(range.start)
        .bind(range.end)
        .bind(BATCH)
        .fetch_all(&mut *tx)
        .await?;
        if places.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        let gone = gone_rows(&mut tx, archive, kind, &places).await?;
        delete_revisions(&mut tx, archive, kind, &places).await?;
        if kind == ArchiveKind::Tickets {
            for (table, condition) in TICKET_TABLES {
                let sql = format!(
                    "delete from {table} where {condition} ({}))",
                    placeholders(1, places.len())
                );
                run(&mut tx, sql, &[], &places).await?;
            }
        } else {
            let places_list = placeholders(2, places.len());
            let sql = format!("delete from {table} where team = $1 and place in ({places_list})");
            run(&mut tx, sql, &[archive.0], &places).await?;
        }
        let deleted = i64::try_from(places.len()).unwrap_or(0);
        // The source still counts those that it lists.
        sqlx::query(
            "update archive_progress set stored = stored - $1, gone = gone - $2,
                 shortfall = shortfall + $3
             where team = $4 and kind = $5",
        )
        .bind(deleted)
        .bind(gone)
        .bind(deleted - gone)
        .bind(archive.0)
        .bind(kind.code())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(places.len() as u64)
    }
}

/// Rows without a readable time stand before it; nobody knows how old they are.
fn first_dated_place() -> i64 {
    first_place(1000)
}

/// Rows that were detected before it are deleted.
pub(super) fn retention_start(now: KstDateTime, months: u32) -> i64 {
    now.minus_months(months).millis()
}

/// The time before which nothing of a team is archived.
pub(super) async fn retained_since<'e>(
    executor: impl Executor<'e, Database = Any>,
    archive: ArchiveId,
    now: i64,
) -> Result<Option<i64>, Error> {
    let months: Option<i64> = sqlx::query_scalar(
        "select archive_months from teams
         where id = (select team_id from archives where number = $1)",
    )
    .bind(archive.0)
    .fetch_one(executor)
    .await?;
    let months = months.and_then(|months| u32::try_from(months).ok());
    months
        .map(|months| Ok(retention_start(crate::store::read_time(now)?, months)))
        .transpose()
}

/// The time of a team's oldest archived event.
async fn first_event(tx: &mut Tx<'_>, team: &TeamId) -> Result<Option<i64>, Error> {
    let first = sqlx::query_scalar(
        "select detected_at from archived_events
         where team = (select number from archives where team_id = $1) and place >= $2
         order by place limit 1",
    )
    .bind(&team.0)
    .bind(first_dated_place())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(first)
}

async fn gone_rows(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    kind: ArchiveKind,
    places: &[i64],
) -> Result<i64, Error> {
    let table = match kind {
        ArchiveKind::Tickets => "archived_tickets",
        ArchiveKind::History => "archived_history",
        ArchiveKind::Events => return Ok(0),
    };
    let sql = format!(
        "select count(*) from {table} where team = $1 and gone_at is not null and place in ({})",
        placeholders(2, places.len())
    );
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(archive.0);
    for place in places {
        query = query.bind(*place);
    }
    Ok(query.fetch_one(&mut **tx).await?)
}

async fn delete_revisions(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    kind: ArchiveKind,
    places: &[i64],
) -> Result<(), Error> {
    let rows = match kind {
        ArchiveKind::Tickets => "select ticket_id from archived_tickets",
        ArchiveKind::History => "select history_id from archived_history",
        ArchiveKind::Events => return Ok(()),
    };
    let sql = format!(
        "delete from archive_revisions where team = $1 and kind = '{}'
           and row_id in ({rows} where team = $1 and place in ({}))",
        kind.code(),
        placeholders(2, places.len())
    );
    run(tx, sql, &[archive.0], places).await
}

async fn run(tx: &mut Tx<'_>, sql: String, first: &[i64], places: &[i64]) -> Result<(), Error> {
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for number in first.iter().chain(places) {
        query = query.bind(*number);
    }
    query.execute(&mut **tx).await?;
    Ok(())
}
