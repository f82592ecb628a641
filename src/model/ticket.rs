//! Response tickets: rows of the list, and one ticket with its analysis.

use super::{Moment, TicketId, Word};

/// A row of the list of tickets.
#[derive(Debug, Clone, Default, Hash)]
pub struct Ticket {
    /// `None` when the API gave none, or one that cannot stand in an address.
    pub id: Option<TicketId>,
    pub name: Option<String>,
    pub detected: Option<Moment>,
    /// True or false positive.
    pub verdict: Option<Word>,
    pub status: Option<Word>,
    pub kind: Option<Word>,
    pub attack: Option<String>,
    pub source_ip: Option<String>,
    pub destination_ip: Option<String>,
}

/// The five parts of one ticket, as they came: HTML from a stranger, every one.
#[derive(Debug, Clone, Default)]
pub struct TicketDetail {
    pub name: Option<String>,
    pub description: Option<String>,
    pub summary: Option<String>,
    pub analysis: Option<String>,
    pub deep_analysis: Option<String>,
}
