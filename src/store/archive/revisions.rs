//! What rows looked like before they were seen changing.

use crate::{
    model::{ArchiveKind, KstDateTime, TeamId},
    store::{Error, Store, Tx, read_time, storable},
};

use super::progress::ArchiveId;

/// A change that was seen, newest ones first.
#[derive(Debug, Clone)]
pub struct SeenChange {
    pub number: i64,
    /// When the row was first seen as it was before.
    pub since: KstDateTime,
    /// When it was seen changed.
    pub at: KstDateTime,
    /// The fields that changed, as they were; those of parts in an object `parts`.
    pub before: serde_json::Value,
}

impl Store {
    /// The latest changes of a row that were seen.
    pub async fn seen_changes(
        &self,
        team: &TeamId,
        kind: ArchiveKind,
        row: &str,
        limit: u32,
    ) -> Result<Vec<SeenChange>, Error> {
        let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(
            "select number, seen_at, replaced_at, content from archive_revisions
             where team = (select number from archives where team_id = $1) and kind = $2 and row_id = $3
             order by number desc limit $4",
        )
        .bind(&team.0)
        .bind(kind.code())
        .bind(row)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let changes = rows.into_iter();
        changes
            .map(|(number, since, at, content)| {
                let before = serde_json::from_str(&content);
                Ok(SeenChange {
                    number,
                    since: read_time(since)?,
                    at: read_time(at)?,
                    before: before.map_err(|_| Error::Unreadable("a seen change"))?,
                })
            })
            .collect()
    }
}

pub(super) struct Revision<'a> {
    pub kind: &'static str,
    pub row_id: &'a str,
    pub number: i64,
    /// Since when the row was seen so.
    pub seen_at: i64,
    /// The fields that have changed, as they were.
    pub content: serde_json::Value,
}

pub(super) async fn record_revision(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    revision: &Revision<'_>,
    now: i64,
) -> Result<(), Error> {
    sqlx::query(
        "insert into archive_revisions (team, kind, row_id, number, seen_at, replaced_at, content)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(archive.0)
    .bind(revision.kind)
    .bind(revision.row_id)
    .bind(revision.number)
    .bind(revision.seen_at)
    .bind(now)
    .bind(storable(&revision.content.to_string()))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
