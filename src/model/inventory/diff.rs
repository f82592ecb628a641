//! The difference between a reading and the stored inventory.

use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
};

use chrono::TimeDelta;

use super::{ObservedServer, Protection, ServerChangeKind, Snapshot};

/// A missing server may be on its way from one list to the other: it counts as deleted after this
/// time.
const MISSING_TIMEOUT: TimeDelta = TimeDelta::minutes(5);

/// A row of the inventory. Times are milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct StoredServer {
    pub id: String,
    pub name: String,
    pub address: String,
    /// The load balancer in front of it, or nothing.
    pub balancer: String,
    pub state: Protection,
    pub since: i64,
    pub otherwise: Option<i64>,
    pub new: Option<i64>,
    pub elsewhere: Option<i64>,
    pub missing: Option<i64>,
    pub gone: Option<i64>,
}

/// A row to be written, and the change that it shows.
#[derive(Debug)]
pub struct ServerDiff {
    pub server: StoredServer,
    pub change: Option<ServerChangeKind>,
    /// The load balancer in front of it before.
    pub balancer_before: String,
    /// Since when it was in its state before.
    pub since_before: i64,
}

impl StoredServer {
    fn new(seen: &ObservedServer<'_>, since: i64) -> Self {
        Self {
            id: seen.id.to_owned(),
            name: seen.name.to_owned(),
            address: seen.address(),
            balancer: seen.balancer.to_owned(),
            state: seen.state,
            since,
            otherwise: None,
            new: None,
            elsewhere: None,
            missing: None,
            gone: None,
        }
    }

    /// Left out by the latest reading, and not deleted yet.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.missing.is_some() && self.gone.is_none()
    }

    fn looks_like(&self, seen: &ObservedServer<'_>) -> bool {
        self.name == seen.name
            && self.balancer == seen.balancer
            && self.state == seen.state
            && self.address == seen.address()
    }

    /// This server as it is now.
    fn diff(&self, server: Self, change: Option<ServerChangeKind>) -> ServerDiff {
        ServerDiff {
            server,
            change,
            balancer_before: self.balancer.clone(),
            since_before: self.since,
        }
    }
}

/// The difference of a reading begun at `at` to the stored inventory. `before`: start of the previous reading, or
/// `None` for the first one, which reports no changes.
#[must_use]
pub fn diff(
    known: &HashMap<String, StoredServer, impl BuildHasher>,
    snapshot: &Snapshot<'_>,
    before: Option<i64>,
    at: i64,
) -> Vec<ServerDiff> {
    let mut diffs = Vec::new();
    let mut shown = HashSet::new();
    for seen in &snapshot.seen {
        shown.insert(seen.id);
        diffs.extend(match known.get(seen.id) {
            Some(known) if known.gone.is_none() => still_there(known, seen, before, at),
            _ => Some(turned_up(seen, before, at)),
        });
    }
    let left_out = known.values();
    let left_out = left_out.filter(|server| server.gone.is_none() && !shown.contains(&*server.id));
    diffs.extend(left_out.filter_map(|server| left_out_at(server, at)));
    diffs
}

fn turned_up(seen: &ObservedServer<'_>, before: Option<i64>, at: i64) -> ServerDiff {
    let is_unprotected = seen.state == Protection::NotMonitored;
    ServerDiff {
        server: StoredServer {
            otherwise: before,
            new: before.and(is_unprotected.then_some(at)),
            ..StoredServer::new(seen, at)
        },
        change: before.map(|_| ServerChangeKind::Appeared),
        balancer_before: String::new(),
        since_before: at,
    }
}

fn still_there(
    known: &StoredServer,
    seen: &ObservedServer<'_>,
    before: Option<i64>,
    at: i64,
) -> Option<ServerDiff> {
    if known.looks_like(seen) && known.missing.is_none() {
        return None;
    }
    if known.state == seen.state {
        let server = StoredServer {
            otherwise: known.otherwise,
            new: known.new,
            elsewhere: known.elsewhere,
            ..StoredServer::new(seen, known.since)
        };
        return Some(known.diff(server, None));
    }
    let change = match (known.state, seen.state) {
        (_, Protection::Monitored) => Some(ServerChangeKind::Monitored),
        (Protection::Waiting, Protection::NotMonitored) => Some(ServerChangeKind::Withdrawn),
        (_, Protection::NotMonitored) => Some(ServerChangeKind::Released),
        (_, Protection::Waiting) => None,
    };
    // A withdrawn server was unmonitored before, since an unknown time.
    let is_withdrawn = change == Some(ServerChangeKind::Withdrawn);
    let server = StoredServer {
        otherwise: before.filter(|_| !is_withdrawn),
        ..StoredServer::new(seen, at)
    };
    Some(known.diff(server, change))
}

fn left_out_at(known: &StoredServer, at: i64) -> Option<ServerDiff> {
    let mut server = known.clone();
    match known.missing {
        // A time ahead: the clock was set back, and counting begins anew.
        Some(since) if since <= at => {
            if at - since < MISSING_TIMEOUT.num_milliseconds() {
                return None;
            }
            server.gone = Some(at);
            Some(known.diff(server, Some(ServerChangeKind::Gone)))
        }
        _ => {
            server.missing = Some(at);
            Some(known.diff(server, None))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(id: &str, state: Protection) -> ObservedServer<'_> {
        ObservedServer {
            id,
            name: id,
            ips: [None; 2],
            balancer: "",
            state,
        }
    }

    fn reading<'a>(servers: &[(&'a str, Protection)]) -> Snapshot<'a> {
        let seen = servers.iter().map(|(id, state)| seen(id, *state));
        Snapshot {
            seen: seen.collect(),
            ..Snapshot::default()
        }
    }

    /// The changes that each of some readings, at those minutes, shows.
    fn changes(readings: &[(i64, Snapshot<'_>)]) -> Vec<Vec<(String, ServerChangeKind)>> {
        let mut known: HashMap<String, StoredServer> = HashMap::new();
        let mut before = None;
        let mut all = Vec::new();
        for (minute, snapshot) in readings {
            let at = minute * 60_000;
            let mut changes = Vec::new();
            for diff in diff(&known, snapshot, before, at) {
                changes.extend(diff.change.map(|kind| (diff.server.id.clone(), kind)));
                known.insert(diff.server.id.clone(), diff.server);
            }
            before = Some(at);
            all.push(changes);
        }
        all
    }

    #[test]
    fn first_reading_changes_nothing_and_later_ones_do() {
        use Protection::{Monitored, NotMonitored, Waiting};
        let both = |state| reading(&[("a", state), ("b", Monitored)]);
        let change = |id: &str, kind| vec![(id.to_owned(), kind)];
        let three = [("a", NotMonitored), ("b", Monitored), ("c", NotMonitored)];
        assert_eq!(
            changes(&[
                (0, both(NotMonitored)),
                (5, both(Waiting)),
                (10, both(Monitored)),
                (15, both(NotMonitored)),
                (20, reading(&three)),
            ]),
            [
                vec![],
                vec![],
                change("a", ServerChangeKind::Monitored),
                change("a", ServerChangeKind::Released),
                change("c", ServerChangeKind::Appeared),
            ]
        );
    }

    #[test]
    fn waiting_server_is_withdrawn_and_not_released() {
        use Protection::{NotMonitored, Waiting};
        let waiting = turned_up(&seen("a", Waiting), None, 0).server;
        let known = HashMap::from([("a".to_owned(), waiting)]);
        let diff = diff(&known, &reading(&[("a", NotMonitored)]), Some(0), 60_000).remove(0);
        assert_eq!(diff.change, Some(ServerChangeKind::Withdrawn));
        assert_eq!(diff.server.otherwise, None, "since then or longer");
    }

    #[test]
    fn missing_server_is_gone_after_five_minutes() {
        let there = || reading(&[("a", Protection::Monitored)]);
        let away = || reading(&[]);
        let changes = changes(&[
            (0, there()),
            (1, away()),
            (2, there()),
            (3, away()),
            (9, away()),
        ]);
        assert_eq!(changes[..4], [vec![], vec![], vec![], vec![]]);
        assert_eq!(changes[4], [("a".to_owned(), ServerChangeKind::Gone)]);
    }
}
