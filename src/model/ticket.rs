//! Response tickets: rows of the list, and one ticket with its analysis.

use super::{ApiTimestamp, TicketId, VendorTerm};

/// A row of the list of tickets.
#[derive(Debug, Clone, Default, Hash)]
pub struct Ticket {
    /// `None` when the API gave none, or one that cannot stand in an address.
    pub id: Option<TicketId>,
    pub name: Option<String>,
    pub detected: Option<ApiTimestamp>,
    /// True or false positive.
    pub verdict: Option<VendorTerm>,
    pub status: Option<VendorTerm>,
    pub kind: Option<VendorTerm>,
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
