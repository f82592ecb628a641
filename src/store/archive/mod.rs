//! The archive: every ticket, event and history row that a team's source ever listed.
//!
//! Rows are added and amended, never deleted by the synchronization. A team is a number in these tables
//! ([`team_number`]), so that indexes stay short. `place` orders rows by detection time and names one row.
//! `index` is called in the transaction that stores a ticket's texts; it alone fills `ticket_words`,
//! `archived_tickets.seek`, `indicators` and `analysis_rows`.

mod addresses;
mod attacks;
mod condition;
mod event_rows;
mod event_windows;
mod events;
mod history;
mod history_rows;
mod index;
mod key;
mod list;
mod mentions;
mod newest;
mod notes;
mod parts;
mod places;
mod plan;
mod progress;
mod removal;
mod retention;
mod review;
mod revisions;
mod search;
mod statement;
mod ticket_rows;
mod tickets;
mod walks;
mod words_table;

use crate::model::TeamId;

use super::{Error, Store, transaction::retry};

pub use addresses::{AddressSummary, Appearances};
pub use attacks::ArchivedAttack;
pub use event_windows::{EventWindow, WindowReading};
pub use events::ArchivedEvent;
pub use history::ArchivedHistory;
pub use key::ArchiveKey;
pub use list::{ArchiveRow, FacetValue};
pub use mentions::FoundNote;
pub use notes::{NoteEdit, NoteVersion, TicketNote};
pub use parts::{DueTicket, StoredTicket};
pub use progress::{ArchiveId, ArchiveProgress, ArchiveStatus, PageNews};
pub use retention::RetentionPreview;
pub use revisions::SeenChange;
pub use tickets::{ArchivedTicket, PartExcerpt};
pub use walks::{ListRows, ListWalk, WalkKind};
pub(super) use words_table::create_words_table;

/// A part of a ticket as it is archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedPart {
    /// `name`, `description`, `summary`, `analysis` or `deep-analysis`.
    pub part: String,
    /// As the source sent it.
    pub raw: String,
    /// Sanitized.
    pub html: String,
    /// What a reader sees of the HTML.
    pub text: String,
    /// The source is longer than the portal shows.
    pub is_truncated: bool,
}

/// The texts that a ticket is found by.
#[derive(Debug, Clone, Copy)]
pub(super) struct TicketTexts<'a> {
    pub team: i64,
    pub place: i64,
    pub ticket_id: &'a str,
    /// The name in the list; parts have another one, which may differ.
    pub name: Option<&'a str>,
    pub attack: Option<&'a str>,
    pub source_ip: Option<&'a str>,
    pub destination_ip: Option<&'a str>,
    pub server_names: &'a str,
    pub parts: &'a [ArchivedPart],
}

/// Runs a transaction again when another one, of the job or of a page, has stored the same rows first.
async fn retry_taken<T, F>(attempt: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    match retry(&attempt).await {
        Err(Error::Taken) => retry(&attempt).await,
        done => done,
    }
}

impl Store {
    /// The number of a team in the tables of the archive; `None` before its first synchronization.
    pub(in crate::store) async fn team_number(&self, team: &TeamId) -> Result<Option<i64>, Error> {
        let number = sqlx::query_scalar("select number from archives where team_id = $1")
            .bind(&team.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(number)
    }
}
