//! The state machine of a request's items: states, and the events that move an item on.

use crate::model::codes::codes;

codes! {
    /// Action of a request.
    ChangeAction {
        Add = "add",
        Release = "release",
    }
}

codes! {
    /// An item's progress.
    ItemState {
        /// Stored and not sent.
        Planned = "planned",
        /// A call is under way, or was when its portal died.
        Sending = "sending",
        /// The API accepted it.
        Accepted = "accepted",
        /// The lists show that it waits to be monitored.
        Waiting = "waiting",
        /// The lists show the result.
        Done = "done",
        NotDone = "not-done",
        NotKnown = "not-known",
        /// An hour later the lists do not show the result.
        Overdue = "overdue",
        /// The lists showed the result, or that it waits, and no longer do.
        Undone = "undone",
        /// The tracking timeout passed without an outcome.
        Expired = "expired",
    }
}

codes! {
    /// The cause of an item's state.
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
        /// An hour later the lists do not show the result.
        NotShown = "not-shown",
        /// Undone outside the portal.
        Elsewhere = "elsewhere",
        /// A later request for the opposite came before it took effect.
        Overtaken = "overtaken",
        /// The server was deleted.
        Gone = "gone",
        /// The tracking timeout passed without an outcome.
        Unresolved = "unresolved",
    }
}

impl ItemState {
    /// Not sent, or not answered.
    pub const PENDING: &[Self] = &[Self::Planned, Self::Sending];

    /// Sent, with the outcome still unknown.
    pub const AWAITED: &[Self] = &[Self::Accepted, Self::Waiting, Self::NotKnown, Self::Overdue];

    /// Not final.
    pub const OPEN: &[Self] = &[
        Self::Planned,
        Self::Sending,
        Self::Accepted,
        Self::Waiting,
        Self::NotKnown,
        Self::Overdue,
    ];

    /// A request has ended when all of its items are in one of these.
    pub const FINAL: &[Self] = &[Self::Done, Self::NotDone, Self::Undone, Self::Expired];

    /// The API may have acted on it.
    pub const MAY_HAVE_EFFECT: &[Self] = &[
        Self::Sending,
        Self::Accepted,
        Self::Waiting,
        Self::NotKnown,
        Self::Overdue,
        Self::Done,
    ];

    #[must_use]
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// Whether the time of the state is shown: the lists showed it, or it is certain without them.
    #[must_use]
    pub fn is_told_with_its_time(self) -> bool {
        self == Self::Waiting || self == Self::Overdue || Self::FINAL.contains(&self)
    }

    /// The state in `data-state`, for scripts.
    #[must_use]
    pub fn public_code(self, reason: Option<Reason>) -> &'static str {
        match self {
            Self::Planned | Self::Sending => "sending",
            Self::NotDone if reason.is_some_and(Reason::is_without_attempt) => "skipped",
            Self::NotDone => "failed",
            Self::NotKnown => "unknown",
            Self::Undone => "reverted",
            Self::Accepted | Self::Waiting | Self::Done | Self::Overdue | Self::Expired => {
                self.code()
            }
        }
    }
}

impl Reason {
    /// Answers of the API, or the lack of one. They do not prove that nothing was done.
    pub const OF_THE_API: &[Self] = &[
        Self::Refused,
        Self::NoAnswer,
        Self::BadAnswer,
        Self::Interrupted,
    ];

    #[must_use]
    pub fn is_of_the_api(self) -> bool {
        Self::OF_THE_API.contains(&self)
    }

    /// Whether no API call was made for it.
    fn is_without_attempt(self) -> bool {
        matches!(
            self,
            Self::NotListed
                | Self::AlreadyMonitored
                | Self::AlreadyReleased
                | Self::BehindLoadBalancer
                | Self::NotSendable
                | Self::ListsFailed
                | Self::AskedAlready
                | Self::NotSent
        )
    }
}

/// An event in the life of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemEvent {
    Send,
    Accept,
    Reject,
    /// The call brought no clear answer.
    LoseAnswer,
    /// Its portal died before the call.
    Skip,
    /// Its portal died during the call.
    Interrupt,
    ShowWanted,
    ShowWaiting,
    /// The lists show it where it was before.
    ShowBefore,
    /// A later request wants the opposite.
    Overtake,
    /// The vendor's promised time is over.
    RunLate,
    /// The time in which an unanswered call could take effect is over.
    TakeNoEffect,
    /// The server was deleted.
    Vanish,
    /// The tracking time is over.
    Expire,
}

impl ItemEvent {
    /// The states that the event applies to, and the next state.
    const fn rule(self) -> (&'static [ItemState], ItemState) {
        use ItemState::{
            Accepted, Done, Expired, NotDone, NotKnown, Overdue, Planned, Sending, Undone, Waiting,
        };
        match self {
            Self::Send => (&[Planned], Sending),
            Self::Accept => (&[Sending, NotKnown], Accepted),
            Self::Reject => (&[Sending, NotKnown], NotDone),
            Self::LoseAnswer => (&[Sending, NotKnown], NotKnown),
            Self::Skip => (&[Planned], NotDone),
            Self::Interrupt => (&[Sending], NotKnown),
            Self::ShowWanted => (&[Accepted, Waiting, NotKnown, Overdue, NotDone], Done),
            Self::ShowWaiting => (&[Accepted, NotKnown, NotDone], Waiting),
            Self::ShowBefore => (&[Waiting, Done], Undone),
            Self::Overtake => (ItemState::AWAITED, Undone),
            Self::RunLate => (&[Accepted, Waiting, NotKnown], Overdue),
            Self::TakeNoEffect => (&[NotKnown], NotDone),
            Self::Vanish | Self::Expire => (ItemState::AWAITED, Expired),
        }
    }

    #[must_use]
    pub fn sources(self) -> &'static [ItemState] {
        self.rule().0
    }

    #[must_use]
    pub fn target(self) -> ItemState {
        self.rule().1
    }
}

/// The next state; `None` if the event does not apply to this one.
#[must_use]
pub fn transition(state: ItemState, event: ItemEvent) -> Option<ItemState> {
    event.sources().contains(&state).then(|| event.target())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_either_open_or_final() {
        for state in ItemState::ALL {
            let sets = [ItemState::OPEN, ItemState::FINAL];
            let count = sets.iter().filter(|set| set.contains(state)).count();
            assert_eq!(count, 1, "{state:?}");
        }
        assert_eq!(
            [ItemState::PENDING, ItemState::AWAITED].concat(),
            ItemState::OPEN
        );
    }

    #[test]
    fn expired_and_undone_items_stay_as_they_are() {
        use ItemEvent::{Expire, RunLate, ShowBefore, ShowWaiting, ShowWanted, Vanish};
        for state in [ItemState::Expired, ItemState::Undone] {
            for event in [Expire, RunLate, ShowBefore, ShowWaiting, ShowWanted, Vanish] {
                assert_eq!(transition(state, event), None, "{state:?} {event:?}");
            }
        }
        assert_eq!(
            transition(ItemState::Overdue, Expire),
            Some(ItemState::Expired)
        );
        assert_eq!(transition(ItemState::Planned, Expire), None);
    }

    #[test]
    fn public_state_tells_skipped_from_failed() {
        let code = |reason| ItemState::NotDone.public_code(Some(reason));
        assert_eq!(code(Reason::AlreadyMonitored), "skipped");
        assert_eq!(code(Reason::Refused), "failed");
        assert_eq!(code(Reason::NotReached), "failed");
    }
}
