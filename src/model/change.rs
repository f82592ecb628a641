//! A row of the history of control.

use super::{Moment, RowId, Word};

/// One change of control, as the vendor recorded it. It names no person.
#[derive(Debug, Clone, Default, Hash)]
pub struct Change {
    pub id: Option<RowId>,
    pub registered: Option<Moment>,
    /// What kind of change: new, and words that no guide lists.
    pub kind: Option<Word>,
    pub status: Option<Word>,
    pub reason: Option<Word>,
    pub contents: Option<String>,
    /// *Names* of VMs, which are not unique.
    pub names: Vec<String>,
    /// Is billing running.
    pub meter: Option<Word>,
}
