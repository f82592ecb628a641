//! Attribution of the vendor's history rows to requests of the portal. A row names servers by name
//! only, and no person.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use crate::{
    model::{ApiTimestamp, ChangeAction, HistoryEntry, ItemState, KstDateTime, Reason},
    store::{ChangeRequest, RequestItem},
};

/// The vendor's clock may be that far from the portal's.
const CLOCKS: TimeDelta = TimeDelta::minutes(1);

/// A row may be registered when a request is received or when it has taken effect: within the hour
/// that the vendor says it may take.
const LATEST: TimeDelta = TimeDelta::hours(1);

/// When a request can have been asked for that brought about a row registered then.
#[must_use]
pub fn asked_before(registered: KstDateTime) -> (KstDateTime, KstDateTime) {
    (registered.minus(LATEST), registered.minus(-CLOCKS))
}

/// Rows of the history with the requests that brought them about.
#[derive(Debug, Default)]
pub struct Attribution {
    requests: Vec<ChangeRequest>,
    /// For each row the index of its request.
    of_rows: Vec<Option<usize>>,
    /// Names that several servers of the team have.
    shared_names: HashSet<String>,
}

/// What is known of the origin of a row.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub request: Option<&'a ChangeRequest>,
    /// No request of the portal fits.
    pub is_outside: bool,
    /// Several servers have the name that the row is found by: it may be about another one.
    pub is_shared_name: bool,
}

/// The server that a page is about.
#[derive(Debug, Clone, Copy)]
pub struct ServerIdentity<'a> {
    /// Its own id and that of its load balancer.
    pub ids: [&'a str; 2],
    pub names: &'a HashSet<String>,
}

impl Attribution {
    /// For each row the newest of `requests`, newest first, that can have brought it about: it was
    /// about VMs of those names, in that direction, at that time. A request did each thing once,
    /// so what came of it is told of one row, the oldest that fits.
    #[must_use]
    pub fn new(
        rows: &[HistoryEntry],
        requests: Vec<ChangeRequest>,
        shared_names: HashSet<String>,
    ) -> Self {
        let mut sent: Vec<_> = requests.iter().map(sent_names).collect();
        let registered = |row: &HistoryEntry| match row.registered {
            Some(ApiTimestamp::At(at)) if !row.names.is_empty() => Some(at),
            _ => None,
        };
        // The newest stand first.
        let mut oldest_first: Vec<(usize, KstDateTime)> = rows
            .iter()
            .enumerate()
            .rev()
            .filter_map(|(place, row)| Some((place, registered(row)?)))
            .collect();
        oldest_first.sort_by_key(|oldest_first| oldest_first.1);
        let mut of_rows = vec![None; rows.len()];
        for (place, at) in oldest_first {
            let row = &rows[place];
            let (from, to) = asked_before(at);
            let fits = |request: usize| {
                let ChangeRequest { asked, action, .. } = requests[request];
                let is_left = |name: &String| {
                    let ends = sent[request].get(name.as_str());
                    ends.is_some_and(|value| {
                        value.iter().any(|end| end.is_none_or(|end| at <= end))
                    })
                };
                asked >= from && asked <= to && is_way(row, action) && row.names.iter().all(is_left)
            };
            let Some(request) = (0..requests.len()).find(|value| fits(*value)) else {
                continue;
            };
            for name in &row.names {
                if let Some(ends) = sent[request].get_mut(name.as_str()) {
                    ends.pop();
                }
            }
            of_rows[place] = Some(request);
        }
        Self {
            requests,
            of_rows,
            shared_names,
        }
    }

    /// Each of the rows with its origin.
    pub fn with<'a>(
        &'a self,
        rows: &'a [HistoryEntry],
    ) -> impl Iterator<Item = (&'a HistoryEntry, Origin<'a>)> {
        self.rows(rows).map(|(row, request)| {
            let origin = Origin {
                request,
                is_outside: request.is_none(),
                // A row that nobody is named for claims nothing of a single server.
                is_shared_name: request.is_some() && self.are_shared(row.names.iter()),
            };
            (row, origin)
        })
    }

    /// The same on the page of one server, for rows that name it. A request for another server of
    /// that name is not told as one for this server.
    pub fn of_server<'a>(
        &'a self,
        rows: &'a [HistoryEntry],
        server: ServerIdentity<'a>,
    ) -> impl Iterator<Item = (&'a HistoryEntry, Origin<'a>)> {
        self.rows(rows).map(move |(row, request)| {
            let mut names = row.names.iter().filter(|name| server.names.contains(*name));
            let origin = Origin {
                request,
                is_outside: request.is_none(),
                is_shared_name: self.are_shared(&mut names),
            };
            let is_for_server = |request: &ChangeRequest| {
                let mut items = request.items.iter();
                items.any(|item| server.ids.contains(&item.id.as_str()))
            };
            match request {
                Some(request) if origin.is_shared_name && !is_for_server(request) => {
                    let request = None;
                    (row, Origin { request, ..origin })
                }
                Some(request) if origin.is_shared_name => {
                    let is_shared_name = items_named(request, row) > row.names.len();
                    (
                        row,
                        Origin {
                            is_shared_name,
                            ..origin
                        },
                    )
                }
                _ => (row, origin),
            }
        })
    }

    fn rows<'a>(
        &'a self,
        rows: &'a [HistoryEntry],
    ) -> impl Iterator<Item = (&'a HistoryEntry, Option<&'a ChangeRequest>)> {
        // A row is shown also when nothing could be looked up for it.
        let of_rows = self.of_rows.iter().copied().chain(std::iter::repeat(None));
        let request = |index: Option<usize>| self.requests.get(index?);
        rows.iter().zip(of_rows.map(request))
    }

    /// One name that a single server has tells which server a row is about.
    fn are_shared<'a>(&self, names: impl Iterator<Item = &'a String>) -> bool {
        let mut names = names.peekable();
        names.peek().is_some() && names.all(|name| self.shared_names.contains(name))
    }
}

/// How many items of a request have a name that the row has.
fn items_named(request: &ChangeRequest, row: &HistoryEntry) -> usize {
    let is_named = |item: &&RequestItem| {
        let mut names = item.vm_names.iter().chain([&item.name]);
        names.any(|name| row.names.contains(name))
    };
    request.items.iter().filter(is_named).count()
}

/// A kind of change that no guide lists may be either.
fn is_way(change: &HistoryEntry, action: ChangeAction) -> bool {
    let Some(kind) = change.kind.as_ref() else {
        return true;
    };
    match action {
        ChangeAction::Add => !kind.is("word-change-release"),
        ChangeAction::Release => !kind.is("word-change-new"),
    }
}

/// The names of what the API may have got to know of: the VMs, and a load balancer's own name. For
/// each thing of that name, until when a row may be of it: what the lists showed as done was not
/// done again.
fn sent_names(request: &ChangeRequest) -> HashMap<&str, Vec<Option<KstDateTime>>> {
    let was_sent = |request_item: &&RequestItem| match request_item.state {
        ItemState::Planned => false,
        ItemState::NotDone => request_item.reason.is_some_and(Reason::is_of_the_api),
        _ => true,
    };
    let mut names: HashMap<&str, Vec<Option<KstDateTime>>> = HashMap::new();
    for item in request.items.iter().filter(was_sent) {
        let shown = item.settled.filter(|_| item.state == ItemState::Done);
        let end = shown.map(|at| at.minus(-CLOCKS));
        let own = Some(&item.name).filter(|value| !item.vm_names.contains(value));
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
        let rows = [HistoryEntry::default(), HistoryEntry::default()];
        let told = Attribution::default();
        assert_eq!(told.with(&rows).count(), 2);
        assert!(told.with(&rows).all(|(_, origin)| origin.is_outside));
    }
}
