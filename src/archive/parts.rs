//! The texts of tickets: read when a ticket is new or has changed, and a few times later, since analyses are amended.

use tokio::task::spawn_blocking;

use crate::{
    model::TicketDetail,
    sanitizer::{SANITIZER_VERSION, SafeHtml, SafeTicket},
    store::{ArchivedPart, Error},
};

use super::run::{Run, Turn, TurnError};

/// Tickets that are read in one turn and stored at once.
const BATCH: u32 = 10;

/// Stored tickets that a new version of the sanitizer goes over in one turn.
const SANITIZE_BATCH: usize = 50;

impl Run<'_> {
    pub async fn parts_turn(&mut self) -> Result<Turn, TurnError> {
        // Without a call left, the next run begins here.
        let batch = self.calls_up_to(BATCH).max(1);
        let due = self.store.due_tickets(self.id, batch as usize).await?;
        if due.is_empty() {
            return Ok(Turn::Idle);
        }
        let mut details = Vec::new();
        let mut end = Ok(Turn::Worked);
        for ticket in due {
            let id = ticket.id.clone();
            let detail = self
                .call(async |secmon, access| secmon.ticket(access, &id).await)
                .await;
            match detail {
                Ok(detail) => details.push((ticket, detail)),
                Err(TurnError::Failed(error)) => {
                    if self.has_answered() {
                        self.store.postpone_parts(&ticket).await?;
                    }
                    end = Err(error.into());
                    break;
                }
                Err(error) => {
                    end = Err(error);
                    break;
                }
            }
        }
        if !details.is_empty() {
            let tickets = sanitize_all(details).await?;
            self.store.record_parts(&tickets, SANITIZER_VERSION).await?;
        }
        end
    }

    /// Sanitizes stored parts again that an earlier version did.
    pub async fn sanitize_turn(&mut self) -> Result<Turn, TurnError> {
        let outdated = self
            .store
            .outdated_parts(self.id, SANITIZER_VERSION, SANITIZE_BATCH)
            .await?;
        if outdated.is_empty() {
            return Ok(Turn::Idle);
        }
        let details = outdated
            .into_iter()
            .map(|(place, parts)| (place, ticket_detail(parts)))
            .collect();
        let tickets = sanitize_all(details).await?;
        self.store
            .record_sanitized(self.id, &tickets, SANITIZER_VERSION)
            .await?;
        Ok(Turn::Worked)
    }
}

/// Away from the async threads.
pub(super) async fn sanitize_all<T: Send + 'static>(
    details: Vec<(T, TicketDetail)>,
) -> Result<Vec<(T, Vec<ArchivedPart>)>, Error> {
    let work = move || {
        let details = details.into_iter();
        details
            .map(|(ticket, detail)| (ticket, archived_parts(detail)))
            .collect()
    };
    let sanitized = spawn_blocking(work).await;
    sanitized.map_err(|_| Error::Unreadable("a ticket that the sanitizer fails on"))
}

/// The parts that hold something, sanitized.
fn archived_parts(detail: TicketDetail) -> Vec<ArchivedPart> {
    let safe = SafeTicket::new(&detail);
    let parts = [
        ("name", detail.name, safe.name),
        ("description", detail.description, safe.description),
        ("summary", detail.summary, safe.summary),
        ("analysis", detail.analysis, safe.analysis),
        ("deep-analysis", detail.deep_analysis, safe.deep_analysis),
    ];
    let mut archived: Vec<_> = parts
        .into_iter()
        .filter_map(|(part, raw, html)| Some(archived_part(part, raw?, &html)))
        .collect();
    archived.sort_by(|one, other| one.part.cmp(&other.part));
    archived
}

/// The parts that hold something, by name: what their hash is made of.
pub(super) fn raw_parts(detail: &TicketDetail) -> impl Iterator<Item = &str> {
    let parts = [
        ("analysis", &detail.analysis),
        ("deep-analysis", &detail.deep_analysis),
        ("description", &detail.description),
        ("name", &detail.name),
        ("summary", &detail.summary),
    ];
    let parts = parts.into_iter();
    parts
        .filter_map(|(part, raw)| Some([part, raw.as_deref()?]))
        .flatten()
}

fn archived_part(part: &str, raw: String, html: &SafeHtml) -> ArchivedPart {
    ArchivedPart {
        part: part.to_owned(),
        html: html.as_str().to_owned(),
        text: html.plain_text(),
        is_truncated: html.is_truncated(),
        raw,
    }
}

/// The parts as the source sent them.
pub(super) fn ticket_detail(parts: Vec<ArchivedPart>) -> TicketDetail {
    let mut detail = TicketDetail::default();
    for ArchivedPart { part, raw, .. } in parts {
        match part.as_str() {
            "name" => detail.name = Some(raw),
            "description" => detail.description = Some(raw),
            "summary" => detail.summary = Some(raw),
            "analysis" => detail.analysis = Some(raw),
            _ => detail.deep_analysis = Some(raw),
        }
    }
    detail
}
