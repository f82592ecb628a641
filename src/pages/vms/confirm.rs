//! The confirmation of a change: what it affects and costs.

use std::collections::HashMap;

use askama::Template;
use axum::http::StatusCode;

use crate::{
    control::{MAX_ITEMS, membership_hash, plan, split_pending},
    model::{ChangeAction, MAX_REASON, PendingRequest, RequestItem, Server, ServerId, ServerLists},
    web::{
        AppState, Authorized, Layout, Result, access::ChangeControl, html_as, idempotency_token,
    },
};

use super::{
    change::PendingChange,
    filter::{ServerFilter, ServerFlags},
    list::ListKind,
    redirect,
};

/// Why a form has to be confirmed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfirmError {
    /// Missing, expired, or another user's.
    NoToken,
    /// By the request with this id, for another selection.
    TokenUsed(String),
    /// A load balancer has other VMs than the form showed.
    MembershipChanged,
    NoReason,
    ReasonTooLong,
}

impl ConfirmError {
    fn message(&self) -> &'static str {
        match self {
            Self::NoToken => "confirm-no-token",
            Self::TokenUsed(_) => "confirm-used",
            Self::MembershipChanged => "confirm-changed",
            Self::NoReason => "confirm-no-reason",
            Self::ReasonTooLong => "confirm-long-reason",
        }
    }

    fn request(&self) -> Option<&str> {
        match self {
            Self::TokenUsed(id) => Some(id),
            _ => None,
        }
    }

    fn is_about_reason(&self) -> bool {
        matches!(self, Self::NoReason | Self::ReasonTooLong)
    }
}

#[derive(Template)]
#[template(path = "vms/confirm.html")]
struct Confirm {
    layout: Layout,
    action: ChangeAction,
    /// Items to be sent, each with its VMs.
    sendable: Vec<(RequestItem, Server)>,
    /// Items that cannot be sent, with the reason.
    others: Vec<RequestItem>,
    /// Open requests for the others, by item id.
    under_way: HashMap<String, PendingRequest>,
    all_matching: Option<ServerFilter>,
    servers: usize,
    load_balancers: usize,
    /// VMs of those load balancers.
    members: usize,
    reason: String,
    reason_required: bool,
    token: String,
    back: String,
    membership: Vec<String>,
    error: Option<ConfirmError>,
}

impl Confirm {
    const MAX_REASON: usize = MAX_REASON;

    fn reason_error(&self) -> Option<&'static str> {
        let error = self.error.as_ref().filter(|error| error.is_about_reason());
        error.map(ConfirmError::message)
    }
}

/// The form to confirm a change, or a redirect when it affects nothing or too much.
pub async fn confirmation(
    change: PendingChange,
    error: Option<ConfirmError>,
    who: &Authorized<ChangeControl>,
    state: &AppState,
) -> Result {
    let access = state.store.api_access(who.team()).await?;
    let fleet = state.control.read_lists(&access).await?.fleet;
    let ids = match &change.all_matching {
        None => change.ids.clone(),
        Some(filter) => {
            let flags = ServerFlags::load(&state.store, &who.team().id).await?;
            matching(change.action, filter, &fleet, &who.layout(), &flags)
        }
    };
    match ids.len() {
        0 => return Ok(redirect(&change.back, "notice", "nothing-matches")),
        count if count > MAX_ITEMS => return Ok(redirect(&change.back, "notice", "too-many")),
        _ => {}
    }
    let under_way = state
        .store
        .pending_items(&who.team().id, change.action)
        .await?;
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let (keys, clock) = (state.store.keys(), &state.clock);
    let token = idempotency_token::issue(keys, clock, &who.user().id, &who.team().id);
    let mut view = Confirm::new(change, &ids, &fleet, under_way, who);
    (view.token, view.error) = (token, error);
    html_as(status, &view)
}

impl Confirm {
    fn new(
        change: PendingChange,
        ids: &[String],
        fleet: &ServerLists,
        under_way: HashMap<String, PendingRequest>,
        who: &Authorized<ChangeControl>,
    ) -> Self {
        let (mut items, servers) = plan(change.action, ids, Ok(fleet));
        let mut others = items.split_off(servers.len());
        let (sendable, taken) = split_pending(|id| under_way.contains_key(id), items, servers);
        others.extend(taken);
        let servers = || sendable.iter().map(|(_, server)| server);
        let members = |server: &Server| match server {
            Server::LoadBalancer(lb) => Some(lb.vms.len()),
            Server::Vm(_) => None,
        };
        Self {
            layout: who.layout(),
            action: change.action,
            servers: servers().map(|server| server.vms().len()).sum(),
            load_balancers: servers().filter_map(members).count(),
            members: servers().filter_map(members).sum(),
            membership: servers().map(membership_hash).collect(),
            sendable,
            others,
            under_way,
            all_matching: change.all_matching,
            reason: change.reason,
            reason_required: who.team().reason_required,
            token: String::new(),
            back: change.back,
            error: None,
        }
    }
}

/// The ids of all servers that pass the filter and can be sent, in the API's order.
fn matching(
    action: ChangeAction,
    filter: &ServerFilter,
    fleet: &ServerLists,
    layout: &Layout,
    flags: &ServerFlags,
) -> Vec<String> {
    let (servers, list) = match action {
        ChangeAction::Add => (&fleet.not_monitored, ListKind::NotMonitored),
        ChangeAction::Release => (&fleet.monitored, ListKind::Monitored),
    };
    servers
        .iter()
        .filter(|server| {
            list.can_be_sent(server) && filter.lets_through(list, server, layout, flags)
        })
        .filter_map(Server::id)
        .map(ServerId::to_string)
        .collect()
}
