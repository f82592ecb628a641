//! Which request of the portal a row of the vendor's history came through: the history names no
//! person and no request.

use std::collections::HashMap;

use chrono::TimeDelta;

use crate::{
    model::{Change, KoreanTime, Moment},
    store::{ControlAction, ControlItem, ControlRequest, ItemState, Reason},
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

/// Rows of the history with the requests that they came through.
#[derive(Debug, Default)]
pub struct Through {
    requests: Vec<ControlRequest>,
    /// For each row the place of its request.
    of_rows: Vec<Option<usize>>,
}

impl Through {
    /// For each row the newest of `requests`, newest first, that can have brought it about: it was
    /// about VMs of those names, in that direction, at that time. A request did each thing once,
    /// so what came of it is told of one row, the oldest that fits.
    #[must_use]
    pub fn new(rows: &[Change], requests: Vec<ControlRequest>) -> Self {
        let mut sent: Vec<_> = requests.iter().map(sent_names).collect();
        let registered = |row: &Change| match row.registered {
            Some(Moment::At(at)) if !row.names.is_empty() => Some(at),
            _ => None,
        };
        // The newest stand first.
        let mut oldest_first: Vec<(usize, KoreanTime)> = rows
            .iter()
            .enumerate()
            .rev()
            .filter_map(|(place, row)| Some((place, registered(row)?)))
            .collect();
        oldest_first.sort_by_key(|it| it.1);
        let mut of_rows = vec![None; rows.len()];
        for (place, at) in oldest_first {
            let row = &rows[place];
            let (from, to) = asked_before(at);
            let fits = |request: usize| {
                let ControlRequest { asked, action, .. } = requests[request];
                let is_left = |name: &String| {
                    let ends = sent[request].get(name.as_str());
                    ends.is_some_and(|it| it.iter().any(|end| end.is_none_or(|end| at <= end)))
                };
                asked >= from && asked <= to && is_way(row, action) && row.names.iter().all(is_left)
            };
            let Some(request) = (0..requests.len()).find(|it| fits(*it)) else {
                continue;
            };
            for name in &row.names {
                if let Some(ends) = sent[request].get_mut(name.as_str()) {
                    ends.pop();
                }
            }
            of_rows[place] = Some(request);
        }
        Self { requests, of_rows }
    }

    /// Each of the rows with the request that it came through.
    pub fn with<'a>(
        &'a self,
        rows: &'a [Change],
    ) -> impl Iterator<Item = (&'a Change, Option<&'a ControlRequest>)> {
        // A row is shown also when nothing could be looked up for it.
        let of_rows = self.of_rows.iter().copied().chain(std::iter::repeat(None));
        let request = |place: Option<usize>| self.requests.get(place?);
        rows.iter().zip(of_rows.map(request))
    }
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

/// The names of what the API may have got to know of: the VMs, and a load balancer's own name. For
/// each thing of that name, until when a row may be of it: what the lists showed as done was not
/// done again.
fn sent_names(request: &ControlRequest) -> HashMap<&str, Vec<Option<KoreanTime>>> {
    let was_sent = |it: &&ControlItem| match it.state {
        ItemState::Planned => false,
        ItemState::NotDone => it.reason.is_some_and(Reason::is_of_the_api),
        _ => true,
    };
    let mut names: HashMap<&str, Vec<Option<KoreanTime>>> = HashMap::new();
    for item in request.items.iter().filter(was_sent) {
        let shown = item.settled.filter(|_| item.state == ItemState::Done);
        let end = shown.map(|at| at.minus(-CLOCKS));
        let own = Some(&item.name).filter(|it| !item.vm_names.contains(it));
        for name in item.vm_names.iter().chain(own) {
            names.entry(name).or_default().push(end);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_for_which_nothing_was_looked_up_are_there_all_the_same() {
        let rows = [Change::default(), Change::default()];
        let told = Through::default();
        assert_eq!(told.with(&rows).count(), 2);
        assert!(told.with(&rows).all(|(_, request)| request.is_none()));
    }
}
