//! What a reading tells that is new, by comparison with what was known before.

use std::collections::{HashMap, HashSet};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};

use crate::model::{Server, ServerId, ServerLists, Vm};

use super::{Protection, ServerChangeKind};

/// A server that a reading left out may be on its way from one list to the other: it counts as
/// gone when readings have left it out for this long.
const GIVEN_UP: TimeDelta = TimeDelta::minutes(5);

/// A VM as a reading showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ObservedServer {
    pub id: String,
    pub name: String,
    pub address: String,
    /// The load balancer that it stands behind, or nothing.
    pub balancer: String,
    pub state: Protection,
}

/// What was known of it. Times are milliseconds since 1970.
#[derive(Debug, Clone)]
pub(super) struct StoredServer {
    pub seen: ObservedServer,
    pub since: i64,
    pub otherwise: Option<i64>,
    pub new: Option<i64>,
    pub elsewhere: Option<i64>,
    pub missing: Option<i64>,
    pub gone: Option<i64>,
}

/// A reading of the lists, VM by VM.
pub(super) struct Snapshot {
    /// Those with an id, each once.
    pub seen: Vec<ObservedServer>,
    pub servers: usize,
    pub monitored: usize,
    pub waiting: usize,
}

impl Snapshot {
    pub fn new(fleet: &ServerLists) -> Self {
        let mut snapshot = Self {
            seen: Vec::new(),
            servers: 0,
            monitored: 0,
            waiting: 0,
        };
        let mut ids = HashSet::new();
        let lists = [(&fleet.monitored, true), (&fleet.not_monitored, false)];
        for (servers, applied) in lists {
            for server in servers {
                let balancer = match server {
                    Server::LoadBalancer(it) => text(it.id.as_ref()),
                    Server::Vm(_) => String::new(),
                };
                for vm in server.vms() {
                    let id = text(vm.id.as_ref());
                    // One that stands in both lists for a moment is one server.
                    if !id.is_empty() && !ids.insert(id.clone()) {
                        continue;
                    }
                    snapshot.count(id, vm, &balancer, protection(applied, server, vm));
                }
            }
        }
        snapshot
    }

    fn count(&mut self, id: String, vm: &Vm, balancer: &str, state: Protection) {
        self.servers += 1;
        match state {
            Protection::Monitored => self.monitored += 1,
            Protection::Waiting => self.waiting += 1,
            Protection::NotMonitored => {}
        }
        if id.is_empty() {
            return;
        }
        let ips = [&vm.floating_ip, &vm.fixed_ip].into_iter().flatten();
        self.seen.push(ObservedServer {
            name: vm.name.clone().unwrap_or_else(|| id.clone()),
            id,
            address: ips.cloned().collect::<Vec<_>>().join(", "),
            balancer: balancer.to_owned(),
            state,
        });
    }

    /// The same for two readings that show the same.
    pub fn fingerprint(&self) -> String {
        let mut seen: Vec<&ObservedServer> = self.seen.iter().collect();
        seen.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let mut hash = Sha256::new();
        for one in seen {
            for text in [&one.id, &one.name, &one.address, &one.balancer] {
                hash.update(text);
                hash.update([0]);
            }
            hash.update(one.state.code());
        }
        hash.update(self.servers.to_le_bytes());
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

fn text(id: Option<&ServerId>) -> String {
    id.map(ServerId::to_string).unwrap_or_default()
}

fn protection(applied: bool, server: &Server, vm: &Vm) -> Protection {
    let waits = vm.status.as_ref().or(server.status());
    match applied {
        false => Protection::NotMonitored,
        true if waits.is_some_and(|word| word.is("word-waiting")) => Protection::Waiting,
        true => Protection::Monitored,
    }
}

/// What is to be written down of a server.
#[derive(Debug)]
pub(super) struct ServerDiff {
    pub known: StoredServer,
    pub change: Option<ServerChangeKind>,
    /// The load balancer that it stood behind before.
    pub balancer_before: String,
    /// Since when it was what it was before.
    pub since_before: i64,
}

/// What a reading, begun at `at`, tells that is new. `before`: when the reading before it began;
/// `None` for the first of all, which shows nothing as changed.
pub(super) fn compare(
    known: &HashMap<String, StoredServer>,
    snapshot: &Snapshot,
    before: Option<i64>,
    at: i64,
) -> Vec<ServerDiff> {
    let mut news = Vec::new();
    let mut shown = HashSet::new();
    for seen in &snapshot.seen {
        shown.insert(seen.id.as_str());
        news.extend(match known.get(&seen.id) {
            Some(known) if known.gone.is_none() => still_there(known, seen, before, at),
            _ => Some(turned_up(seen, before, at)),
        });
    }
    let left_out = known
        .values()
        .filter(|value| value.gone.is_none() && !shown.contains(value.seen.id.as_str()));
    news.extend(left_out.filter_map(|known| missed(known, at)));
    news
}

fn turned_up(seen: &ObservedServer, before: Option<i64>, at: i64) -> ServerDiff {
    let unprotected = seen.state == Protection::NotMonitored;
    ServerDiff {
        known: StoredServer {
            seen: seen.clone(),
            since: at,
            otherwise: before,
            new: before.filter(|_| unprotected).map(|_| at),
            elsewhere: None,
            missing: None,
            gone: None,
        },
        change: before.map(|_| ServerChangeKind::Appeared),
        balancer_before: String::new(),
        since_before: at,
    }
}

fn still_there(
    known: &StoredServer,
    seen: &ObservedServer,
    before: Option<i64>,
    at: i64,
) -> Option<ServerDiff> {
    if known.seen == *seen && known.missing.is_none() {
        return None;
    }
    let mut now = StoredServer {
        seen: seen.clone(),
        missing: None,
        ..known.clone()
    };
    let mut change = None;
    if known.seen.state != seen.state {
        now.since = at;
        now.otherwise = before;
        change = match (known.seen.state, seen.state) {
            (_, Protection::Monitored) => Some(ServerChangeKind::Monitored),
            (Protection::Waiting, Protection::NotMonitored) => {
                // It was not monitored before either, since nobody knows when.
                now.otherwise = None;
                Some(ServerChangeKind::Withdrawn)
            }
            (_, Protection::NotMonitored) => Some(ServerChangeKind::Released),
            (_, Protection::Waiting) => None,
        };
        now.new = None;
        now.elsewhere = None;
    }
    Some(ServerDiff {
        known: now,
        change,
        balancer_before: known.seen.balancer.clone(),
        since_before: known.since,
    })
}

fn missed(known: &StoredServer, at: i64) -> Option<ServerDiff> {
    let mut now = known.clone();
    let change = match known.missing {
        None => {
            now.missing = Some(at);
            None
        }
        // The clock was set back since: the time is counted anew.
        Some(since) if since > at => {
            now.missing = Some(at);
            None
        }
        Some(since) if at - since >= GIVEN_UP.num_milliseconds() => {
            now.gone = Some(at);
            Some(ServerChangeKind::Gone)
        }
        Some(_) => return None,
    };
    Some(ServerDiff {
        known: now,
        change,
        balancer_before: known.seen.balancer.clone(),
        since_before: known.since,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(id: &str, state: Protection) -> ObservedServer {
        ObservedServer {
            id: id.to_owned(),
            name: format!("name of {id}"),
            address: String::new(),
            balancer: String::new(),
            state,
        }
    }

    fn reading(seen: &[(&str, Protection)]) -> Snapshot {
        Snapshot {
            seen: seen
                .iter()
                .map(|(id, state)| self::seen(id, *state))
                .collect(),
            servers: seen.len(),
            monitored: 0,
            waiting: 0,
        }
    }

    /// Minutes of readings, and what each told.
    fn told(readings: &[(i64, Snapshot)]) -> Vec<Vec<(String, &'static str)>> {
        let mut known: HashMap<String, StoredServer> = HashMap::new();
        let mut before = None;
        let mut all = Vec::new();
        for (minute, snapshot) in readings {
            let at = minute * 60_000;
            let mut changes = Vec::new();
            for news in compare(&known, snapshot, before, at) {
                let id = news.known.seen.id.clone();
                changes.extend(news.change.map(|kind| (id.clone(), kind.code())));
                known.insert(id, news.known);
            }
            before = Some(at);
            all.push(changes);
        }
        all
    }

    #[test]
    fn the_first_reading_changes_nothing_and_later_ones_tell_what_did() {
        use Protection::{Monitored, NotMonitored, Waiting};
        let both = |state| reading(&[("a", state), ("b", Monitored)]);
        let one = |id: &str, change| vec![(id.to_owned(), change)];
        assert_eq!(
            told(&[
                (0, both(NotMonitored)),
                (5, both(Waiting)),
                (10, both(Monitored)),
                (15, both(NotMonitored)),
                (
                    20,
                    reading(&[("a", NotMonitored), ("b", Monitored), ("c", NotMonitored)])
                ),
            ]),
            [
                vec![],
                vec![],
                one("a", "monitored"),
                one("a", "released"),
                one("c", "appeared"),
            ]
        );
    }

    #[test]
    fn what_was_only_asked_for_is_withdrawn_and_not_released() {
        use Protection::{NotMonitored, Waiting};
        let a = |state| reading(&[("a", state)]);
        let told = told(&[(0, a(NotMonitored)), (5, a(Waiting)), (10, a(NotMonitored))]);
        assert_eq!(told[2], [("a".to_owned(), "withdrawn")]);
        let before = HashMap::from([(
            "a".to_owned(),
            turned_up(&seen("a", Waiting), None, 0).known,
        )]);
        let news = compare(&before, &a(NotMonitored), Some(0), 60_000).remove(0);
        assert_eq!(news.known.otherwise, None, "since then or longer");
    }

    #[test]
    fn what_one_reading_leaves_out_is_not_gone_yet() {
        use Protection::Monitored;
        let there = || reading(&[("a", Monitored)]);
        let away = || reading(&[]);
        let readings = [
            (0, there()),
            (1, away()),
            (2, there()),
            (3, away()),
            (9, away()),
        ];
        let told = told(&readings);
        assert_eq!(told[..4], [vec![], vec![], vec![], vec![]]);
        assert_eq!(told[4], [("a".to_owned(), "gone")]);
    }
}
