//! Reconciliation: the effect of a list reading on a request's items.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::model::{
    ChangeAction, ChangeRequest, ItemEvent, ItemState, ItemUpdate, Reason, RequestItem, transition,
};

use super::{
    InventoryReading,
    places::{Place, Places},
};

/// The gateway's timeout (docs/secmon-api.md): a call without an answer may take effect until then.
const GATEWAY_TIMEOUT: TimeDelta = TimeDelta::seconds(60);

/// The ids that later requests may have changed.
#[derive(Debug, Default)]
pub(super) struct RequestedSince {
    added: HashSet<String>,
    released: HashSet<String>,
}

impl RequestedSince {
    /// Adds a request, before older ones are reconciled. A refused one may have been done all the
    /// same, but not later than any other.
    pub fn learn(&mut self, request: &ChangeRequest, reading: &InventoryReading) {
        let is_late = age(request, reading) >= ChangeRequest::EFFECT_TIMEOUT;
        let may_be_done = |item: &&RequestItem| match item.state {
            ItemState::Planned => false,
            ItemState::NotDone => !is_late && item.reason.is_some_and(Reason::is_of_the_api),
            _ => true,
        };
        let ids = match request.action {
            ChangeAction::Add => &mut self.added,
            ChangeAction::Release => &mut self.released,
        };
        let items = request.items.iter().filter(may_be_done);
        ids.extend(items.map(|item| item.id.clone()));
    }

    fn find(&self, action: ChangeAction, id: &str) -> Since {
        let (same, opposite) = match action {
            ChangeAction::Add => (&self.added, &self.released),
            ChangeAction::Release => (&self.released, &self.added),
        };
        match (opposite.contains(id), same.contains(id)) {
            (true, _) => Since::Opposite,
            (false, true) => Since::Same,
            (false, false) => Since::Nothing,
        }
    }
}

/// Action of later requests for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    Nothing,
    Same,
    Opposite,
}

fn age(request: &ChangeRequest, reading: &InventoryReading) -> TimeDelta {
    reading.begun.to_utc() - request.touched.to_utc()
}

/// Updates of a request's items by a reading. `gone`: the ids of deleted servers.
pub(super) fn reconcile(
    request: &ChangeRequest,
    reading: &InventoryReading,
    requested_since: &RequestedSince,
    gone: &HashSet<String>,
) -> Vec<ItemUpdate> {
    let age = age(request, reading);
    let places = Places::new(request.action, &reading.fleet);
    let update = |(position, item): (usize, &RequestItem)| {
        if item.settled.is_some_and(|at| at > reading.begun) {
            return None;
        }
        let place = match places.find(&item.id) {
            Place::Nowhere if gone.contains(&item.id) => Place::Gone,
            place => place,
        };
        let since = requested_since.find(request.action, &item.id);
        let event = event(request.action, item, place, age, since)?;
        let state = transition(item.state, event)?;
        Some(ItemUpdate {
            position,
            from: item.state,
            state,
            reason: reason(event, item),
        })
    };
    request
        .items
        .iter()
        .enumerate()
        .filter_map(update)
        .collect()
}

fn reason(event: ItemEvent, item: &RequestItem) -> Option<Reason> {
    match event {
        ItemEvent::Overtake => Some(Reason::Overtaken),
        ItemEvent::ShowBefore => Some(Reason::Elsewhere),
        ItemEvent::RunLate => Some(Reason::NotShown),
        ItemEvent::Vanish => Some(Reason::Gone),
        ItemEvent::ShowWanted | ItemEvent::ShowWaiting => None,
        _ => item.reason,
    }
}

/// An added server is listed as waiting at once: one that is not was not added, unless the call is
/// still under way behind the gateway. A release takes up to an hour, and the lists have no word
/// for it. A refusal does not prove that nothing was done.
///
/// A later request for the opposite leaves what is done as done, and ends what has yet to take
/// effect.
fn event(
    action: ChangeAction,
    item: &RequestItem,
    place: Place,
    age: TimeDelta,
    since: Since,
) -> Option<ItemEvent> {
    use ItemState::{Accepted, NotDone, NotKnown};
    let is_late = age >= ChangeRequest::EFFECT_TIMEOUT;
    let may_be_done = item.reason.is_some_and(Reason::is_of_the_api) && !is_late;
    if item.state == NotDone && !(may_be_done && since == Since::Nothing) {
        return None;
    }
    Some(match (place, item.state) {
        (Place::Wanted, _) => ItemEvent::ShowWanted,
        (Place::Before, _) if since == Since::Opposite => ItemEvent::Overtake,
        (Place::Gone, _) if is_late => ItemEvent::Vanish,
        (Place::Waiting, _) | (_, Accepted) if is_late => ItemEvent::RunLate,
        (Place::Waiting, _) => ItemEvent::ShowWaiting,
        (Place::Before, NotKnown) if is_over(action, item.reason, age) => ItemEvent::TakeNoEffect,
        (Place::Before, _) => ItemEvent::ShowBefore,
        (Place::Nowhere | Place::Gone, _) => return None,
    })
}

/// Whether a call without a clear answer can no longer take effect.
fn is_over(action: ChangeAction, reason: Option<Reason>, age: TimeDelta) -> bool {
    match action {
        ChangeAction::Add => reason == Some(Reason::BadAnswer) || age >= GATEWAY_TIMEOUT,
        ChangeAction::Release => age >= ChangeRequest::EFFECT_TIMEOUT,
    }
}

#[cfg(test)]
mod tests {
    use crate::model::ItemKind;

    use super::*;

    fn item(state: ItemState, reason: Option<Reason>) -> RequestItem {
        RequestItem {
            id: "vm".to_owned(),
            kind: ItemKind::Vm,
            name: String::new(),
            address: String::new(),
            servers: 1,
            vm_names: Vec::new(),
            state,
            reason,
            message: None,
            settled: None,
        }
    }

    fn state_after(
        action: ChangeAction,
        item: &RequestItem,
        place: Place,
        age: TimeDelta,
        since: Since,
    ) -> ItemState {
        let event = event(action, item, place, age, since);
        let next = event.and_then(|event| transition(item.state, event));
        next.unwrap_or(item.state)
    }

    #[test]
    fn lists_tell_an_outcome_once_it_is_certain() {
        use ChangeAction::{Add, Release};
        use ItemState::{Accepted, Done, Expired, NotDone, NotKnown, Overdue, Planned, Undone};
        use Reason::{AlreadyMonitored, BadAnswer, NoAnswer, Refused};
        let soon = TimeDelta::seconds(1);
        let minute = TimeDelta::seconds(60);
        let hour = TimeDelta::hours(1);
        let (wanted, before) = (Place::Wanted, Place::Before);
        for (action, state, reason, place, age, expected) in [
            (Add, NotKnown, Some(NoAnswer), wanted, soon, Done),
            (Add, NotKnown, Some(NoAnswer), before, soon, NotKnown),
            (Add, NotKnown, Some(NoAnswer), before, minute, NotDone),
            (Add, NotKnown, Some(BadAnswer), before, soon, NotDone),
            (
                Add,
                NotKnown,
                Some(NoAnswer),
                Place::Nowhere,
                minute,
                NotKnown,
            ),
            (Add, NotDone, Some(Refused), wanted, soon, Done),
            // Too late to be an effect of the refused call.
            (Add, NotDone, Some(Refused), wanted, hour, NotDone),
            // It was monitored before the request.
            (Add, NotDone, Some(AlreadyMonitored), wanted, soon, NotDone),
            (Add, Planned, None, wanted, soon, Planned),
            (
                Add,
                Accepted,
                None,
                Place::Waiting,
                soon,
                ItemState::Waiting,
            ),
            (Add, Accepted, None, before, minute, Accepted),
            (Add, Accepted, None, before, hour, Overdue),
            (Add, ItemState::Waiting, None, Place::Waiting, hour, Overdue),
            (Add, ItemState::Waiting, None, before, soon, Undone),
            (Add, Overdue, None, wanted, hour, Done),
            (Add, Done, None, before, hour, Undone),
            (Add, Undone, None, wanted, hour, Undone),
            (Release, NotKnown, Some(BadAnswer), before, minute, NotKnown),
            (Release, NotKnown, Some(NoAnswer), before, hour, NotDone),
            (Release, NotKnown, Some(NoAnswer), wanted, soon, Done),
            (Release, NotDone, Some(Refused), before, soon, NotDone),
            (Release, Accepted, None, before, minute, Accepted),
            (Release, Accepted, None, before, hour, Overdue),
            (Release, Done, None, before, hour, Undone),
            (Release, Accepted, None, Place::Gone, minute, Accepted),
            (Release, Accepted, None, Place::Gone, hour, Expired),
            (Release, Overdue, None, Place::Gone, hour, Expired),
            (Release, Overdue, None, Place::Nowhere, hour, Overdue),
            (Release, Done, None, Place::Gone, hour, Done),
            (Release, Expired, None, wanted, hour, Expired),
        ] {
            let told = state_after(action, &item(state, reason), place, age, Since::Nothing);
            assert_eq!(told, expected, "{action:?} {state:?} {place:?} {age}");
        }
    }

    #[test]
    fn later_request_is_no_undoing_elsewhere() {
        use ItemState::{Accepted, Done, NotDone, Overdue, Undone, Waiting};
        let soon = TimeDelta::seconds(1);
        for (state, place, since, expected) in [
            (Done, Place::Before, Since::Opposite, Done),
            (Done, Place::Before, Since::Same, Undone),
            (Waiting, Place::Before, Since::Opposite, Undone),
            (Accepted, Place::Before, Since::Opposite, Undone),
            (Overdue, Place::Before, Since::Opposite, Undone),
            (Accepted, Place::Before, Since::Same, Accepted),
            (NotDone, Place::Wanted, Since::Same, NotDone),
            (NotDone, Place::Wanted, Since::Opposite, NotDone),
        ] {
            let item = item(state, Some(Reason::Refused));
            let told = state_after(ChangeAction::Add, &item, place, soon, since);
            assert_eq!(told, expected, "{state:?} {place:?} {since:?}");
        }
    }
}
