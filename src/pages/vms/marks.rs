//! What the portal knows of servers that the API's lists do not tell, and the choice by it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde::Deserialize;

use crate::{
    model::{KnownServer, Server, TeamId, Vm},
    pages::coverage::RECENT_CHANGES,
    store::{Error, Store},
};

/// What is known of the servers of a team.
pub struct ServerFlags {
    unprotected: Arc<HashMap<String, KnownServer>>,
    changed: HashSet<String>,
}

impl ServerFlags {
    pub async fn of(store: &Store, team: &TeamId) -> Result<Self, Error> {
        Ok(Self {
            unprotected: store.unprotected_by_id(team).await?,
            changed: store.changed_servers(team, RECENT_CHANGES).await?,
        })
    }

    #[must_use]
    pub fn unprotected(&self, vm: &Vm) -> Option<&KnownServer> {
        self.unprotected.get(vm.id.as_ref()?.as_str())
    }

    fn has_changed(&self, vm: &Vm) -> bool {
        let id = vm.id.as_ref();
        id.is_some_and(|id| self.changed.contains(id.as_str()))
    }
}

/// Which servers a list shows, whatever text they hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Show {
    #[default]
    Everything,
    /// Servers that turned up, and that nobody has added since.
    New,
    /// Those released outside the portal.
    Elsewhere,
    /// Those of which something changed in the last days.
    Changed,
    /// None: an address asked for a choice that does not exist.
    Unknown,
}

impl From<String> for Show {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl Show {
    pub const CHOICES: [Self; 4] = [Self::Everything, Self::New, Self::Elsewhere, Self::Changed];

    /// As it stands in an address; where nothing is said, it is everything.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.is_empty() {
            return Self::Everything;
        }
        let mut choices = Self::CHOICES.into_iter();
        let named = choices.find(|choice| choice.code() == text);
        named.unwrap_or(Self::Unknown)
    }

    /// Its messages are named after it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::New => "new",
            Self::Elsewhere => "elsewhere",
            Self::Changed => "changed",
            Self::Unknown => "unknown",
        }
    }

    /// In an address: everything needs no saying.
    #[must_use]
    pub fn in_address(self) -> Option<&'static str> {
        (self != Self::Everything).then(|| self.code())
    }

    /// A load balancer is shown for any of its VMs: it is added and released as a whole.
    #[must_use]
    pub fn lets_through(self, server: &Server, marks: &ServerFlags) -> bool {
        let shows = |vm: &Vm| match self {
            Self::Everything => true,
            Self::New => marks
                .unprotected(vm)
                .is_some_and(|unprotected| unprotected.is_new),
            Self::Elsewhere => marks
                .unprotected(vm)
                .is_some_and(|unprotected| unprotected.is_elsewhere),
            Self::Changed => marks.has_changed(vm),
            Self::Unknown => false,
        };
        self == Self::Everything || server.vms().iter().any(shows)
    }
}
