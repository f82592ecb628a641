//! The page of both lists, with the forms to add and release.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use axum::{extract::State, http::StatusCode};

use crate::{
    control::InventoryReading,
    model::{ChangeAction, ChangeRequest, KstDateTime, Permission, Server},
    web::{
        AppState, Authorized, Layout, LenientQuery, QueryText, Result,
        access::ReadTeam,
        address,
        error::{Upstream, upstream},
        filter::FilterValue,
        html_as, idempotency_token,
    },
};

use super::{
    filter::{ListFilter, ServerFlags, Show},
    list::{ListKind, ListQuery, ListView},
    notice, path,
    sort::Sort,
};

#[derive(Template)]
#[template(path = "vms/index.html")]
struct Index {
    layout: Layout,
    query: ListQuery,
    /// The change request in the address.
    outcome: Option<ChangeRequest>,
    notice: Option<&'static str>,
    lists: Option<Lists>,
    failure: Option<Upstream>,
}

struct Lists {
    views: [ListView; 2],
    flags: ServerFlags,
    /// The operating systems of all servers.
    systems: BTreeSet<String>,
    read: KstDateTime,
    /// For users who may add and release.
    forms: Option<Forms>,
}

impl Lists {
    fn has_system(&self, os: &str) -> bool {
        self.systems.contains(os)
    }
}

struct Forms {
    add_token: String,
    release_token: String,
    back: String,
}

impl Index {
    /// The link of a column's heading: ascending, then descending.
    fn sorted_by(&self, column: &str) -> String {
        let descending = format!("-{column}");
        let is_ascending = self.direction(column) == "ascending";
        let sort = if is_ascending { &descending } else { column };
        let changed = [
            ("sort", Some(sort)),
            ("page", None),
            ("monitored_page", None),
        ];
        self.query.address_with(self.layout.path(), &changed)
    }

    fn direction(&self, column: &str) -> &'static str {
        let sort = self.query.sort.value().map_or("", Sort::code);
        match sort.strip_prefix('-') {
            Some(sorted) if sorted == column => "descending",
            None if sort == column => "ascending",
            _ => "none",
        }
    }

    /// The form action that asks for confirmation of the selection, or of all matching servers.
    fn ask_address(&self, action: &str, all: bool) -> String {
        let path = format!("{}/{action}", self.layout.path());
        let filter = self.query.filter();
        let parameters = [
            ("all", Some("yes")),
            ("q", Some(&*filter.text)),
            ("list", filter.list.code()),
            ("show", filter.show.code()),
            ("os", Some(&*filter.os)),
        ];
        let mut all_parameters = vec![("ask", Some("yes"))];
        all_parameters.extend(parameters.into_iter().filter(|_| all));
        address::with_query(&path, &all_parameters)
    }

    fn is_os(&self, os: &str) -> bool {
        *self.query.os == *os
    }

    fn file(&self, format: &str) -> String {
        let path = self.layout.file_path(format);
        let pages = [("page", None), ("monitored_page", None)];
        self.query.address_with(&path, &pages)
    }

    /// The label of the button for all matching servers.
    fn all_label(&self, action: &str) -> &'static str {
        match (action, self.query.filter().is_everything()) {
            ("add", true) => "add-all",
            ("add", false) => "add-all-matching",
            (_, true) => "release-all",
            (_, false) => "release-all-matching",
        }
    }

    /// Whether the page shows the outcome of this list's selection.
    fn has_outcome_of(&self, list: ListKind) -> bool {
        let is_release = |request: &ChangeRequest| request.action == ChangeAction::Release;
        let outcome = self.outcome.as_ref();
        outcome.is_some_and(|outcome| is_release(outcome) == list.is_monitored())
    }
}

pub async fn index(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<ListQuery>,
) -> Result {
    let access = state.store.api_access(who.team()).await?;
    let read = state.control.read_lists(&access).await;
    let reading = read.as_ref().ok();
    let outcome = state.control.refresh(who.team(), &query.request, reading);
    let outcome = outcome.await?;
    let layout = layout(&who, &query, outcome.as_ref());
    let failure = read.as_ref().err().map(|error| {
        tracing::warn!(request_id = layout.request_id, %error, "the Secmon API failed");
        upstream(error)
    });
    let lists = match read {
        Ok(reading) => Some(lists(&who, &state, &query, &layout, reading).await?),
        Err(_) => None,
    };
    let status = failure
        .as_ref()
        .map_or(StatusCode::OK, |failure| failure.status);
    let view = Index {
        notice: notice(&query.notice),
        layout,
        query,
        outcome,
        lists,
        failure,
    };
    html_as(status, &view)
}

/// The layout at the list's address, with the request whose outcome it shows.
fn layout(
    who: &Authorized<ReadTeam>,
    query: &ListQuery,
    outcome: Option<&ChangeRequest>,
) -> Layout {
    let layout = who.layout();
    let request = outcome.map(|request| request.id.as_str());
    let address = query.address_with(layout.path(), &[("request", request)]);
    layout.at(address)
}

async fn lists(
    who: &Authorized<ReadTeam>,
    state: &AppState,
    query: &ListQuery,
    layout: &Layout,
    reading: InventoryReading,
) -> Result<Lists> {
    let requested = state.store.release_requested(&who.team().id).await?;
    let flags = ServerFlags::load(&state.store, &who.team().id).await?;
    let fleet = reading.fleet;
    let servers = fleet.not_monitored.iter().chain(&fleet.monitored);
    let systems = servers
        .flat_map(Server::vms)
        .filter_map(|vm| vm.os.clone())
        .collect();
    let view = |servers: Vec<Server>, list, requested| {
        ListView::new(servers, list, query, layout, &flags, requested)
    };
    Ok(Lists {
        views: [
            view(fleet.not_monitored, ListKind::NotMonitored, HashMap::new()),
            view(fleet.monitored, ListKind::Monitored, requested),
        ],
        systems,
        read: state.clock.korean(),
        flags,
        forms: forms(who, state, query),
    })
}

fn forms(who: &Authorized<ReadTeam>, state: &AppState, query: &ListQuery) -> Option<Forms> {
    let token = || {
        idempotency_token::issue(
            state.store.keys(),
            &state.clock,
            &who.user().id,
            &who.team().id,
        )
    };
    who.may(Permission::ChangeControl).then(|| Forms {
        add_token: token(),
        release_token: token(),
        back: query.address(&path(who.team())),
    })
}
