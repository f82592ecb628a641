//! Which request of the portal a row of the vendor's history came through: the history names no
//! person and no request.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::{
    model::{Change, KoreanTime, Moment},
    store::{ControlAction, ControlRequest, ItemState, Reason},
};

/// The vendor's clock may be that far from the portal's.
const CLOCKS: TimeDelta = TimeDelta::minutes(1);

/// A row may be registered when a request is received or when it has taken effect: within the hour
/// that the vendor says it may take.
const LATEST: TimeDelta = TimeDelta::hours(1);

/// When a request can have been asked for that brought about a row registered then.
#[must_use]
pub fn asked_before(registered: KoreanTime) -> (KoreanTime, KoreanTime) {
    (registered.minus(LATEST), registered.minus(-CLOCKS))
}

/// The newest of `requests`, newest first, that can have brought the row about: it was about VMs
/// of those names, in that direction, at that time.
#[must_use]
pub fn through<'a>(change: &Change, requests: &'a [ControlRequest]) -> Option<&'a ControlRequest> {
    let Some(Moment::At(registered)) = change.registered else {
        return None;
    };
    if change.names.is_empty() {
        return None;
    }
    let (from, to) = asked_before(registered);
    requests
        .iter()
        .filter(|it| it.asked >= from && it.asked <= to)
        .filter(|it| is_way(change, it.action))
        .find(|request| {
            let sent = sent_names(request);
            change.names.iter().all(|name| sent.contains(name.as_str()))
        })
}

/// A kind of change that no guide lists may be either.
fn is_way(change: &Change, action: ControlAction) -> bool {
    let Some(kind) = change.kind.as_ref() else {
        return true;
    };
    match action {
        ControlAction::Add => !kind.is("word-change-release"),
        ControlAction::Release => !kind.is("word-change-new"),
    }
}

/// The names of what the API may have got to know of: the VMs, and a load balancer's own name.
fn sent_names(request: &ControlRequest) -> HashSet<&str> {
    let was_sent = |state: ItemState, reason: Option<Reason>| match state {
        ItemState::Planned => false,
        ItemState::NotDone => reason.is_some_and(Reason::is_of_the_api),
        _ => true,
    };
    let sent = request
        .items
        .iter()
        .filter(|it| was_sent(it.state, it.reason));
    sent.flat_map(|item| {
        let vms = item.vm_names.iter().map(String::as_str);
        vms.chain(std::iter::once(item.name.as_str()))
    })
    .collect()
}
