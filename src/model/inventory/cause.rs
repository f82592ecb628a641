//! Attribution of a state change to one of the portal's requests.

use std::collections::HashMap;

use crate::model::{ChangeAction, ChangeRequest, ItemState, Reason};

use super::{ServerChangeKind, ServerDiff};

/// An item of a request that may have brought about a change. Times are milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct ChangeCause {
    pub request: String,
    pub action: ChangeAction,
    pub item: String,
    pub state: ItemState,
    pub reason: Option<Reason>,
    pub settled: Option<i64>,
    pub touched: i64,
}

/// The items of a team's recent requests, by action and id.
#[derive(Debug, Default)]
pub struct ChangeCauses(HashMap<(ChangeAction, String), Vec<ChangeCause>>);

impl ChangeCauses {
    /// Whether a request can explain a change of this kind.
    #[must_use]
    pub fn action(kind: ServerChangeKind) -> Option<ChangeAction> {
        match kind {
            ServerChangeKind::Monitored => Some(ChangeAction::Add),
            ServerChangeKind::Released | ServerChangeKind::Withdrawn => Some(ChangeAction::Release),
            ServerChangeKind::Appeared | ServerChangeKind::Gone => None,
        }
    }

    /// The newest request that may have brought a change about, for the VM itself or for a load
    /// balancer in front of it, now or before.
    #[must_use]
    pub fn explain(&self, diff: &ServerDiff, at: i64) -> Option<&str> {
        let action = Self::action(diff.change?)?;
        let ids = [
            &diff.server.id,
            &diff.server.balancer,
            &diff.balancer_before,
        ];
        ids.into_iter()
            .filter(|id| !id.is_empty())
            .filter_map(|id| self.0.get(&(action, id.clone())))
            .flatten()
            .filter(|cause| cause.explains(diff, at))
            .map(|cause| cause.request.as_str())
            .max()
    }
}

impl FromIterator<ChangeCause> for ChangeCauses {
    fn from_iter<I: IntoIterator<Item = ChangeCause>>(causes: I) -> Self {
        let mut by_item: HashMap<_, Vec<_>> = HashMap::new();
        for cause in causes {
            let key = (cause.action, cause.item.clone());
            by_item.entry(key).or_default().push(cause);
        }
        Self(by_item)
    }
}

impl ChangeCause {
    /// It is under way, or the lists have shown its effect since they showed the server otherwise.
    /// A refused one may have been done all the same.
    fn explains(&self, diff: &ServerDiff, at: i64) -> bool {
        match self.state {
            ItemState::Sending => true,
            ItemState::Done => self
                .settled
                .is_some_and(|settled| settled > diff.since_before),
            ItemState::NotDone => {
                let is_recent =
                    self.touched > at - ChangeRequest::EFFECT_TIMEOUT.num_milliseconds();
                is_recent && self.reason.is_some_and(Reason::is_of_the_api)
            }
            state => ItemState::AWAITED.contains(&state),
        }
    }
}
