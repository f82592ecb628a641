//! What a ticket's page shows of the list's row, and its parts in order.

use crate::{
    sanitizer::{SafeHtml, SafeTicket},
    store::ArchivedTicket,
    web::export::Cell,
};

/// A fact of the list's row.
pub struct Fact<'a> {
    pub code: &'static str,
    /// The key of its message.
    pub title: &'static str,
    pub cell: Cell<'a>,
}

/// The parts below the heading: message key, code, HTML.
pub fn sections(ticket: &SafeTicket) -> [(&'static str, &'static str, &SafeHtml); 4] {
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

pub fn row_facts<'a>(row: &'a ArchivedTicket) -> [Fact<'a>; 7] {
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
