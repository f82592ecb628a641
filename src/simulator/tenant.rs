//! One tenant: servers, pending changes, history, tickets and events.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Options,
    answer::ApiError,
    data::{
        fleet::{self, Control, Machine, Server},
        history::{self, Change, ChangeKind},
        names::{self, NameSet},
        seed::Seed,
        timeline::Timeline,
    },
    feed::Feed,
};

/// Everything behind one appKey. Server states and history rows follow from the clock, without background work.
pub struct Tenant {
    pub world: &'static NameSet,
    pub servers: Vec<Server>,
    /// Rows that a test wrote, in place of the computed ones.
    pub feed: Option<Feed>,
    pub tickets: Timeline,
    pub events: Timeline,
    pub ticket_seed: Seed,
    pub event_seed: Seed,
    history_seed: Seed,
    old_changes: Timeline,
    /// The names that the old rows of the history are about; a server may be removed, its history stays.
    old_names: Vec<String>,
    changes: Vec<Change>,
    first_change: usize,
    delay: TimeDelta,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    NotMonitored,
    Waiting,
    Monitored,
}

impl Stage {
    /// The word of the guide.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotMonitored => "미신청",
            Self::Waiting => "접수대기",
            Self::Monitored => "진행중",
        }
    }
}

impl Tenant {
    pub fn new(options: &Options, number: usize, now: DateTime<Utc>) -> Self {
        let seed = Seed::new(options.seed).part(number);
        let world = names::world(number);
        let servers = fleet::servers(seed.part(0), world, options.vms, now);
        let old_names = servers
            .iter()
            .flat_map(|server| server.machine.vms())
            .map(|vm| vm.name.clone())
            .collect();
        Self {
            world,
            servers,
            feed: None,
            tickets: Timeline::new(seed.part(1), now, 5 * 365, options.tickets),
            events: Timeline::new(seed.part(2), now, 92, options.events),
            ticket_seed: seed.part(3),
            event_seed: seed.part(4),
            history_seed: seed.part(5),
            old_changes: Timeline::new(seed.part(6), now, 3 * 365, options.history),
            old_names,
            changes: Vec::new(),
            first_change: 4000 + number * 1_000_000,
            delay: TimeDelta::from_std(options.delay).unwrap_or(TimeDelta::MAX),
        }
    }

    pub fn stage(&self, server: &Server, now: DateTime<Utc>) -> Stage {
        let Control { added, released } = server.control;
        let Some(added) = added else {
            return Stage::NotMonitored;
        };
        if released.is_some_and(|at| self.has_taken_effect(at, now)) {
            return Stage::NotMonitored;
        }
        // A server keeps its state until its release takes effect.
        if self.has_taken_effect(added, released.unwrap_or(now)) {
            Stage::Monitored
        } else {
            Stage::Waiting
        }
    }

    /// The servers of one of the two lists.
    pub fn listed(
        &self,
        monitored: bool,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = (&Server, Stage)> {
        self.servers
            .iter()
            .map(move |server| (server, self.stage(server, now)))
            .filter(move |(_, stage)| (*stage != Stage::NotMonitored) == monitored)
    }

    pub fn history_length(&self) -> usize {
        self.old_changes.len() + self.changes.len()
    }

    /// Row `index` of the history, 0 the oldest: its id, the change, and whether it has taken effect.
    pub fn change(&self, index: usize, now: DateTime<Utc>) -> (usize, Change, bool) {
        let id = self.first_change + index;
        let made_here = index.checked_sub(self.old_changes.len());
        if let Some(change) = made_here.and_then(|place| self.changes.get(place)) {
            return (id, change.clone(), self.has_taken_effect(change.at, now));
        }
        let at = self.old_changes.at(index);
        let change = history::old_change(self.history_seed, index, at, &self.old_names);
        (id, change, true)
    }

    /// Index of each server by its control id.
    pub fn places(&self) -> HashMap<&str, usize> {
        let ids = self.servers.iter().map(|server| server.machine.id());
        ids.enumerate().map(|(place, id)| (id, place)).collect()
    }

    /// Adds the servers at these indexes.
    pub fn add(&mut self, places: &[usize], now: DateTime<Utc>) -> Result<(), ApiError> {
        for place in places {
            if self.stage(&self.servers[*place], now) != Stage::NotMonitored {
                return Err(ApiError::Refused("이미 보안관제가 신청된 서버입니다."));
            }
        }
        self.record(ChangeKind::Add, places, now);
        for place in places {
            self.servers[*place].control = Control {
                added: Some(now),
                released: None,
            };
        }
        Ok(())
    }

    /// Distinct indexes of the servers with these ids, or the first reason for a refusal.
    pub fn find_for_release(
        &self,
        ids: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Vec<usize>, ApiError> {
        let places = self.places();
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        for id in ids {
            let Some(place) = places.get(id).copied() else {
                return Err(self.why_not_releasable(id));
            };
            let server = &self.servers[place];
            if self.stage(server, now) == Stage::NotMonitored {
                return Err(ApiError::Refused("보안관제 신청 내역이 없는 서버입니다."));
            }
            if server.control.released.is_some() {
                return Err(ApiError::Refused("이미 보안관제 해제가 신청된 서버입니다."));
            }
            if seen.insert(place) {
                found.push(place);
            }
        }
        Ok(found)
    }

    /// Releases the servers at these indexes, which must be monitored.
    pub fn release(&mut self, places: &[usize], now: DateTime<Utc>) {
        self.record(ChangeKind::Release, places, now);
        for place in places {
            self.servers[*place].control.released = Some(now);
        }
    }

    /// Whether the id belongs to a VM behind a load balancer.
    pub fn is_behind_a_load_balancer(&self, id: &str) -> bool {
        self.servers.iter().any(|server| match &server.machine {
            Machine::LoadBalancer(it) => it.vms.iter().any(|vm| vm.id == id),
            Machine::Vm(_) => false,
        })
    }

    fn why_not_releasable(&self, id: &str) -> ApiError {
        if self.is_behind_a_load_balancer(id) {
            ApiError::Refused("로드 밸런서에 연결된 VM은 로드 밸런서 ID로만 해제할 수 있습니다.")
        } else {
            ApiError::NOT_FOUND
        }
    }

    fn record(&mut self, kind: ChangeKind, places: &[usize], at: DateTime<Utc>) {
        let vms = places
            .iter()
            .flat_map(|place| self.servers[*place].machine.vms());
        let names = history::join(vms.map(|vm| vm.name.as_str()));
        self.changes.push(Change { kind, names, at });
    }

    fn has_taken_effect(&self, asked: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now - asked >= self.delay
    }
}
