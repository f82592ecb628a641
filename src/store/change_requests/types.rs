//! What a request for control and its items are.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::{
    model::{ChangeAction, ItemEvent, ItemState, KstDateTime, Reason, TeamId, UserId},
    store::{Error, audit::codes},
};

codes! {
    /// What an item is, as far as the API's lists told.
    ItemKind {
        LoadBalancer = "load-balancer",
        Vm = "vm",
        Unknown = "unknown",
    }
}

/// One thing that was asked for.
#[derive(Debug, Clone)]
pub struct RequestItem {
    /// As it was asked for; only one that the API listed is ever sent.
    pub id: String,
    pub kind: ItemKind,
    pub name: String,
    /// Its addresses, for people.
    pub address: String,
    /// How many VMs go with it.
    pub servers: u32,
    /// Their names, which are not unique.
    pub vm_names: Vec<String>,
    pub state: ItemState,
    pub reason: Option<Reason>,
    /// What the API said, where it said something.
    pub message: Option<String>,
    pub settled: Option<KstDateTime>,
}

/// An add or a release of several things at once, about to be written down.
#[derive(Debug, Clone)]
pub struct NewChangeRequest {
    pub team: TeamId,
    pub user: UserId,
    pub action: ChangeAction,
    /// Why, in their words.
    pub stated_reason: Option<String>,
    /// The form's one-time token.
    pub token: String,
    /// A hash of what was asked: the same token with another selection is another form.
    pub selection: String,
    /// When the lists were read that the items were planned from.
    pub planned: KstDateTime,
    pub items: Vec<RequestItem>,
}

/// How far an item came, and when.
#[derive(Debug, Clone)]
pub struct Step {
    pub position: usize,
    pub state: ItemState,
    pub reason: Option<Reason>,
    pub at: KstDateTime,
}

/// An item whose state the API's lists have told.
#[derive(Debug)]
pub struct Settled {
    pub position: usize,
    /// What it was: only then is it changed.
    pub from: ItemState,
    pub state: ItemState,
    pub reason: Option<Reason>,
}

/// An add or a release that was written down.
#[derive(Debug, Clone)]
pub struct ChangeRequest {
    pub id: String,
    pub action: ChangeAction,
    pub user_name: String,
    /// Why, in the words of who asked.
    pub stated_reason: Option<String>,
    pub selection: String,
    pub asked: KstDateTime,
    pub touched: KstDateTime,
    pub finished: Option<KstDateTime>,
    /// When every item had come to its end.
    pub settled: Option<KstDateTime>,
    /// A portal was working on it when this was read.
    pub is_running: bool,
    pub items: Vec<RequestItem>,
}

/// A request that is asking for something already.
#[derive(Debug, Clone)]
pub struct UnderWay {
    pub user_name: String,
    pub asked: KstDateTime,
}

/// What became of writing a request down.
#[derive(Debug)]
pub enum StartedRequest {
    New {
        id: String,
        /// The ids that another request is asking for already: they are not to be sent.
        taken: HashSet<String>,
    },
    /// A form with this token was sent before.
    Known(ChangeRequest),
}

impl RequestItem {
    /// Its state in `data-state`, for scripts.
    #[must_use]
    pub fn public_state(&self) -> &'static str {
        self.state.public_code(self.reason)
    }
}

impl ChangeRequest {
    /// A request that nobody has worked on for this long was left behind by a portal that died.
    pub(super) const ABANDONED: TimeDelta = TimeDelta::seconds(30);

    /// A request is followed for this long: what the lists have not told by then, they will not.
    pub const FOLLOWED: TimeDelta = TimeDelta::hours(24);

    /// What was sent is not sent again for this long: until then, the vendor says, it may take
    /// effect.
    pub(super) const UNDER_WAY: TimeDelta = TimeDelta::hours(1);

    /// Do the API's lists still have something to tell of it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.items.iter().any(|item| item.state.is_open())
    }

    /// The items as they can be told: of those that a portal left behind, the ones that it had
    /// not yet sent were not done, and the others are not known.
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
