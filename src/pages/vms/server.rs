//! The page of one VM or load balancer: what it is, what was asked and done, and what concerns it.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};

use crate::{
    control::{Attribution, Origin, ServerIdentity},
    model::{
        ApiTimestamp, ChangeAction, ChangeRequest, HistoryEntry, KnownServer, KstDateTime,
        LoadBalancer, PendingRequest, Permission, RequestItem, Server, ServerChange, ServerId,
        ServerLists, Vm,
    },
    pages::history,
    web::{
        AppState, Authorized, Error, Layout, LenientQuery, Result,
        access::ReadTeam,
        error::{Upstream, upstream},
        html_as, idempotency_token,
    },
};

use super::{
    list::{ListKind, ListQuery},
    path,
    related::{Related, Traits, related},
};

/// The most requests and changes that the page shows: the newest.
const MAX_ROWS: u32 = 20;

#[derive(Template)]
#[template(path = "vms/server.html")]
struct Show {
    layout: Layout,
    id: ServerId,
    name: String,
    query: ListQuery,
    /// The list, as it was left.
    back: String,
    /// What the API lists; nothing when it lists no such thing, or failed.
    listed: Option<Listed>,
    /// Of a load balancer the VM that came last to where all of them are.
    known: Option<KnownServer>,
    release_requested: Option<KstDateTime>,
    failure: Option<Upstream>,
    outcome: Option<ChangeRequest>,
    notice: Option<&'static str>,
    requests: Vec<ChangeRequest>,
    changes: Vec<ServerChange>,
    related: Related,
    /// By what rows of the history are found.
    traits: Traits,
    /// The requests that rows of the history came through.
    through: Attribution,
    /// For who may add and release, unless that is asked for already.
    form: Option<Form>,
    under_way: Option<PendingRequest>,
}

/// Where the API lists something.
struct Listed {
    side: ListKind,
    /// The load balancer, or the VM.
    server: Server,
    /// The VM behind that load balancer that the page is about.
    vm: Option<Vm>,
}

struct Form {
    action: ChangeAction,
    token: String,
    /// What is sent: a VM behind a load balancer goes only with that.
    id: ServerId,
    back: String,
}

impl Show {
    /// What a request asked of this server, or of the load balancer that it stands behind.
    fn item<'a>(&self, request: &'a ChangeRequest) -> Option<&'a RequestItem> {
        let balancer = self.listed.as_ref().and_then(|listed| listed.server.id());
        let is_it = |item: &&RequestItem| {
            item.id == self.id.as_str()
                || balancer.is_some_and(|balancer| balancer.as_str() == item.id)
        };
        request.items.iter().find(is_it)
    }

    /// The rows of the vendor's history that name this server.
    fn history(&self) -> impl Iterator<Item = (&HistoryEntry, Origin<'_>)> {
        let balancer = self.listed.as_ref().and_then(|listed| listed.server.id());
        let server = ServerIdentity {
            ids: [self.id.as_str(), balancer.map_or("", ServerId::as_str)],
            names: &self.traits.names,
        };
        self.through.of_server(&self.related.history.rows, server)
    }
}

impl Listed {
    fn find(fleet: &ServerLists, id: &ServerId) -> Option<Self> {
        let lists = [
            (ListKind::Monitored, &fleet.monitored),
            (ListKind::NotMonitored, &fleet.not_monitored),
        ];
        let mut all = lists
            .into_iter()
            .flat_map(|(side, servers)| servers.iter().map(move |server| (side, server)));
        all.find_map(|(side, server)| {
            let is_itself = server.id() == Some(id);
            let vm = server.vms().iter().find(|vm| vm.id.as_ref() == Some(id));
            (is_itself || vm.is_some()).then(|| Self {
                side,
                server: server.clone(),
                vm: vm.filter(|_| !is_itself).cloned(),
            })
        })
    }

    /// The VM that the page is about.
    fn own_vm(&self) -> Option<&Vm> {
        match (&self.vm, &self.server) {
            (Some(vm), _) | (None, Server::Vm(vm)) => Some(vm),
            (None, Server::LoadBalancer(_)) => None,
        }
    }

    /// The load balancer that the page is about.
    fn own_balancer(&self) -> Option<&LoadBalancer> {
        match (&self.vm, &self.server) {
            (None, Server::LoadBalancer(it)) => Some(it),
            _ => None,
        }
    }

    fn name(&self) -> Option<&str> {
        match &self.vm {
            Some(vm) => vm.name.as_deref(),
            None => self.server.name(),
        }
    }

    /// What is added or released, and with it this server.
    fn form(&self, who: &Authorized<ReadTeam>, state: &AppState, back: String) -> Option<Form> {
        if !who.may(Permission::ChangeControl) || !self.side.can_be_sent(&self.server) {
            return None;
        }
        let (keys, clock) = (state.store.keys(), &state.clock);
        Some(Form {
            action: match self.side {
                ListKind::NotMonitored => ChangeAction::Add,
                ListKind::Monitored => ChangeAction::Release,
            },
            token: idempotency_token::issue(keys, clock, &who.user().id, &who.team().id),
            id: self.server.id()?.clone(),
            back,
        })
    }
}

pub async fn show(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    Path((_, id)): Path<(String, String)>,
    LenientQuery(query): LenientQuery<ListQuery>,
) -> Result {
    let id: ServerId = id.parse().map_err(|_| Error::NotFound)?;
    let (store, team) = (&state.store, who.team());
    let access = store.api_access(team).await?;
    let read = state.control.read_lists(&access).await;
    let reading = read.as_ref().ok();
    let outcome = state.control.refresh(team, &query.request, reading);
    let outcome = outcome.await?;
    let listed = reading.and_then(|reading| Listed::find(&reading.fleet, &id));
    let known = match store.known_server(&team.id, id.as_str()).await? {
        None => last_of(store.known_behind(&team.id, id.as_str()).await?),
        known => known,
    };
    let goes_with = listed.as_ref().and_then(|listed| listed.server.id());
    let ids = [id.as_str(), goes_with.map_or("", ServerId::as_str)];
    let now = state.clock.korean();
    let mut requests = store.control_of(&team.id, ids, MAX_ROWS).await?;
    for request in requests.iter_mut().filter(|request| request.is_open()) {
        let again = state.control.refresh(team, &request.id, reading);
        if let Some(now) = again.await? {
            *request = now;
        }
    }
    let failure = read.as_ref().err().map(upstream);
    if failure.is_none() && listed.is_none() && known.is_none() && requests.is_empty() {
        return Err(Error::NotFound);
    }
    let name = listed.as_ref().and_then(Listed::name).map(str::to_owned);
    let name = name.or_else(|| known.as_ref().map(|known| known.name.clone()));
    let name = name.unwrap_or_else(|| id.to_string());
    let traits = match (&listed, &known) {
        (Some(it), _) => Traits::of(&it.server, it.vm.as_ref()),
        (None, Some(it)) => Traits::known(&it.name, &it.address),
        (None, None) => Traits::known(&name, ""),
    };
    let related = related(&state.secmon, &access, &traits, now).await;
    let through = history::through(store, team, &related.history.rows).await?;
    let span = chrono::TimeDelta::days(365);
    let changes = store.server_changes(&team.id, span, MAX_ROWS, Some(id.as_str()));
    let changes = changes.await?;
    let requested = store.release_requested(&team.id).await?;
    let list = path(team);
    let here = query.server_address(&format!("/t/{}", team.slug), &id);
    let mut form = listed
        .as_ref()
        .and_then(|listed| listed.form(&who, &state, here));
    let mut under_way = None;
    if let Some(offered) = &form {
        under_way = store
            .pending_items(&team.id, offered.action)
            .await?
            .remove(offered.id.as_str());
    }
    if under_way.is_some() {
        form = None;
    }
    let status = failure
        .as_ref()
        .map_or(StatusCode::OK, |failure| failure.status);
    let view = Show {
        layout: who.layout(),
        id,
        name,
        back: query.address(&list),
        form,
        under_way,
        release_requested: goes_with
            .and_then(|goes_with| requested.get(goes_with.as_str()).copied()),
        listed,
        known,
        failure,
        outcome,
        notice: super::index::notice(&query.notice),
        query,
        requests: requests.into_iter().map(ChangeRequest::told).collect(),
        changes,
        related,
        traits,
        through,
    };
    html_as(status, &view)
}

/// Since when all of a load balancer's VMs are where they are: since the last of them is. `None`
/// when they are not all in one state.
fn last_of(behind: Vec<KnownServer>) -> Option<KnownServer> {
    let state = behind.first()?.state;
    let is_one = behind.iter().all(|behind| behind.state == state);
    behind
        .into_iter()
        .max_by_key(|behind| behind.since)
        .filter(|_| is_one)
}
