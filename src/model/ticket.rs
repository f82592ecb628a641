//! Response tickets: list rows and details.

use super::{ApiTimestamp, TicketId, VendorTerm};

/// A row of the ticket list.
#[derive(Debug, Clone, Default, Hash)]
pub struct Ticket {
    /// `None` when missing or unsafe in a URL.
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

/// The parts of one ticket, each of them untrusted HTML.
#[derive(Debug, Clone, Default)]
pub struct TicketDetail {
    pub name: Option<String>,
    pub description: Option<String>,
    pub summary: Option<String>,
    pub analysis: Option<String>,
    pub deep_analysis: Option<String>,
}
