//! Where the API's lists show the things that a request is about.

use std::collections::HashMap;

use crate::model::{ChangeAction, Server, ServerLists};

/// Where the lists show a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Wanted,
    /// On its way there: asked to be monitored, and not monitored yet.
    Waiting,
    Before,
    Nowhere,
    /// In neither list, for so long that it was deleted.
    Gone,
}

/// Both lists by id: a request may be about thousands of things, and so may they.
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

    pub fn of(&self, id: &str) -> Place {
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
