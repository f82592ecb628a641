//! The page that says what would be done, what it costs and what goes along, and asks.

use std::collections::HashMap;

use askama::Template;

use crate::{
    control::{MAX_ITEMS, going, plan, set_aside},
    model::{ChangeAction, MAX_REASON, Server, ServerId, ServerLists},
    store::{RequestItem, UnderWay},
    web::{AppState, Authorized, Error, Layout, access::ChangeControl, idempotency_token},
};

use super::{
    list::{Filter, ListKind},
    marks::ServerFlags,
};

/// What somebody is about to ask for.
pub struct PendingChange {
    pub action: ChangeAction,
    /// As the form sent them.
    pub ids: Vec<String>,
    /// In their place: all that this lets through.
    pub all_of: Option<Filter>,
    /// As it was typed.
    pub reason: String,
    /// The list that the form stood on.
    pub back: String,
}

/// Why the form is shown once more. Nothing was done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfirmError {
    /// It came without a token, or with one that is too old or another's.
    NoToken,
    /// It was sent before with another choice, as the request with that id.
    Used(String),
    /// Other VMs would go along than were shown.
    Changed,
    /// The team wants to know why.
    NoReason,
    ReasonTooLong,
}

impl ConfirmError {
    fn message(&self) -> &'static str {
        match self {
            Self::NoToken => "confirm-no-token",
            Self::Used(_) => "confirm-used",
            Self::Changed => "confirm-changed",
            Self::NoReason => "confirm-no-reason",
            Self::ReasonTooLong => "confirm-long-reason",
        }
    }

    fn request(&self) -> Option<&str> {
        match self {
            Self::Used(id) => Some(id),
            _ => None,
        }
    }

    /// Does it speak of the field for the reason.
    fn is_of_reason(&self) -> bool {
        matches!(self, Self::NoReason | Self::ReasonTooLong)
    }
}

/// What would be done, to be confirmed.
#[derive(Template)]
#[template(path = "vms/confirm.html")]
pub struct Confirm {
    layout: Layout,
    action: ChangeAction,
    /// What would be sent, each with the VMs that go along.
    sendable: Vec<(RequestItem, Server)>,
    /// What would not, with the reason.
    others: Vec<RequestItem>,
    /// By their ids, those that another request is context for already.
    under_way: HashMap<String, UnderWay>,
    /// Is this all that a filter lets through, and which.
    all_of: Option<Filter>,
    servers: usize,
    balancers: usize,
    /// VMs behind those load balancers.
    behind: usize,
    reason: String,
    reason_required: bool,
    token: String,
    back: String,
    going: Vec<String>,
    again: Option<ConfirmError>,
}

impl Confirm {
    /// What the filter lets through, in words.
    fn filter_words(&self, filter: &Filter) -> String {
        let text = filter.text.trim();
        let quoted = (!text.is_empty()).then(|| format!("“{text}”"));
        let show = filter.show.in_address();
        let show = show.map(|code| self.layout.t(format!("show-{code}")).to_owned());
        let words: Vec<String> = quoted.into_iter().chain(show).collect();
        words.join(" · ")
    }

    fn reason_problem(&self) -> bool {
        self.again.as_ref().is_some_and(ConfirmError::is_of_reason)
    }

    const MAX_REASON: usize = MAX_REASON;
}

/// The page, or the notice that there is nothing to ask for.
pub async fn confirmation(
    draft: PendingChange,
    who: &Authorized<ChangeControl>,
    state: &AppState,
    again: Option<ConfirmError>,
) -> Result<Result<Confirm, &'static str>, Error> {
    let layout = who.layout();
    let access = state.store.api_access(who.team()).await?;
    let fleet = state.control.read_lists(&access).await?.fleet;
    let ids = match &draft.all_of {
        None => draft.ids,
        Some(filter) => {
            let marks = ServerFlags::of(&state.store, &who.team().id).await?;
            let is_let = |server: &Server| filter.lets_through(server, &layout, &marks);
            all(draft.action, is_let, &fleet)
        }
    };
    if ids.is_empty() {
        return Ok(Err("nothing-matches"));
    }
    if ids.len() > MAX_ITEMS {
        return Ok(Err("too-many"));
    }
    let (mut items, servers) = plan(draft.action, &ids, Ok(&fleet));
    let mut others = items.split_off(servers.len());
    let under_way = state.store.under_way(&who.team().id, draft.action).await?;
    let (sendable, taken) = set_aside(|id| under_way.contains_key(id), items, servers);
    others.extend(taken);
    let servers: Vec<&Server> = sendable.iter().map(|(_, server)| server).collect();
    let (keys, clock) = (state.store.keys(), &state.clock);
    let behind: Vec<usize> = servers.iter().copied().filter_map(behind).collect();
    Ok(Ok(Confirm {
        layout,
        action: draft.action,
        servers: servers.iter().map(|server| server.vms().len()).sum(),
        balancers: behind.len(),
        behind: behind.iter().sum(),
        going: servers.iter().copied().map(going).collect(),
        sendable,
        others,
        under_way,
        all_of: draft.all_of,
        reason: draft.reason,
        reason_required: who.team().reason_required,
        token: idempotency_token::issue(keys, clock, &who.user().id, &who.team().id),
        back: draft.back,
        again,
    }))
}

/// The ids of all that can be sent of what the filter lets through, as the list orders it.
fn all(action: ChangeAction, is_let: impl Fn(&Server) -> bool, fleet: &ServerLists) -> Vec<String> {
    let (servers, side) = match action {
        ChangeAction::Add => (&fleet.not_monitored, ListKind::NotMonitored),
        ChangeAction::Release => (&fleet.monitored, ListKind::Monitored),
    };
    servers
        .iter()
        .filter(|server| is_let(server) && side.can_be_sent(server))
        .filter_map(Server::id)
        .map(ServerId::to_string)
        .collect()
}

/// How many VMs stand behind it, if it is a load balancer.
fn behind(server: &Server) -> Option<usize> {
    match server {
        Server::LoadBalancer(it) => Some(it.vms.len()),
        Server::Vm(_) => None,
    }
}
