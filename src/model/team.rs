//! A team: one appKey in one region.

use std::fmt;

use super::{Region, Slug};

/// What a team is known by in the store; stays when its key or its name changes.
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
    /// Must somebody who adds or releases say why.
    pub reason_required: bool,
}
