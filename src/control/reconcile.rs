//! What the API's lists, read again, say of items that the answers left open.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::{
    model::{ChangeAction, ItemEvent, ItemState, Reason, transition},
    store::{ChangeRequest, RequestItem, Settled},
};

use super::{
    InventoryReading,
    places::{Place, Places},
};

/// The gateway gives up on a call after this time (docs/secmon-api.md): one that was not answered
/// may take effect until then.
const LATEST_EFFECT: TimeDelta = TimeDelta::seconds(60);

/// What the vendor says that adding and releasing may take.
const LATEST: TimeDelta = TimeDelta::hours(1);

/// The ids of things that later requests were about and may have changed.
#[derive(Debug, Default)]
pub(super) struct RequestedSince {
    added: HashSet<String>,
    released: HashSet<String>,
}

impl RequestedSince {
    /// What the next older requests were followed by. A refused one may have been done all the
    /// same, but not later than any other.
    pub fn learn(&mut self, request: &ChangeRequest, reading: &InventoryReading) {
        let is_late = age(request, reading) >= LATEST;
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

    fn of(&self, action: ChangeAction, id: &str) -> Since {
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

/// What was asked of a thing later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    Nothing,
    Same,
    Opposite,
}

fn age(request: &ChangeRequest, reading: &InventoryReading) -> TimeDelta {
    reading.begun.to_utc() - request.touched.to_utc()
}

/// What a reading tells of a request's items. `gone`: the ids of servers that were deleted.
pub(super) fn settle(
    request: &ChangeRequest,
    reading: &InventoryReading,
    asked_since: &RequestedSince,
    gone: &HashSet<String>,
) -> Vec<Settled> {
    let age = age(request, reading);
    let places = Places::new(request.action, &reading.fleet);
    let told = |(position, item): (usize, &RequestItem)| {
        if item.settled.is_some_and(|at| at > reading.begun) {
            return None;
        }
        let place = match places.of(&item.id) {
            Place::Nowhere if gone.contains(&item.id) => Place::Gone,
            place => place,
        };
        let since = asked_since.of(request.action, &item.id);
        let event = event(request.action, item, place, age, since)?;
        let state = transition(item.state, event)?;
        Some(Settled {
            position,
            from: item.state,
            state,
            reason: reason(event, item),
        })
    };
    request.items.iter().enumerate().filter_map(told).collect()
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

/// An added server is listed as waiting at once, so one that still is where it was after a call
/// without an answer has not been added, unless the call may still be under way behind the
/// gateway. A release takes up to an hour, and the lists have no word for it.
///
/// A refusal does not prove that nothing was done. What was done is told as such when a later
/// request has changed it; what had yet to take effect then never will.
fn event(
    action: ChangeAction,
    item: &RequestItem,
    place: Place,
    age: TimeDelta,
    since: Since,
) -> Option<ItemEvent> {
    use ItemState::{Accepted, NotDone, NotKnown};
    let is_late = age >= LATEST;
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

/// Can a call that brought no clear answer no longer take effect.
fn is_over(action: ChangeAction, reason: Option<Reason>, age: TimeDelta) -> bool {
    match action {
        ChangeAction::Add => reason == Some(Reason::BadAnswer) || age >= LATEST_EFFECT,
        ChangeAction::Release => age >= LATEST,
    }
}

#[cfg(test)]
mod tests {
    use crate::store::ItemKind;

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
    fn the_lists_tell_what_became_of_a_thing_once_it_can_be_told() {
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
            // Too late to be what was refused.
            (Add, NotDone, Some(Refused), wanted, hour, NotDone),
            // It was there before anybody asked.
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
    fn what_a_later_request_changed_is_not_told_as_undone_elsewhere() {
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
