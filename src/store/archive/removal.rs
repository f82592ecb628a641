//! The deletion of a removed team's archive, in batches that hold no lock for long.

use crate::{
    model::{ArchiveKind, Slug, TeamId},
    store::{Error, Store, transaction::retry},
};

use super::progress::ArchiveId;

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
        for kind in ArchiveKind::ALL {
            while retry(|| self.delete_batch(ArchiveId(number), kind, &(0..i64::MAX))).await? > 0 {}
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
}
