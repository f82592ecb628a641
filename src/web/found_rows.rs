//! Rows that a search or an address leads to, for `_found.html`.

use crate::{
    archive::{Refresh, SourceState},
    model::{ArchiveKind, Fragment, KnownServer, SearchTerms, Team, TicketId, highlight},
    store::{ArchivedTicket, FoundNote, PartExcerpt},
};

use super::{AppState, Result};

/// Has old tickets and events read again; says whether the source has failed.
///
/// # Errors
/// When the database fails.
pub async fn freshen(state: &AppState, team: &Team) -> Result<bool> {
    let kind = |kind| state.archive.freshen(team, kind, Refresh::IfOld);
    let (tickets, events) =
        tokio::try_join!(kind(ArchiveKind::Tickets), kind(ArchiveKind::Events))?;
    let has_failed = |source| matches!(source, SourceState::Failed(_));
    Ok(has_failed(tickets.source) || has_failed(events.source))
}

/// A ticket with its name's matches, and where its parts match.
pub struct FoundTicket {
    pub row: ArchivedTicket,
    pub name: Vec<Fragment>,
    pub excerpt: Option<PartExcerpt>,
}

impl FoundTicket {
    #[must_use]
    pub fn new(row: ArchivedTicket, terms: &SearchTerms, excerpt: Option<PartExcerpt>) -> Self {
        let name = row.ticket.name.as_deref().unwrap_or_default();
        Self {
            name: highlight(name, terms),
            row,
            excerpt,
        }
    }

    /// Without matches.
    #[must_use]
    pub fn plain(row: ArchivedTicket) -> Self {
        Self::new(row, &SearchTerms::default(), None)
    }

    #[must_use]
    pub fn id(&self) -> &str {
        self.row.ticket.id.as_ref().map_or("", TicketId::as_str)
    }
}

/// A server with its name's matches.
pub struct MatchedServer {
    pub server: KnownServer,
    pub name: Vec<Fragment>,
}

impl MatchedServer {
    #[must_use]
    pub fn new(server: KnownServer, terms: &SearchTerms) -> Self {
        Self {
            name: highlight(&server.name, terms),
            server,
        }
    }
}

/// A note with its text's matches.
pub struct MatchedNote {
    pub note: FoundNote,
    pub text: Vec<Fragment>,
}

impl MatchedNote {
    #[must_use]
    pub fn new(note: FoundNote, terms: &SearchTerms) -> Self {
        Self {
            text: highlight(&note.text, terms),
            note,
        }
    }
}
