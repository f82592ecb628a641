//! The page of one VM or load balancer: its state, its requests, and what other lists say of it.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use chrono::TimeDelta;

use crate::{
    control::{Attribution, InventoryReading, Origin, ServerIdentity},
    model::{
        ChangeAction, ChangeRequest, HistoryEntry, KnownServer, KstDateTime, LoadBalancer,
        PendingRequest, Permission, RequestItem, Server, ServerChange, ServerId, ServerLists, Team,
        Vm,
    },
    pages::history,
    store::{self},
    web::{
        AppState, Authorized, Error, Layout, LenientQuery, Result,
        access::ReadTeam,
        error::{Upstream, upstream},
        html_as, idempotency_token,
    },
};

use super::{
    list::{ListKind, ListQuery},
    notice, path,
    related::{Identifiers, Related, related},
};

/// The newest requests and changes on the page.
const MAX_ROWS: u32 = 20;

const CHANGES_PERIOD: TimeDelta = TimeDelta::days(365);

#[derive(Template)]
#[template(path = "vms/server.html")]
struct Show {
    layout: Layout,
    query: ListQuery,
    back: String,
    facts: Facts,
    failure: Option<Upstream>,
    outcome: Option<ChangeRequest>,
    notice: Option<&'static str>,
    requests: Vec<ChangeRequest>,
    changes: Vec<ServerChange>,
    related: Related,
    identifiers: Identifiers,
    attribution: Attribution,
    /// For users who may add and release, unless a request is under way.
    form: Option<Form>,
    under_way: Option<PendingRequest>,
}

struct Form {
    action: ChangeAction,
    token: String,
    /// The load balancer, if the server is behind one.
    id: ServerId,
    back: String,
}

impl Show {
    /// The item of a request that is this server or its load balancer.
    fn item<'a>(&self, request: &'a ChangeRequest) -> Option<&'a RequestItem> {
        let ids = self.facts.ids();
        request.items.iter().find(|item| ids.contains(&&*item.id))
    }

    fn history(&self) -> impl Iterator<Item = (&HistoryEntry, Origin<'_>)> {
        let server = ServerIdentity {
            ids: self.facts.ids(),
            names: &self.identifiers.names,
        };
        self.attribution
            .of_server(&self.related.history.rows, server)
    }
}

/// The API's and the inventory's knowledge of the server.
struct Facts {
    id: ServerId,
    listed: Option<Listed>,
    /// Of a load balancer: the member that reached their common state last.
    known: Option<KnownServer>,
    release_requested: Option<KstDateTime>,
}

impl Facts {
    async fn load(
        state: &AppState,
        team: &Team,
        id: ServerId,
        reading: Option<&InventoryReading>,
    ) -> std::result::Result<Self, store::Error> {
        let store = &state.store;
        let listed = reading.and_then(|reading| Listed::find(&reading.fleet, &id));
        let known = match store.known_server(&team.id, id.as_str()).await? {
            None => common_state(store.known_behind(&team.id, id.as_str()).await?),
            known => known,
        };
        let requested = store.release_requested(&team.id).await?;
        let sent = listed.as_ref().and_then(|listed| listed.server.id());
        Ok(Self {
            release_requested: sent.and_then(|sent| requested.get(sent.as_str()).copied()),
            id,
            listed,
            known,
        })
    }

    /// The ids of the server and of the load balancer that it is behind.
    fn ids(&self) -> [&str; 2] {
        let sent = self.listed.as_ref().and_then(|listed| listed.server.id());
        [self.id.as_str(), sent.map_or("", ServerId::as_str)]
    }

    fn name(&self) -> &str {
        let listed = self.listed.as_ref().and_then(Listed::name);
        let known = self.known.as_ref().map(|known| known.name.as_str());
        listed.or(known).unwrap_or(self.id.as_str())
    }

    fn identifiers(&self) -> Identifiers {
        match (&self.listed, &self.known) {
            (Some(listed), _) => Identifiers::new(&listed.server, listed.vm.as_ref()),
            (None, Some(known)) => Identifiers::from_inventory(&known.name, &known.address),
            (None, None) => Identifiers::from_inventory(self.name(), ""),
        }
    }
}

/// The server in the API's lists.
struct Listed {
    list: ListKind,
    /// The load balancer or the standalone VM.
    server: Server,
    /// The member of that load balancer that the page is about.
    vm: Option<Vm>,
}

impl Listed {
    fn find(fleet: &ServerLists, id: &ServerId) -> Option<Self> {
        let monitored = fleet
            .monitored
            .iter()
            .map(|server| (ListKind::Monitored, server));
        let not_monitored = fleet.not_monitored.iter();
        let not_monitored = not_monitored.map(|server| (ListKind::NotMonitored, server));
        monitored.chain(not_monitored).find_map(|(list, server)| {
            let is_itself = server.id() == Some(id);
            let vm = server.vms().iter().find(|vm| vm.id.as_ref() == Some(id));
            (is_itself || vm.is_some()).then(|| Self {
                list,
                server: server.clone(),
                vm: vm.filter(|_| !is_itself).cloned(),
            })
        })
    }

    fn own_vm(&self) -> Option<&Vm> {
        match (&self.vm, &self.server) {
            (Some(vm), _) | (None, Server::Vm(vm)) => Some(vm),
            (None, Server::LoadBalancer(_)) => None,
        }
    }

    fn own_load_balancer(&self) -> Option<&LoadBalancer> {
        match (&self.vm, &self.server) {
            (None, Server::LoadBalancer(lb)) => Some(lb),
            _ => None,
        }
    }

    fn name(&self) -> Option<&str> {
        match &self.vm {
            Some(vm) => vm.name.as_deref(),
            None => self.server.name(),
        }
    }

    fn form(&self, who: &Authorized<ReadTeam>, state: &AppState, back: String) -> Option<Form> {
        if !who.may(Permission::ChangeControl) || !self.list.can_be_sent(&self.server) {
            return None;
        }
        let (keys, clock) = (state.store.keys(), &state.clock);
        Some(Form {
            action: match self.list {
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
    let access = state.store.api_access(who.team()).await?;
    let read = state.control.read_lists(&access).await;
    let reading = read.as_ref().ok();
    let facts = Facts::load(&state, who.team(), id, reading).await?;
    let requests = requests(&state, who.team(), &facts, reading).await?;
    if reading.is_some() && facts.listed.is_none() && facts.known.is_none() && requests.is_empty() {
        return Err(Error::NotFound);
    }
    let outcome = state.control.refresh(who.team(), &query.request, reading);
    let outcome = outcome.await?;
    let identifiers = facts.identifiers();
    let related = related(&state, who.team(), &access, &identifiers).await?;
    let attribution = history::attribution(&state.store, who.team(), &related.history.rows).await?;
    let id = Some(facts.id.as_str());
    let changes = state
        .store
        .server_changes(&who.team().id, CHANGES_PERIOD, MAX_ROWS, id);
    let changes = changes.await?;
    let (form, under_way) = form(&who, &state, &facts, &query).await?;
    let failure = read.as_ref().err().map(upstream);
    let status = failure
        .as_ref()
        .map_or(StatusCode::OK, |failure| failure.status);
    let view = Show {
        layout: who.layout(),
        back: query.address(&path(who.team())),
        changes,
        notice: notice(&query.notice),
        query,
        facts,
        failure,
        outcome,
        requests,
        related,
        identifiers,
        attribution,
        form,
        under_way,
    };
    html_as(status, &view)
}

/// The server's requests, those that are open with the state of the latest reading.
async fn requests(
    state: &AppState,
    team: &Team,
    facts: &Facts,
    reading: Option<&InventoryReading>,
) -> std::result::Result<Vec<ChangeRequest>, store::Error> {
    let mut requests = state
        .store
        .control_of(&team.id, facts.ids(), MAX_ROWS)
        .await?;
    for request in requests.iter_mut().filter(|request| request.is_open()) {
        let now = state.control.refresh(team, &request.id, reading).await?;
        if let Some(now) = now {
            *request = now;
        }
    }
    Ok(requests.into_iter().map(ChangeRequest::told).collect())
}

/// The form to add or release the server, or the request that is under way for it.
async fn form(
    who: &Authorized<ReadTeam>,
    state: &AppState,
    facts: &Facts,
    query: &ListQuery,
) -> std::result::Result<(Option<Form>, Option<PendingRequest>), store::Error> {
    let here = query.server_address(&format!("/t/{}", who.team().slug), &facts.id);
    let listed = facts.listed.as_ref();
    let Some(form) = listed.and_then(|listed| listed.form(who, state, here)) else {
        return Ok((None, None));
    };
    let mut under_way = state
        .store
        .pending_items(&who.team().id, form.action)
        .await?;
    match under_way.remove(form.id.as_str()) {
        Some(request) => Ok((None, Some(request))),
        None => Ok((Some(form), None)),
    }
}

/// The server that reached the common state of all last; `None` when their states differ.
fn common_state(members: Vec<KnownServer>) -> Option<KnownServer> {
    let state = members.first()?.state;
    let is_common = members.iter().all(|member| member.state == state);
    let last = members.into_iter().max_by_key(|member| member.since);
    last.filter(|_| is_common)
}
