//! Where the lists show the servers of a request.

use std::collections::HashMap;

use crate::model::{ChangeAction, Server, ServerLists};

/// Where the lists show a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Wanted,
    /// Asked to be monitored, and not monitored yet.
    Waiting,
    Before,
    Nowhere,
    /// Missing for so long that it counts as deleted.
    Gone,
}

/// Both lists by id: they and a request may hold thousands of servers.
pub(super) struct Places<'a> {
    before: HashMap<&'a str, &'a Server>,
    wanted: HashMap<&'a str, &'a Server>,
    action: ChangeAction,
}

impl<'a> Places<'a> {
    pub fn new(action: ChangeAction, fleet: &'a ServerLists) -> Self {
        let (before, wanted) = match action {
            ChangeAction::Add => (&fleet.not_monitored, &fleet.monitored),
            ChangeAction::Release => (&fleet.monitored, &fleet.not_monitored),
        };
        Self {
            before: by_id(before),
            wanted: by_id(wanted),
            action,
        }
    }

    pub fn find(&self, id: &str) -> Place {
        if self.before.contains_key(id) {
            return Place::Before;
        }
        match self.wanted.get(id) {
            Some(server) if self.action == ChangeAction::Add && server.is_waiting() => {
                Place::Waiting
            }
            Some(_) => Place::Wanted,
            None => Place::Nowhere,
        }
    }
}

fn by_id(servers: &[Server]) -> HashMap<&str, &Server> {
    let named = servers
        .iter()
        .filter_map(|server| Some((server.id()?.as_str(), server)));
    named.collect()
}
