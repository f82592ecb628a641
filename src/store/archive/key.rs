//! The appKey that an archive is read with: another one may belong to another service.

use crate::{
    model::{ArchiveKind, KstDateTime, Team, TeamId, TicketId},
    store::{Action, AuditRecord, Error, Store, read_time, storable, transaction::retry},
};

use super::progress::ArchiveId;

/// How a team's appKey compares with the one that its archive was read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveKey {
    /// The same, or the first one.
    Known,
    /// Another one, which is to be checked.
    New,
    /// It shows none of the archived tickets.
    Refused,
}

impl Store {
    pub async fn archive_key(
        &self,
        archive: ArchiveId,
        fingerprint: &str,
    ) -> Result<ArchiveKey, Error> {
        let (known, refused): (Option<String>, Option<String>) = sqlx::query_as(
            "select key_fingerprint, refused_fingerprint from archives where number = $1",
        )
        .bind(archive.0)
        .fetch_one(&self.pool)
        .await?;
        if known.as_deref() == Some(fingerprint) && refused.is_none() {
            return Ok(ArchiveKey::Known);
        }
        if known.is_none() || known.as_deref() == Some(fingerprint) {
            self.accept_archive_key(archive, fingerprint).await?;
            return Ok(ArchiveKey::Known);
        }
        Ok(if refused.as_deref() == Some(fingerprint) {
            ArchiveKey::Refused
        } else {
            ArchiveKey::New
        })
    }

    /// Tickets that the source listed last, newest first.
    pub async fn listed_tickets(
        &self,
        archive: ArchiveId,
        limit: u32,
    ) -> Result<Vec<TicketId>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select ticket_id from archived_tickets where team = $1 and gone_at is null
             order by place desc limit $2",
        )
        .bind(archive.0)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let ids = ids.iter().map(|id| id.parse());
        ids.collect::<Result<_, _>>()
            .map_err(|_| Error::Unreadable("a ticket's id"))
    }

    pub async fn accept_archive_key(
        &self,
        archive: ArchiveId,
        fingerprint: &str,
    ) -> Result<(), Error> {
        sqlx::query(
            "update archives set key_fingerprint = $1, refused_fingerprint = null, key_refused_at = null
             where number = $2",
        )
        .bind(fingerprint)
        .bind(archive.0)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Stops the archive until the key is confirmed or replaced; `error` is what is said of each kind.
    pub async fn refuse_archive_key(
        &self,
        archive: ArchiveId,
        fingerprint: &str,
        error: &str,
    ) -> Result<(), Error> {
        let now = self.now();
        retry(|| async {
            let mut tx = self.begin().await?;
            sqlx::query(
                "update archives set refused_fingerprint = $1, key_refused_at = $2 where number = $3",
            )
            .bind(fingerprint)
            .bind(now)
            .bind(archive.0)
            .execute(&mut *tx)
            .await?;
            for kind in ArchiveKind::ALL {
                sqlx::query(
                    "update archive_progress set error = $1, error_at = $2
                     where team = $3 and kind = $4",
                )
                .bind(storable(error))
                .bind(now)
                .bind(archive.0)
                .bind(kind.code())
                .execute(&mut *tx)
                .await?;
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Since when a team's archive stands still because its appKey shows other tickets.
    pub async fn archive_key_refused(&self, team: &TeamId) -> Result<Option<KstDateTime>, Error> {
        let at: Option<Option<i64>> =
            sqlx::query_scalar("select key_refused_at from archives where team_id = $1")
                .bind(&team.0)
                .fetch_optional(&self.pool)
                .await?;
        at.flatten().map(read_time).transpose()
    }

    /// Lets the archive go on with the appKey that shows other tickets. `false` when no key waits for that.
    pub async fn confirm_archive_key(&self, team: &Team, by: &AuditRecord) -> Result<bool, Error> {
        let record = by.clone().on_team(&team.id, team.slug.as_str());
        let action = Action::ArchiveKeyConfirmed;
        let query = || {
            sqlx::query(
                "update archives set key_fingerprint = refused_fingerprint,
                     refused_fingerprint = null, key_refused_at = null
                 where team_id = $1 and refused_fingerprint is not null",
            )
            .bind(team.id.0.clone())
        };
        let confirmed = self.audited(&record, action, query).await?;
        if confirmed {
            self.wake_archive(&team.id).await?;
        }
        Ok(confirmed)
    }
}
