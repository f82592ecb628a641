//! What the API's lists, read again, say of items that the answers left open.

use chrono::TimeDelta;

use crate::{
    model::{Fleet, KoreanTime},
    store::{ControlAction, ControlItem, ControlRequest, ItemState, Reason, Settled},
};

use super::plan::by_id;

/// The gateway gives up on a call after this time (SECMON.md, "Errors"): one that was not answered
/// may take effect until then.
const LATEST_EFFECT: TimeDelta = TimeDelta::seconds(60);

/// What the vendor says a release may take.
const LATEST_RELEASE: TimeDelta = TimeDelta::hours(1);

/// Where the lists show a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Wanted,
    Before,
    Nowhere,
}

fn place(action: ControlAction, id: &str, fleet: &Fleet) -> Place {
    let (before, wanted) = match action {
        ControlAction::Add => (&fleet.not_monitored, &fleet.monitored),
        ControlAction::Release => (&fleet.monitored, &fleet.not_monitored),
    };
    if by_id(before, id).is_some() {
        Place::Before
    } else if by_id(wanted, id).is_some() {
        Place::Wanted
    } else {
        Place::Nowhere
    }
}

/// What the lists, read at `now`, tell of the items at `open`.
pub(super) fn settle(
    request: &ControlRequest,
    open: impl IntoIterator<Item = usize>,
    fleet: &Fleet,
    now: KoreanTime,
) -> Vec<Settled> {
    let since = now.to_utc() - request.touched.to_utc();
    let told = |position: usize| {
        let item = request.items.get(position)?;
        let state = verdict(
            request.action,
            item,
            place(request.action, &item.id, fleet),
            since,
        );
        (state != item.state).then_some(Settled {
            position,
            state,
            reason: item.reason.filter(|_| state != ItemState::Done),
        })
    };
    open.into_iter().filter_map(told).collect()
}

/// An added server is listed as waiting at once, so one that still is where it was has not been
/// added, unless the call may still be under way behind the gateway. A release takes up to an
/// hour, and the lists have no word for it.
fn verdict(action: ControlAction, item: &ControlItem, place: Place, since: TimeDelta) -> ItemState {
    if place == Place::Wanted {
        return ItemState::Done;
    }
    if item.state != ItemState::NotKnown || place == Place::Nowhere {
        return item.state;
    }
    let answered = item.reason == Some(Reason::BadAnswer);
    let is_over = match action {
        ControlAction::Add => answered || since >= LATEST_EFFECT,
        ControlAction::Release => since >= LATEST_RELEASE,
    };
    if is_over {
        ItemState::NotDone
    } else {
        ItemState::NotKnown
    }
}

#[cfg(test)]
mod tests {
    use crate::store::ItemKind;

    use super::*;

    #[test]
    fn the_lists_tell_what_an_answer_left_open_once_it_can_be_told() {
        use ControlAction::{Add, Release};
        use ItemState::{Done, NotDone, NotKnown};
        use Reason::{BadAnswer, NoAnswer, Refused};
        let (soon, later, much_later) = (
            TimeDelta::seconds(1),
            TimeDelta::seconds(60),
            TimeDelta::hours(1),
        );
        for (action, state, reason, place, since, expected) in [
            (Add, NotKnown, NoAnswer, Place::Wanted, soon, Done),
            (Add, NotKnown, NoAnswer, Place::Before, soon, NotKnown),
            (Add, NotKnown, NoAnswer, Place::Before, later, NotDone),
            (Add, NotKnown, BadAnswer, Place::Before, soon, NotDone),
            (Add, NotKnown, NoAnswer, Place::Nowhere, later, NotKnown),
            (Add, NotDone, Refused, Place::Wanted, soon, Done),
            (Release, NotKnown, BadAnswer, Place::Before, later, NotKnown),
            (
                Release,
                NotKnown,
                NoAnswer,
                Place::Before,
                much_later,
                NotDone,
            ),
            (Release, NotKnown, NoAnswer, Place::Wanted, soon, Done),
            (Release, NotDone, Refused, Place::Before, soon, NotDone),
        ] {
            let item = ControlItem {
                id: "vm".to_owned(),
                kind: ItemKind::Vm,
                name: String::new(),
                address: String::new(),
                servers: 1,
                state,
                reason: Some(reason),
                message: None,
                settled: None,
            };
            let told = verdict(action, &item, place, since);
            assert_eq!(told, expected, "{action:?} {state:?} {place:?} {since}");
        }
    }
}
