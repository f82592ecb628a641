//! Change requests: servers to add or release, and the progress of each.

mod state;

use std::collections::HashSet;

use chrono::TimeDelta;

use super::{KstDateTime, TeamId, UserId, codes::codes};

pub use state::{ChangeAction, ItemEvent, ItemState, Reason, transition};

codes! {
    /// Kind of an item in the API's lists.
    ItemKind {
        LoadBalancer = "load-balancer",
        Vm = "vm",
        Unknown = "unknown",
    }
}

/// A load balancer or a VM of a request.
#[derive(Debug, Clone)]
pub struct RequestItem {
    /// As the form sent it; only one that the API listed is ever sent on.
    pub id: String,
    pub kind: ItemKind,
    pub name: String,
    /// Its IPs as text.
    pub address: String,
    /// Number of VMs that go with it.
    pub servers: u32,
    /// Their names, which are not unique.
    pub vm_names: Vec<String>,
    pub state: ItemState,
    pub reason: Option<Reason>,
    /// The API's own words, if it sent any.
    pub message: Option<String>,
    pub settled: Option<KstDateTime>,
}

/// A request that is about to be stored.
#[derive(Debug, Clone)]
pub struct NewChangeRequest {
    pub team: TeamId,
    pub user: UserId,
    pub action: ChangeAction,
    /// The reason given by the user.
    pub stated_reason: Option<String>,
    /// The form's idempotency token.
    pub token: String,
    /// Hash of action and ids: the same token with another selection is another form.
    pub selection: String,
    /// When the lists were read that the items were planned from.
    pub planned: KstDateTime,
    pub items: Vec<RequestItem>,
}

/// A state that an item came to, and when.
#[derive(Debug, Clone)]
pub struct Step {
    pub position: usize,
    pub state: ItemState,
    pub reason: Option<Reason>,
    pub at: KstDateTime,
}

/// A new state of an item, according to the API's lists.
#[derive(Debug, Clone, Copy)]
pub struct ItemUpdate {
    pub position: usize,
    /// Applied only while the item is in this state.
    pub from: ItemState,
    pub state: ItemState,
    pub reason: Option<Reason>,
}

/// A stored request.
#[derive(Debug, Clone)]
pub struct ChangeRequest {
    pub id: String,
    pub action: ChangeAction,
    pub user_name: String,
    /// The reason given by the user.
    pub stated_reason: Option<String>,
    pub selection: String,
    pub asked: KstDateTime,
    pub touched: KstDateTime,
    pub finished: Option<KstDateTime>,
    /// When every item had come to a final state.
    pub settled: Option<KstDateTime>,
    /// A portal was working on it when this was read.
    pub is_running: bool,
    pub items: Vec<RequestItem>,
}

/// Another request for the same thing that may still take effect.
#[derive(Debug, Clone)]
pub struct PendingRequest {
    pub user_name: String,
    pub asked: KstDateTime,
}

/// Result of storing a request.
#[derive(Debug)]
pub enum StartedRequest {
    New {
        id: String,
        /// Ids that another request is sending already: not to be sent.
        taken: HashSet<String>,
    },
    /// The token was used before.
    Known(ChangeRequest),
}

impl RequestItem {
    /// The state in `data-state`, for scripts.
    #[must_use]
    pub fn public_state(&self) -> &'static str {
        self.state.public_code(self.reason)
    }
}

impl ChangeRequest {
    /// A request that its portal has not touched for this long is abandoned.
    pub const ABANDON_TIMEOUT: TimeDelta = TimeDelta::seconds(30);

    /// Tracking timeout of a request; the lists show no outcome after it.
    pub const TRACKING_TIMEOUT: TimeDelta = TimeDelta::hours(24);

    /// The vendor's time limit for a change to take effect; it is not sent again within it.
    pub const EFFECT_TIMEOUT: TimeDelta = TimeDelta::hours(1);

    /// Whether a reading of the lists can still change its state.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.items.iter().any(|item| item.state.is_open())
    }

    /// An abandoned request as it will be stored: its unsent items were not done, and those under
    /// way are not known.
    #[must_use]
    pub fn told(mut self) -> Self {
        if self.is_running {
            return self;
        }
        for item in &mut self.items {
            let (event, reason) = match item.state {
                ItemState::Planned => (ItemEvent::Skip, Reason::NotSent),
                ItemState::Sending => (ItemEvent::Interrupt, Reason::Interrupted),
                _ => continue,
            };
            item.state = event.target();
            item.reason = Some(reason);
        }
        self
    }
}
