//! What the API's lists, read again, say of items that the answers left open.

use crate::{
    model::{Fleet, KoreanTime, Server},
    store::{ControlAction, ControlRequest, Error, ItemState, Store},
};

use super::{plan::by_id, run::Run};

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

/// Compares the items at `open`, whose calls failed, with lists read after the calls.
pub(super) async fn compare(
    run: &Run<'_>,
    servers: &[Server],
    open: &[usize],
    fleet: &Fleet,
) -> Result<(), Error> {
    let Some(request) = run
        .store
        .control_request(&run.access.team, run.request)
        .await?
    else {
        return Ok(());
    };
    for &position in open {
        let (Some(item), Some(id)) = (request.items.get(position), servers[position].id()) else {
            continue;
        };
        let state = verdict(
            run.action,
            item.state,
            place(run.action, id.as_str(), fleet),
        );
        if state != item.state {
            let why = item.reason.filter(|_| state != ItemState::Done);
            let why = why.map(|reason| (reason, item.message.as_deref()));
            run.store
                .move_items(run.request, position..position + 1, state, why)
                .await?;
        }
    }
    Ok(())
}

/// An added server is listed as waiting at once, so one that still is where it was has not been
/// added. A release takes up to an hour and the lists have no word for it, so a server that
/// still is where it was may yet be released.
fn verdict(action: ControlAction, state: ItemState, place: Place) -> ItemState {
    match (place, state, action) {
        (Place::Wanted, _, _) => ItemState::Done,
        (Place::Before, ItemState::NotKnown, ControlAction::Add) => ItemState::NotDone,
        _ => state,
    }
}

/// Settles what was not known when the request was last looked at.
pub(super) async fn look_again(
    store: &Store,
    request: &mut ControlRequest,
    fleet: &Fleet,
    now: KoreanTime,
) -> Result<(), Error> {
    for (position, item) in request.items.iter_mut().enumerate() {
        if item.state != ItemState::NotKnown {
            continue;
        }
        if place(request.action, &item.id, fleet) == Place::Wanted {
            item.state = ItemState::Done;
            item.reason = None;
            item.message = None;
            item.settled = Some(now);
            store
                .move_items(&request.id, position..position + 1, ItemState::Done, None)
                .await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_tell_what_an_answer_left_open() {
        use ControlAction::{Add, Release};
        use ItemState::{Done, NotDone, NotKnown};
        for (action, state, place, expected) in [
            (Add, NotKnown, Place::Wanted, Done),
            (Add, NotKnown, Place::Before, NotDone),
            (Add, NotKnown, Place::Nowhere, NotKnown),
            (Add, NotDone, Place::Wanted, Done),
            (Release, NotKnown, Place::Before, NotKnown),
            (Release, NotKnown, Place::Wanted, Done),
            (Release, NotDone, Place::Before, NotDone),
        ] {
            assert_eq!(verdict(action, state, place), expected);
        }
    }
}
