//! Attribution of the vendor's history rows to requests of the portal. A row names servers, and no person.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use crate::model::{
    ApiTimestamp, ChangeAction, ChangeRequest, HistoryEntry, ItemState, KstDateTime, Reason,
    RequestItem,
};

/// Largest difference between the vendor's clock and the portal's.
const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);

/// The period in which the request of a history row can have been made: a row's time is that of the
/// request or of its effect.
#[must_use]
pub fn asked_before(registered: KstDateTime) -> (KstDateTime, KstDateTime) {
    (
        registered.minus(ChangeRequest::EFFECT_TIMEOUT),
        registered.minus(-MAX_CLOCK_SKEW),
    )
}

/// History rows with the requests that brought them about.
#[derive(Debug, Default)]
pub struct Attribution {
    requests: Vec<ChangeRequest>,
    /// The index of each row's request.
    of_rows: Vec<Option<usize>>,
    /// Names that several servers of the team have.
    shared_names: HashSet<String>,
}

/// The origin of a row.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub request: Option<&'a ChangeRequest>,
    /// No request of the portal fits.
    pub is_outside: bool,
    /// Several servers have the row's name: it may be about another one.
    pub is_shared_name: bool,
}

/// The server of a page.
#[derive(Debug, Clone, Copy)]
pub struct ServerIdentity<'a> {
    /// Its own id and that of its load balancer.
    pub ids: [&'a str; 2],
    pub names: &'a HashSet<String>,
}

impl Attribution {
    /// Assigns to each row the newest request that can have brought it about, by names, action and
    /// time. A request did each thing once: it explains the oldest row that fits. Rows and
    /// requests stand newest first.
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
        let mut oldest_first: Vec<(usize, KstDateTime)> = rows
            .iter()
            .enumerate()
            .rev()
            .filter_map(|(index, row)| Some((index, registered(row)?)))
            .collect();
        oldest_first.sort_by_key(|(_, at)| *at);
        let mut of_rows = vec![None; rows.len()];
        for (index, at) in oldest_first {
            let row = &rows[index];
            let (from, to) = asked_before(at);
            let fits = |request: usize| {
                let ChangeRequest { asked, action, .. } = requests[request];
                let is_left = |name: &String| {
                    let mut ends = sent[request].get(name.as_str()).into_iter().flatten();
                    ends.any(|end| end.is_none_or(|end| at <= end))
                };
                asked >= from && asked <= to && is_way(row, action) && row.names.iter().all(is_left)
            };
            let Some(request) = (0..requests.len()).find(|request| fits(*request)) else {
                continue;
            };
            for name in &row.names {
                if let Some(ends) = sent[request].get_mut(name.as_str()) {
                    ends.pop();
                }
            }
            of_rows[index] = Some(request);
        }
        Self {
            requests,
            of_rows,
            shared_names,
        }
    }

    /// Rows with their origins.
    pub fn with<'a>(
        &'a self,
        rows: &'a [HistoryEntry],
    ) -> impl Iterator<Item = (&'a HistoryEntry, Origin<'a>)> {
        self.rows(rows).map(|(row, request)| {
            let origin = Origin {
                request,
                is_outside: request.is_none(),
                // A row without a request claims nothing of a single server.
                is_shared_name: request.is_some() && self.are_shared(row.names.iter()),
            };
            (row, origin)
        })
    }

    /// The same for the page of one server and rows that name it. A request for another server of
    /// that name is not shown as one for this server.
    pub fn of_server<'a>(
        &'a self,
        rows: &'a [HistoryEntry],
        server: ServerIdentity<'a>,
    ) -> impl Iterator<Item = (&'a HistoryEntry, Origin<'a>)> {
        self.rows(rows).map(move |(row, request)| {
            let mut names = row.names.iter().filter(|name| server.names.contains(*name));
            let mut origin = Origin {
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
                    origin.request = None;
                }
                Some(request) if origin.is_shared_name => {
                    origin.is_shared_name = items_named(request, row) > row.names.len();
                }
                _ => {}
            }
            (row, origin)
        })
    }

    fn rows<'a>(
        &'a self,
        rows: &'a [HistoryEntry],
    ) -> impl Iterator<Item = (&'a HistoryEntry, Option<&'a ChangeRequest>)> {
        // Rows are shown also if the store has failed.
        let of_rows = self.of_rows.iter().copied().chain(std::iter::repeat(None));
        let request = |index: Option<usize>| self.requests.get(index?);
        rows.iter().zip(of_rows.map(request))
    }

    /// A name that only one server has identifies it.
    fn are_shared<'a>(&self, names: impl Iterator<Item = &'a String>) -> bool {
        let mut names = names.peekable();
        names.peek().is_some() && names.all(|name| self.shared_names.contains(name))
    }
}

/// Number of a request's items that the row names.
fn items_named(request: &ChangeRequest, row: &HistoryEntry) -> usize {
    let is_named = |item: &&RequestItem| {
        let mut names = item.vm_names.iter().chain([&item.name]);
        names.any(|name| row.names.contains(name))
    };
    request.items.iter().filter(is_named).count()
}

/// An unknown kind of change may be either.
fn is_way(change: &HistoryEntry, action: ChangeAction) -> bool {
    let Some(kind) = change.kind.as_ref() else {
        return true;
    };
    match action {
        ChangeAction::Add => !kind.is("word-change-release"),
        ChangeAction::Release => !kind.is("word-change-new"),
    }
}

/// The names of servers that the API may have received, also those of load balancers. For each
/// server of a name, until when a row may be of it: what is done is not done again.
fn sent_names(request: &ChangeRequest) -> HashMap<&str, Vec<Option<KstDateTime>>> {
    let was_sent = |item: &&RequestItem| match item.state {
        ItemState::Planned => false,
        ItemState::NotDone => item.reason.is_some_and(Reason::is_of_the_api),
        _ => true,
    };
    let mut names: HashMap<&str, Vec<Option<KstDateTime>>> = HashMap::new();
    for item in request.items.iter().filter(was_sent) {
        let shown = item.settled.filter(|_| item.state == ItemState::Done);
        let end = shown.map(|at| at.minus(-MAX_CLOCK_SKEW));
        let own = Some(&item.name).filter(|name| !item.vm_names.contains(name));
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
    fn rows_without_requests_are_listed_as_outside() {
        let rows = [HistoryEntry::default(), HistoryEntry::default()];
        let told = Attribution::default();
        assert_eq!(told.with(&rows).count(), 2);
        assert!(told.with(&rows).all(|(_, origin)| origin.is_outside));
    }
}
