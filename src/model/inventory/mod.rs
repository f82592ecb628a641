//! The inventory derived from successive list readings: coverage, changes, and their times.

mod cause;
mod diff;
mod snapshot;

use super::{KstDateTime, codes::codes};

pub use cause::{ChangeCause, ChangeCauses};
pub use diff::{ServerDiff, StoredServer, diff};
pub use snapshot::{ObservedServer, Snapshot};

codes! {
    /// Whether a server is monitored.
    Protection {
        NotMonitored = "not-monitored",
        Waiting = "waiting",
        Monitored = "monitored",
    }
}

codes! {
    /// A difference between two readings.
    ServerChangeKind {
        Appeared = "appeared",
        Monitored = "monitored",
        Released = "released",
        /// An add request withdrawn before monitoring started.
        Withdrawn = "withdrawn",
        Gone = "gone",
    }
}

/// How many of a team's servers are monitored, according to the latest reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    pub read: KstDateTime,
    pub servers: u64,
    pub monitored: u64,
    /// Requested and not yet monitored.
    pub waiting: u64,
}

/// A server as the latest reading that listed it showed it.
#[derive(Debug, Clone)]
pub struct KnownServer {
    pub id: String,
    pub name: String,
    pub address: String,
    pub state: Protection,
    /// The first reading that showed this state.
    pub since: KstDateTime,
    /// An earlier reading showed another state; else the server is in this one for longer.
    pub is_since_known: bool,
    /// New in the lists, and not added yet.
    pub is_new: bool,
    /// It was released outside the portal.
    pub is_elsewhere: bool,
    /// When it had been missing for so long that it counted as deleted.
    pub gone: Option<KstDateTime>,
}

/// A change of a server between two readings.
#[derive(Debug, Clone)]
pub struct ServerChange {
    pub server: String,
    pub name: String,
    pub kind: ServerChangeKind,
    /// The reading that showed it.
    pub at: KstDateTime,
    /// An earlier reading, which did not.
    pub after: KstDateTime,
    /// The portal's request that explains it, with its user's name.
    pub request: Option<(String, String)>,
}

impl ServerChange {
    /// Whether the portal's users can ask for such a change.
    #[must_use]
    pub fn is_of_control(&self) -> bool {
        matches!(
            self.kind,
            ServerChangeKind::Monitored | ServerChangeKind::Released | ServerChangeKind::Withdrawn
        )
    }
}

impl Coverage {
    /// Neither monitored nor waiting.
    #[must_use]
    pub fn not_monitored(&self) -> u64 {
        self.servers.saturating_sub(self.monitored + self.waiting)
    }
}
