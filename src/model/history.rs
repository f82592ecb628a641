//! A row of the history of control.

use super::{ApiTimestamp, ServerId, VendorTerm};

/// One change of control, as the vendor recorded it. It names no person.
#[derive(Debug, Clone, Default, Hash)]
pub struct HistoryEntry {
    pub id: Option<ServerId>,
    pub registered: Option<ApiTimestamp>,
    /// What kind of change: new, and words that no guide lists.
    pub kind: Option<VendorTerm>,
    pub status: Option<VendorTerm>,
    pub reason: Option<VendorTerm>,
    pub contents: Option<String>,
    /// *Names* of VMs, which are not unique.
    pub names: Vec<String>,
    /// Is billing running.
    pub meter: Option<VendorTerm>,
}
