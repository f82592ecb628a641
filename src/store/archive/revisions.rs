//! What rows looked like before they were seen changing.

use crate::store::{Error, Tx, storable};

use super::progress::ArchiveId;

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
