//! A team: one appKey in one region.

use std::fmt;

use super::{Region, Slug};

/// A team's stable id, independent of its key and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TeamId(pub String);

impl fmt::Display for TeamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Clone)]
pub struct Team {
    pub id: TeamId,
    pub slug: Slug,
    pub name: String,
    pub region: Region,
    /// Whether adding and releasing require a reason.
    pub reason_required: bool,
}
