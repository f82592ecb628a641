//! The deletion of a removed team's archive, in batches that hold no lock for long.

use sqlx::AssertSqlSafe;

use crate::{
    model::{Slug, TeamId},
    store::{Error, Store, transaction::retry},
};

use super::places::placeholders;

/// Tickets in one transaction; each has several parts.
const TICKET_BATCH: usize = 200;
/// Rows of other tables in one transaction.
const ROW_BATCH: i64 = 5_000;

/// What belongs to tickets, by the column that names them.
const TICKET_TABLES: [(&str, &str); 5] = [
    ("ticket_notes", "place"),
    ("ticket_words", "rowid"),
    ("indicators", "place"),
    ("analysis_rows", "place"),
    ("archived_ticket_parts", "place"),
];

impl Store {
    /// Teams that were removed and whose archive is still there.
    pub async fn removed_archives(&self, slug: &Slug) -> Result<Vec<TeamId>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select teams.id from teams join archives on archives.team_id = teams.id
             where slug = $1 and removed_at is not null and archived_at is null",
        )
        .bind(slug.as_str())
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(TeamId).collect())
    }

    /// Deletes all that is archived of a team. Broken off, it goes on where it was.
    pub async fn delete_archive(&self, team: &TeamId) -> Result<(), Error> {
        let Some(number) = self.team_number(team).await? else {
            return Ok(());
        };
        while self.delete_tickets(number).await? {}
        for table in ["archived_events", "archived_history"] {
            let delete = format!(
                "delete from {table} where team = $1 and place in
                   (select place from {table} where team = $1 limit {ROW_BATCH})"
            );
            let delete = || sqlx::query(AssertSqlSafe(delete.clone())).bind(number);
            while self.execute(delete).await? > 0 {}
        }
        retry(|| async {
            let mut tx = self.begin().await?;
            for delete in [
                "delete from archive_revisions where team = $1",
                "delete from event_windows where team = $1",
                "delete from archive_walks where team = $1",
                "delete from archive_progress where team = $1",
                "delete from archives where number = $1",
            ] {
                tx.run(sqlx::query(delete).bind(number)).await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }

    /// `false` when there are no more.
    async fn delete_tickets(&self, team: i64) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let places: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!(
                "select place from archived_tickets where team = $1 limit {TICKET_BATCH}"
            )))
            .bind(team)
            .fetch_all(&mut *tx)
            .await?;
            if places.is_empty() {
                tx.rollback().await?;
                return Ok(false);
            }
            let chosen = placeholders(1, places.len());
            let revisions = format!(
                "delete from ticket_note_revisions where note_id in
                   (select id from ticket_notes where place in ({chosen}))"
            );
            let rows = |(table, column): (&str, &str)| {
                format!("delete from {table} where {column} in ({chosen})")
            };
            let tables = TICKET_TABLES
                .into_iter()
                .chain([("archived_tickets", "place")]);
            for delete in std::iter::once(revisions).chain(tables.map(rows)) {
                let mut query = sqlx::query(AssertSqlSafe(delete));
                for place in &places {
                    query = query.bind(*place);
                }
                tx.run(query).await?;
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}
