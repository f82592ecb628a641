//! What a request for control and its items are.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::{
    model::{KoreanTime, TeamId, UserId},
    store::{Error, audit::codes},
};

codes! {
    /// Which way.
    ControlAction {
        Add = "add",
        Release = "release",
    }
}

codes! {
    /// What an item is, as far as the API's lists told.
    ItemKind {
        LoadBalancer = "load-balancer",
        Vm = "vm",
        Unknown = "unknown",
    }
}

codes! {
    /// How far an item has come.
    ItemState {
        // Written down; no call has been made for it.
        Planned = "planned",
        // A call is under way, or was when the portal died.
        Sending = "sending",
        // The API said yes.
        Accepted = "accepted",
        // The API's lists show that it waits to be monitored.
        Waiting = "waiting",
        // The API's lists show it: monitored, or released.
        Done = "done",
        NotDone = "not-done",
        NotKnown = "not-known",
        // The API accepted it, and an hour later its lists do not show it.
        Overdue = "overdue",
        // The lists showed it, or that it waits, and no longer do.
        Undone = "undone",
    }
}

codes! {
    /// Why an item was not done, or is not known.
    Reason {
        NotListed = "not-listed",
        AlreadyMonitored = "already-monitored",
        AlreadyReleased = "already-released",
        BehindLoadBalancer = "behind-load-balancer",
        NotSendable = "not-sendable",
        ListsFailed = "lists-failed",
        Refused = "refused",
        NotReached = "not-reached",
        TokenFailed = "token-failed",
        AskedAlready = "asked-already",
        NotSent = "not-sent",
        NoAnswer = "no-answer",
        BadAnswer = "bad-answer",
        Interrupted = "interrupted",
        // An hour later the lists do not show it.
        NotShown = "not-shown",
        // Made undone by somebody, not through the portal.
        Elsewhere = "elsewhere",
        // A later request of the portal made it pointless before it took effect.
        Overtaken = "overtaken",
    }
}

impl ItemState {
    /// Do the API's lists still have something to tell of it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Planned
                | Self::Sending
                | Self::Accepted
                | Self::Waiting
                | Self::NotKnown
                | Self::Overdue
        )
    }

    /// Is it what the API's lists showed, or what is sure without them: told with its time.
    #[must_use]
    pub fn is_told_with_its_time(self) -> bool {
        matches!(
            self,
            Self::Waiting | Self::Done | Self::NotDone | Self::Overdue | Self::Undone
        )
    }
}

impl Reason {
    /// Is it what the API made of a call: then its lists may tell otherwise.
    #[must_use]
    pub fn is_of_the_api(self) -> bool {
        matches!(
            self,
            Self::Refused | Self::NoAnswer | Self::BadAnswer | Self::Interrupted
        )
    }
}

/// One thing that was asked for.
#[derive(Debug, Clone)]
pub struct ControlItem {
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
    pub settled: Option<KoreanTime>,
}

/// An add or a release of several things at once, about to be written down.
#[derive(Debug)]
pub struct NewControlRequest {
    pub team: TeamId,
    pub user: UserId,
    pub action: ControlAction,
    /// Why, in their words.
    pub stated_reason: Option<String>,
    /// The form's one-time token.
    pub token: String,
    /// A hash of what was asked: the same token with another selection is another form.
    pub selection: String,
    /// When the lists were read that the items were planned from.
    pub planned: KoreanTime,
    pub items: Vec<ControlItem>,
}

/// How far an item came, and when.
#[derive(Debug, Clone)]
pub struct Step {
    pub position: usize,
    pub state: ItemState,
    pub reason: Option<Reason>,
    pub at: KoreanTime,
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
pub struct ControlRequest {
    pub id: String,
    pub action: ControlAction,
    pub user_name: String,
    /// Why, in the words of who asked.
    pub stated_reason: Option<String>,
    pub selection: String,
    pub asked: KoreanTime,
    pub touched: KoreanTime,
    pub finished: Option<KoreanTime>,
    /// When every item had come to its end.
    pub settled: Option<KoreanTime>,
    pub items: Vec<ControlItem>,
}

/// A request that is asking for something already.
#[derive(Debug, Clone)]
pub struct UnderWay {
    pub user_name: String,
    pub asked: KoreanTime,
}

/// What became of writing a request down.
#[derive(Debug)]
pub enum StartedControl {
    New {
        id: String,
        /// The ids that another request is asking for already: they are not to be sent.
        taken: HashSet<String>,
    },
    /// A form with this token was sent before.
    Known(ControlRequest),
}

impl ControlRequest {
    /// A request that nobody has worked on for this long was left behind by a portal that died.
    pub(super) const ABANDONED: TimeDelta = TimeDelta::seconds(30);

    /// Do the API's lists still have something to tell of it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.items.iter().any(|item| item.state.is_open())
    }

    /// Is it being worked on at that moment.
    #[must_use]
    pub fn is_running(&self, now: KoreanTime) -> bool {
        self.finished.is_none() && now.minus(Self::ABANDONED) < self.touched
    }

    /// The items as they can be told at that moment: of those that a portal left behind, the ones
    /// that it had not yet sent were not done, and the others are not known.
    #[must_use]
    pub fn told(mut self, now: KoreanTime) -> Self {
        if self.is_running(now) {
            return self;
        }
        for item in &mut self.items {
            let (state, reason) = match item.state {
                ItemState::Planned => (ItemState::NotDone, Reason::NotSent),
                ItemState::Sending => (ItemState::NotKnown, Reason::Interrupted),
                _ => continue,
            };
            item.state = state;
            item.reason = Some(reason);
        }
        self
    }
}
