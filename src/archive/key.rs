//! A replaced appKey: another service's rows do not go into a team's archive unless an admin says so.

use crate::{model::TicketDetail, secmon::Error as SourceError, store::ArchiveKey};

use super::run::{Run, TurnError};

/// Archived tickets that a new key is asked for.
const SAMPLE: u32 = 5;

const REFUSED: &str =
    "the appKey shows other tickets than the archive holds: an admin confirms it in the settings";

impl Run<'_> {
    /// Whether the archive is read with the team's appKey. A new key must show one of the archived tickets.
    pub async fn accepts_key(&mut self) -> Result<bool, TurnError> {
        let fingerprint = self.app_key().fingerprint();
        match self.store.archive_key(self.id, &fingerprint).await? {
            ArchiveKey::Known => return Ok(true),
            ArchiveKey::Refused => {
                self.note_all(REFUSED).await?;
                return Ok(false);
            }
            ArchiveKey::New => {}
        }
        let tickets = self.store.listed_tickets(self.id, SAMPLE).await?;
        let mut is_known = tickets.is_empty();
        for id in tickets {
            let detail = self.call(async |secmon, access| secmon.ticket(access, &id).await);
            match detail.await {
                Ok(detail) => is_known |= !is_empty(&detail),
                Err(TurnError::Failed(error)) if is_answer(&error) => {}
                Err(error) => return Err(error),
            }
            if is_known {
                break;
            }
        }
        if is_known {
            self.store.accept_archive_key(self.id, &fingerprint).await?;
        } else {
            let refused = self
                .store
                .refuse_archive_key(self.id, &fingerprint, REFUSED);
            refused.await?;
        }
        Ok(is_known)
    }

    /// Whether pages may store what they read: not before the job has checked the key.
    pub async fn has_known_key(&self) -> Result<bool, TurnError> {
        let fingerprint = self.app_key().fingerprint();
        let key = self.store.archive_key(self.id, &fingerprint).await?;
        Ok(key == ArchiveKey::Known)
    }
}

/// The source says that it has no such ticket.
fn is_answer(error: &SourceError) -> bool {
    matches!(
        error,
        SourceError::Refused { .. }
            | SourceError::HttpStatus {
                status: 400 | 404,
                ..
            }
    )
}

fn is_empty(detail: &TicketDetail) -> bool {
    let parts = [
        &detail.name,
        &detail.description,
        &detail.summary,
        &detail.analysis,
        &detail.deep_analysis,
    ];
    parts.into_iter().all(Option::is_none)
}
