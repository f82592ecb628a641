//! What the API's lists, read again, say of items that the answers left open.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::{
    model::Fleet,
    store::{ControlAction, ControlItem, ControlRequest, ItemState, Reason, Settled},
};

use super::{FleetReading, plan::by_id};

/// The gateway gives up on a call after this time (SECMON.md, "Errors"): one that was not answered
/// may take effect until then.
const LATEST_EFFECT: TimeDelta = TimeDelta::seconds(60);

/// What the vendor says that adding and releasing may take.
const LATEST: TimeDelta = TimeDelta::hours(1);

/// Where the lists show a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Wanted,
    /// On its way there: asked to be monitored, and not monitored yet.
    Waiting,
    Before,
    Nowhere,
}

fn place(action: ControlAction, id: &str, fleet: &Fleet) -> Place {
    let (before, wanted) = match action {
        ControlAction::Add => (&fleet.not_monitored, &fleet.monitored),
        ControlAction::Release => (&fleet.monitored, &fleet.not_monitored),
    };
    if by_id(before, id).is_some() {
        return Place::Before;
    }
    match by_id(wanted, id) {
        Some(server) if action == ControlAction::Add && server.is_waiting() => Place::Waiting,
        Some(_) => Place::Wanted,
        None => Place::Nowhere,
    }
}

/// What a reading tells of a request's items. `asked_since`: the ids of things that later requests
/// were about.
pub(super) fn settle(
    request: &ControlRequest,
    reading: &FleetReading,
    asked_since: &HashSet<String>,
) -> Vec<Settled> {
    let since = reading.begun.to_utc() - request.touched.to_utc();
    let told = |(position, item): (usize, &ControlItem)| {
        if item.settled.is_some_and(|at| at > reading.begun) {
            return None;
        }
        let place = place(request.action, &item.id, &reading.fleet);
        let state = verdict(request.action, item, place, since);
        // A later request explains it: what this one did stays told as it was.
        let state = match state {
            ItemState::Undone if asked_since.contains(&item.id) => return None,
            state => state,
        };
        let reason = match state {
            ItemState::Undone => Some(Reason::Elsewhere),
            ItemState::Overdue => Some(Reason::NotShown),
            ItemState::Done | ItemState::Waiting => None,
            _ => item.reason,
        };
        (state != item.state).then_some(Settled {
            position,
            from: item.state,
            state,
            reason,
        })
    };
    request.items.iter().enumerate().filter_map(told).collect()
}

/// An added server is listed as waiting at once, so one that still is where it was after a call
/// without an answer has not been added, unless the call may still be under way behind the
/// gateway. A release takes up to an hour, and the lists have no word for it.
fn verdict(action: ControlAction, item: &ControlItem, place: Place, since: TimeDelta) -> ItemState {
    use ItemState::{Accepted, Done, NotDone, NotKnown, Overdue, Undone, Waiting};
    let may_be_sent = !matches!(item.state, ItemState::Planned | ItemState::Sending);
    let not_sent = item.state == NotDone && !item.reason.is_some_and(Reason::is_of_the_api);
    if !may_be_sent || not_sent || item.state == Undone {
        return item.state;
    }
    match (place, item.state) {
        (Place::Wanted, _) | (Place::Waiting, Done) => Done,
        (Place::Waiting, _) | (_, Accepted) if since >= LATEST => Overdue,
        (Place::Waiting, _) => Waiting,
        (Place::Before, Waiting | Done) => Undone,
        (Place::Before, NotKnown) if is_over(action, item.reason, since) => NotDone,
        (_, state) => state,
    }
}

/// Can a call that brought no clear answer no longer take effect.
fn is_over(action: ControlAction, reason: Option<Reason>, since: TimeDelta) -> bool {
    match action {
        ControlAction::Add => reason == Some(Reason::BadAnswer) || since >= LATEST_EFFECT,
        ControlAction::Release => since >= LATEST,
    }
}

#[cfg(test)]
mod tests {
    use crate::store::ItemKind;

    use super::*;

    fn item(state: ItemState, reason: Option<Reason>) -> ControlItem {
        ControlItem {
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

    #[test]
    fn the_lists_tell_what_became_of_a_thing_once_it_can_be_told() {
        use ControlAction::{Add, Release};
        use ItemState::{Accepted, Done, NotDone, NotKnown, Overdue, Planned, Undone};
        use Reason::{AlreadyMonitored, BadAnswer, NoAnswer, Refused};
        let soon = TimeDelta::seconds(1);
        let minute = TimeDelta::seconds(60);
        let hour = TimeDelta::hours(1);
        let (wanted, before) = (Place::Wanted, Place::Before);
        for (action, state, reason, place, since, expected) in [
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
        ] {
            let told = verdict(action, &item(state, reason), place, since);
            assert_eq!(told, expected, "{action:?} {state:?} {place:?} {since}");
        }
    }
}
