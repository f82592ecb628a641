//! One ticket: its sanitized parts with what the list, the archive and the team know of it.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
};

use crate::{
    archive::{Refresh, SourceState},
    model::{ArchiveKind, KstDateTime, ListQuery, Permission, TicketDetail, TicketId},
    sanitizer::{SafeHtml, SafeTicket},
    secmon,
    store::{ArchivedAttack, ArchivedTicket, Member, TicketNote},
    web::{
        AppState, Authorized, Error, Layout, LenientQuery, Result,
        access::ReadTeam,
        address,
        export::Cell,
        flash::FlashQuery,
        html_as,
        list::{ListRequest, ListRow as _, address_page, with_query},
        state::PublicUrl,
    },
};

use super::{
    share,
    timeline::{self, TimelineEntry},
};

const MAX_RELATED: u32 = 10;
const MAX_CHANGES: u32 = 20;
/// Rows of the analysis table on the page; all are in the analysis itself.
const MAX_ATTACKS: usize = 100;

/// A ticket's parts, and what is known of the source.
pub(super) struct Reading {
    /// `None` when they could not be read yet.
    pub parts: Option<Arc<SafeTicket>>,
    pub raw: TicketDetail,
    /// When the source last showed the parts like this; `None` for those of this moment.
    pub checked: Option<KstDateTime>,
    pub source: SourceState,
}

impl Reading {
    /// The parts from the archive, or from the source while the archive does not have them.
    pub async fn load<P>(
        who: &Authorized<P>,
        state: &AppState,
        id: &TicketId,
        refresh: Refresh,
    ) -> Result<Self> {
        let reading = state.archive.ticket(who.team(), id, refresh).await?;
        if let Some(parts) = reading.parts {
            return Ok(Self {
                parts: Some(parts.safe),
                raw: parts.raw,
                checked: Some(parts.checked),
                source: reading.source,
            });
        }
        if let SourceState::Failed(error) = &reading.source {
            let is_missing = matches!(error, secmon::Error::HttpStatus { status: 404, .. });
            if is_missing {
                return Err(Error::NotFound);
            }
            return Ok(Self {
                parts: None,
                raw: TicketDetail::default(),
                checked: None,
                source: reading.source,
            });
        }
        let access = state.store.api_access(who.team()).await?;
        let raw = state.secmon.ticket(&access, id).await;
        let raw = raw.map_err(no_such_ticket)?;
        let parts = state.sanitizer.ticket(raw.clone()).await;
        Ok(Self {
            parts: Some(parts.map_err(Error::internal)?),
            raw,
            checked: None,
            source: reading.source,
        })
    }
}

/// The API has no such ticket: 404.
fn no_such_ticket(error: secmon::Error) -> Error {
    match error {
        secmon::Error::HttpStatus { status: 404, .. } => Error::NotFound,
        other => other.into(),
    }
}

/// What the archive knows of a ticket.
pub(super) struct ArchivedView {
    pub row: ArchivedTicket,
    timeline: Vec<TimelineEntry>,
    notes: Vec<TicketNote>,
    related: Vec<ArchivedTicket>,
    /// The tickets before and after it in the list.
    neighbors: [Option<ArchivedTicket>; 2],
    attacks: Vec<ArchivedAttack>,
    /// Rows of the analysis table in all.
    attack_count: usize,
    members: Vec<Member>,
}

/// What a form of the review did, or why it did nothing.
#[derive(Debug, Default)]
pub(super) struct ReviewState {
    pub message: Option<&'static str>,
    pub error: Option<&'static str>,
    /// The text of a note that was not saved.
    pub text: String,
    /// The id of the note that the text was meant for.
    pub note: String,
}

#[derive(Template)]
#[template(path = "tickets/show.html")]
pub(super) struct Show {
    layout: Layout,
    id: TicketId,
    query: ListQuery,
    reading: Reading,
    archived: Option<ArchivedView>,
    may_review: bool,
    /// As text and as Markdown.
    copies: [String; 2],
    review: ReviewState,
}

/// A fact of the list's row.
struct Fact<'a> {
    code: &'static str,
    title: &'static str,
    cell: Cell<'a>,
}

impl Show {
    pub async fn load<P>(
        who: &Authorized<P>,
        state: &AppState,
        public_url: &PublicUrl,
        id: TicketId,
        request: ListRequest<ArchivedTicket>,
    ) -> Result<Self> {
        let reading = Reading::load(who, state, &id, request.refresh()).await?;
        let query = request.query;
        let row = state.store.archived_ticket(&who.team().id, &id).await?;
        if row.is_none() && reading.parts.is_none() {
            return Err(Error::NotFound);
        }
        let layout = who.layout();
        let path = format!("/t/{}/tickets/{id}", who.team().slug);
        let layout = layout.at(with_query(&path, &query));
        let link = public_url.link(&path);
        let copies = share::copies(&layout, row.as_ref(), reading.parts.as_deref(), &link);
        let archived = match row {
            Some(row) => Some(ArchivedView::load(who, state, &layout, row, &query).await?),
            None => None,
        };
        Ok(Self {
            layout,
            id,
            query,
            reading,
            may_review: archived.is_some() && who.may(Permission::ReviewTickets),
            archived,
            copies,
            review: ReviewState::default(),
        })
    }

    pub fn with_review(mut self, review: ReviewState) -> Self {
        self.review = review;
        self
    }

    /// The list that led here.
    fn back(&self) -> String {
        let list = format!("{}/tickets", self.layout.team_path());
        with_query(&list, &self.query)
    }

    /// The parts below the heading: message key, code, HTML.
    fn sections<'a>(
        &self,
        ticket: &'a SafeTicket,
    ) -> [(&'static str, &'static str, &'a SafeHtml); 4] {
        [
            ("ticket-description", "description", &ticket.description),
            ("ticket-summary", "summary", &ticket.summary),
            ("ticket-analysis", "analysis", &ticket.analysis),
            (
                "ticket-deep-analysis",
                "deep-analysis",
                &ticket.deep_analysis,
            ),
        ]
    }

    fn facts<'a>(&self, row: &'a ArchivedTicket) -> [Fact<'a>; 7] {
        let ticket = &row.ticket;
        let term = |term: &'a Option<_>| term.as_ref().map_or(Cell::Empty, Cell::Term);
        let address = |text: &'a Option<String>| text.as_deref().map_or(Cell::Empty, Cell::Address);
        let attack = ticket.attack.as_deref();
        let facts = [
            (
                "detected",
                "ticket-detected",
                ticket.detected.as_ref().map_or(Cell::Empty, Cell::Time),
            ),
            ("status", "ticket-status", term(&ticket.status)),
            ("verdict", "ticket-verdict", term(&ticket.verdict)),
            ("type", "ticket-kind", term(&ticket.kind)),
            (
                "attack",
                "ticket-attack",
                attack.map_or(Cell::Empty, |text| Cell::Text(text.into())),
            ),
            ("source", "source-ip", address(&ticket.source_ip)),
            (
                "destination",
                "destination-ip",
                address(&ticket.destination_ip),
            ),
        ];
        facts.map(|(code, title, cell)| Fact { code, title, cell })
    }

    fn address_page(&self, address: &str) -> String {
        address_page(&self.layout, address)
    }

    /// The page of another ticket of the list.
    fn ticket_address(&self, ticket: &ArchivedTicket) -> String {
        let id = ticket.id().unwrap_or_default();
        with_query(
            &format!("{}/tickets/{id}", self.layout.team_path()),
            &self.query,
        )
    }

    /// The address of a form, or of a file of this ticket.
    fn action(&self, name: &str) -> String {
        with_query(&format!("{}/{name}", self.layout.path()), &self.query)
    }

    fn raw_address(&self, part: &str) -> String {
        let path = format!("{}/raw", self.layout.path());
        address::with_query(&path, &[("part", Some(part))])
    }

    fn refresh_address(&self) -> String {
        address::with_query(self.layout.path(), &[("refresh", Some("yes"))])
    }

    /// The source does not have the ticket any more.
    fn is_missing(&self) -> bool {
        let source = &self.reading.source;
        matches!(
            source,
            SourceState::Failed(secmon::Error::HttpStatus { status: 404, .. })
        )
    }

    fn has_source_failed(&self) -> bool {
        matches!(self.reading.source, SourceState::Failed(_)) && !self.is_missing()
    }
}

impl ArchivedView {
    async fn load<P>(
        who: &Authorized<P>,
        state: &AppState,
        layout: &Layout,
        row: ArchivedTicket,
        query: &ListQuery,
    ) -> Result<Self> {
        let (store, team) = (&state.store, &who.team().id);
        let id = row.id().unwrap_or_default().to_owned();
        let changes = store
            .seen_changes(team, ArchiveKind::Tickets, &id, MAX_CHANGES)
            .await?;
        let mut attacks = store.ticket_attacks(team, row.place).await?;
        let attack_count = attacks.len();
        attacks.truncate(MAX_ATTACKS);
        Ok(Self {
            timeline: timeline::entries(layout, &state.sanitizer, &row, changes).await?,
            notes: store.ticket_notes(row.place).await?,
            related: store.related_tickets(team, row.place, MAX_RELATED).await?,
            neighbors: store.ticket_neighbors(team, query, row.place).await?,
            attacks,
            attack_count,
            members: if who.may(Permission::ReviewTickets) {
                store.members(team).await?
            } else {
                Vec::new()
            },
            row,
        })
    }

    fn is_assigned_to(&self, member: &Member) -> bool {
        self.row.assignee.as_deref() == Some(member.user.username.as_str())
    }
}

pub async fn show(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    Extension(public_url): Extension<PublicUrl>,
    Path((_, id)): Path<(String, String)>,
    LenientQuery(flash): LenientQuery<FlashQuery>,
    request: ListRequest<ArchivedTicket>,
) -> Result {
    let id: TicketId = id.parse().map_err(|_| Error::NotFound)?;
    let view = Show::load(&who, &state, &public_url, id, request).await?;
    let message = flash.message(&[
        ("reviewed", "ticket-review-saved"),
        ("reopened", "ticket-review-taken-back"),
        ("assigned", "ticket-assigned"),
        ("noted", "note-saved"),
    ]);
    let review = ReviewState {
        message,
        ..ReviewState::default()
    };
    html_as(StatusCode::OK, &view.with_review(review))
}
