//! What the readings of a team's VM lists have told: what is monitored, since when what is not,
//! and what has changed.

mod compare;
mod read;
mod record;

use crate::{
    model::KstDateTime,
    store::{Error, audit::codes},
};

codes! {
    /// Is a server monitored.
    Protection {
        NotMonitored = "not-monitored",
        Waiting = "waiting",
        Monitored = "monitored",
    }
}

codes! {
    /// What a reading showed that the one before it did not.
    ServerChangeKind {
        Appeared = "appeared",
        Monitored = "monitored",
        Released = "released",
        // It was asked for, and is not any more; it was never monitored meanwhile.
        Withdrawn = "withdrawn",
        Gone = "gone",
    }
}

/// How many of a team's servers are monitored, as the latest reading of its lists told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    pub read: KstDateTime,
    pub servers: u64,
    pub monitored: u64,
    /// Asked to be monitored, and not monitored yet.
    pub waiting: u64,
}

/// A server as the latest reading showed it that did.
#[derive(Debug, Clone)]
pub struct KnownServer {
    pub id: String,
    pub name: String,
    pub address: String,
    pub state: Protection,
    /// The first reading that showed it so.
    pub since: KstDateTime,
    /// Has a reading before shown it otherwise; else it has been so for longer than can be told.
    pub is_since_known: bool,
    /// It turned up, and nobody has added it since.
    pub is_new: bool,
    /// It was released, and not through the portal.
    pub is_elsewhere: bool,
    /// When readings had left it out for so long that it counted as gone.
    pub gone: Option<KstDateTime>,
}

/// What changed of a server between two readings.
#[derive(Debug, Clone)]
pub struct ServerChange {
    pub server: String,
    pub name: String,
    pub kind: ServerChangeKind,
    /// The reading that showed it.
    pub at: KstDateTime,
    /// The reading before, which did not.
    pub after: KstDateTime,
    /// The request of the portal that explains it, with who asked.
    pub request: Option<(String, String)>,
}

impl ServerChange {
    /// Can it have been asked for through the portal.
    #[must_use]
    pub fn is_of_control(&self) -> bool {
        matches!(
            self.kind,
            ServerChangeKind::Monitored | ServerChangeKind::Released | ServerChangeKind::Withdrawn
        )
    }
}

impl Coverage {
    /// Neither monitored nor asked to be.
    #[must_use]
    pub fn not_monitored(&self) -> u64 {
        self.servers.saturating_sub(self.monitored + self.waiting)
    }
}
