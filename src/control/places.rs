//! Index of both server lists by id, for lists and requests of thousands of servers.

use std::collections::HashMap;

use crate::model::{ChangeAction, Server, ServerLists};

/// Where the lists show a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Wanted,
    /// Requested and not yet monitored.
    Waiting,
    Before,
    Nowhere,
    /// Missing for so long that it counts as deleted.
    Gone,
}

/// The lists as an action sees them.
pub(super) struct Places<'a> {
    pub before: HashMap<&'a str, &'a Server>,
    pub wanted: HashMap<&'a str, &'a Server>,
    lists: &'a ServerLists,
    action: ChangeAction,
}

impl<'a> Places<'a> {
    pub fn new(action: ChangeAction, lists: &'a ServerLists) -> Self {
        let (before, wanted) = match action {
            ChangeAction::Add => (&lists.not_monitored, &lists.monitored),
            ChangeAction::Release => (&lists.monitored, &lists.not_monitored),
        };
        Self {
            before: by_id(before),
            wanted: by_id(wanted),
            lists,
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

    /// The server with a VM of that id.
    pub fn with_vm(&self, id: &str) -> Option<&'a Server> {
        let ServerLists {
            not_monitored,
            monitored,
        } = self.lists;
        let mut servers = not_monitored.iter().chain(monitored);
        servers.find(|server| server.vm(id).is_some())
    }
}

/// The first server of each id.
fn by_id(servers: &[Server]) -> HashMap<&str, &Server> {
    let servers = servers.iter().rev();
    let with_id = servers.filter_map(|server| Some((server.id()?.as_str(), server)));
    with_id.collect()
}
