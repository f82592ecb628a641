//! Rows of the vendor's monitoring history.

use super::{ApiTimestamp, ServerId, VendorTerm};

/// One monitoring change, without a user.
#[derive(Debug, Clone, Default, Hash)]
pub struct HistoryEntry {
    pub id: Option<ServerId>,
    pub registered: Option<ApiTimestamp>,
    /// New, and terms that no guide lists.
    pub kind: Option<VendorTerm>,
    pub status: Option<VendorTerm>,
    pub reason: Option<VendorTerm>,
    pub contents: Option<String>,
    /// *Names* of VMs, which are not unique.
    pub names: Vec<String>,
    /// Whether billing is running.
    pub meter: Option<VendorTerm>,
}
