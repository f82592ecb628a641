//! The filter of the server lists, and what the inventory knows of servers beyond the API's lists.

use std::collections::{HashMap, HashSet};

use crate::{
    model::{KnownServer, SearchTerms, Server, ServerId, TeamId, VendorTerm, Vm, normalize},
    store::{Error, Store},
    web::{
        Layout, QueryText,
        coverage::RECENT_CHANGES,
        filter::{Choice, FilterValue},
    },
};

use super::list::ListKind;

/// The `list` parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFilter {
    NotMonitored,
    /// Requested, and not yet monitored.
    Pending,
    Monitored,
    All,
}

impl FilterValue for ListFilter {
    const ALL: &'static [Self] = &[
        Self::NotMonitored,
        Self::Pending,
        Self::Monitored,
        Self::All,
    ];

    fn code(self) -> &'static str {
        match self {
            Self::NotMonitored => "not-monitored",
            Self::Pending => "pending",
            Self::Monitored => "monitored",
            Self::All => "all",
        }
    }
}

impl ListFilter {
    fn lets_through(self, list: ListKind, server: &Server) -> bool {
        match self {
            Self::NotMonitored => !list.is_monitored(),
            Self::Pending => list.is_monitored() && server.is_waiting(),
            Self::Monitored => list.is_monitored() && !server.is_waiting(),
            Self::All => true,
        }
    }
}

/// The `show` parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Appeared, and never monitored since.
    New,
    /// Released outside the portal.
    Elsewhere,
    /// Changed in the last days.
    Changed,
}

impl FilterValue for Show {
    const ALL: &'static [Self] = &[Self::New, Self::Elsewhere, Self::Changed];

    fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Elsewhere => "elsewhere",
            Self::Changed => "changed",
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct ServerFilter {
    pub text: QueryText,
    terms: SearchTerms,
    pub list: Choice<ListFilter>,
    pub show: Choice<Show>,
    pub os: QueryText,
}

impl ServerFilter {
    #[must_use]
    pub fn new(
        text: &QueryText,
        list: Choice<ListFilter>,
        show: Choice<Show>,
        os: &QueryText,
    ) -> Self {
        Self {
            terms: SearchTerms::parse(text),
            text: text.clone(),
            list,
            show,
            os: os.clone(),
        }
    }

    /// A load balancer passes for any of its VMs, because it is added and released as a whole.
    #[must_use]
    pub fn lets_through(
        &self,
        list: ListKind,
        server: &Server,
        layout: &Layout,
        flags: &ServerFlags,
    ) -> bool {
        let has_os = || server.vms().iter().any(|vm| is_os(vm, &self.os));
        let matches_terms =
            || self.terms.is_empty() || self.terms.match_normalized(&searched_text(server, layout));
        self.list
            .lets_through(|value| value.lets_through(list, server))
            && self
                .show
                .lets_through(|show| server.vms().iter().any(|vm| flags.has(vm, show)))
            && (self.os.is_empty() || has_os())
            && matches_terms()
    }

    #[must_use]
    pub fn is_everything(&self) -> bool {
        let all = self.list.is_any() || self.list.is(&ListFilter::All);
        self.text.is_empty() && all && self.show.is_any() && self.os.is_empty()
    }

    #[must_use]
    pub fn has_unknown_value(&self) -> bool {
        self.list.is_unknown() || self.show.is_unknown()
    }

    /// The conditions in the reader's language.
    #[must_use]
    pub fn describe(&self, layout: &Layout) -> String {
        let quoted = |text: &str| (!text.is_empty()).then(|| format!("“{text}”"));
        let translated = |prefix: &str, code: Option<&str>| {
            code.map(|code| layout.t(format!("{prefix}-{code}")).to_owned())
        };
        let conditions = [
            quoted(&self.text),
            translated("list", self.list.code()),
            translated("show", self.show.code()),
            quoted(&self.os),
        ];
        conditions
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    }
}

fn is_os(vm: &Vm, os: &str) -> bool {
    let own = vm.os.as_deref();
    own.is_some_and(|own| normalize(own) == normalize(os))
}

/// The normalized cells of a server's rows, one per line.
fn searched_text(server: &Server, layout: &Layout) -> String {
    let mut text = String::new();
    let mut add_row = |cells: [Option<&str>; 5], status: Option<&VendorTerm>| {
        let status = status.map(|term| [term.original(), layout.word(term)]);
        let cells = cells
            .into_iter()
            .flatten()
            .chain(status.into_iter().flatten());
        for cell in cells {
            text.push_str(&normalize(cell));
            text.push('\n');
        }
    };
    if let Server::LoadBalancer(lb) = server {
        let id = lb.id.as_ref().map(ServerId::as_str);
        let [name, fixed, floating] =
            [&lb.name, &lb.fixed_ip, &lb.floating_ip].map(Option::as_deref);
        add_row([name, id, None, fixed, floating], lb.status.as_ref());
    }
    for vm in server.vms() {
        let id = vm.id.as_ref().map(ServerId::as_str);
        let [name, os, fixed, floating] =
            [&vm.name, &vm.os, &vm.fixed_ip, &vm.floating_ip].map(Option::as_deref);
        add_row([name, id, os, fixed, floating], vm.status.as_ref());
    }
    text
}

/// What the inventory snapshot knows of a team's servers.
pub struct ServerFlags {
    unprotected: HashMap<String, KnownServer>,
    changed: HashSet<String>,
}

impl ServerFlags {
    pub async fn load(store: &Store, team: &TeamId) -> Result<Self, Error> {
        let unprotected = store.unprotected(team, u32::MAX).await?.into_iter();
        Ok(Self {
            unprotected: unprotected
                .map(|server| (server.id.clone(), server))
                .collect(),
            changed: store.changed_servers(team, RECENT_CHANGES).await?,
        })
    }

    #[must_use]
    pub fn unprotected(&self, vm: &Vm) -> Option<&KnownServer> {
        self.unprotected.get(vm.id.as_ref()?.as_str())
    }

    fn has(&self, vm: &Vm, show: Show) -> bool {
        let unprotected = self.unprotected(vm);
        match show {
            Show::New => unprotected.is_some_and(|server| server.is_new),
            Show::Elsewhere => unprotected.is_some_and(|server| server.is_elsewhere),
            Show::Changed => {
                let id = vm.id.as_ref();
                id.is_some_and(|id| self.changed.contains(id.as_str()))
            }
        }
    }
}
