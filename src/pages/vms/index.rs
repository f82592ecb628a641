//! Both lists, what became of the last request, and the forms to add and release.

use std::collections::HashMap;

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
        html_as, idempotency_token,
    },
};

use super::{
    list::{ListKind, ListQuery, ListView},
    marks::{ServerFlags, Show},
    path,
};

#[derive(Template)]
#[template(path = "vms/index.html")]
struct Index {
    layout: Layout,
    query: ListQuery,
    /// What became of the request that the address names.
    outcome: Option<ChangeRequest>,
    /// Another message: that nothing was chosen, or too much.
    notice: Option<&'static str>,
    lists: Option<Lists>,
    /// Why the lists could not be read.
    failure: Option<Upstream>,
}

struct Lists {
    not_monitored: ListView,
    monitored: ListView,
    marks: ServerFlags,
    read: KstDateTime,
    /// One-time tokens, for who may add and release.
    forms: Option<Forms>,
}

impl Lists {
    fn views(&self) -> [&ListView; 2] {
        [&self.not_monitored, &self.monitored]
    }
}

struct Forms {
    add: String,
    release: String,
    /// The list as it is, to come back to.
    back: String,
}

impl Index {
    /// Where a click on a column's heading leads: sorted by it, then the other way round.
    fn sorted_by(&self, column: &str) -> String {
        let other_way = format!("-{column}");
        let next = if self.query.sort.as_str() == column {
            other_way.as_str()
        } else {
            column
        };
        let first_page = [
            ("sort", Some(next)),
            ("page", None),
            ("monitored_page", None),
        ];
        self.query.address_with(self.layout.path(), &first_page)
    }

    /// Where a button of the form that adds or releases leads: to be asked first, of what is
    /// ticked or of all that the filter lets through.
    fn ask_address(&self, action: &str, all: bool) -> String {
        let path = format!("{}/{action}", self.layout.path());
        let filter = self.query.filter();
        let q = Some(&*filter.text).filter(|_| all);
        let show = filter.show.in_address().filter(|_| all);
        address::with_query(
            &path,
            &[
                ("ask", Some("yes")),
                ("all", all.then_some("yes")),
                ("q", q),
                ("show", show),
            ],
        )
    }

    /// Both lists as a file, filtered and sorted like the page.
    fn file(&self, format: &str) -> String {
        let path = self.layout.file_path(format);
        let pages = [("page", None), ("monitored_page", None)];
        self.query.address_with(&path, &pages)
    }

    /// What such a button says that it chooses.
    fn all_words(&self, action: &str) -> &'static str {
        match (action, self.query.filter().is_everything()) {
            ("add", true) => "add-all",
            ("add", false) => "add-all-matching",
            (_, true) => "release-all",
            (_, false) => "release-all-matching",
        }
    }

    /// Does the page tell what became of a choice of this list: that choice is over.
    fn tells_of(&self, side: ListKind) -> bool {
        let of = |request: &ChangeRequest| request.action == ChangeAction::Release;
        self.outcome
            .as_ref()
            .is_some_and(|outcome| of(outcome) == side.is_monitored())
    }

    fn direction(&self, column: &str) -> &'static str {
        let sort = self.query.sort.as_str();
        match sort.strip_prefix('-') {
            Some(sorted) if sorted == column => "descending",
            None if sort == column => "ascending",
            _ => "none",
        }
    }
}

pub async fn index(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<ListQuery>,
) -> Result {
    let layout = who.layout();
    let access = state.store.api_access(who.team()).await?;
    let control = &state.control;
    let read = control.read_lists(&access).await;
    let told = control.refresh(who.team(), &query.request, read.as_ref().ok());
    let outcome = told.await?;
    let told = outcome.as_ref().map(|request| request.id.as_str());
    let here = query.address_with(layout.path(), &[("request", told)]);
    let layout = layout.at(here);
    let (mut lists, mut failure) = (None, None);
    match read {
        Ok(InventoryReading { fleet, .. }) => {
            let requested = state.store.release_requested(&who.team().id).await?;
            let marks = ServerFlags::of(&state.store, &who.team().id).await?;
            let list = |servers: Vec<Server>, side, requested| {
                ListView::new(servers, side, &query, &layout, &marks, requested)
            };
            lists = Some(Lists {
                not_monitored: list(fleet.not_monitored, ListKind::NotMonitored, HashMap::new()),
                monitored: list(fleet.monitored, ListKind::Monitored, requested),
                read: state.clock.korean(),
                marks,
                forms: forms(&who, &state, &query),
            });
        }
        Err(error) => {
            tracing::warn!(request_id = layout.request_id, %error, "the Secmon API failed");
            failure = Some(upstream(&error));
        }
    }
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

fn forms(who: &Authorized<ReadTeam>, state: &AppState, query: &ListQuery) -> Option<Forms> {
    if !who.may(Permission::ChangeControl) {
        return None;
    }
    let (keys, clock) = (state.store.keys(), &state.clock);
    let token = || idempotency_token::issue(keys, clock, &who.user().id, &who.team().id);
    Some(Forms {
        add: token(),
        release: token(),
        back: query.address(&path(who.team())),
    })
}

/// Only messages of ours can be named by an address.
pub fn notice(name: &str) -> Option<&'static str> {
    match name {
        "nothing-chosen" => Some("vms-nothing-chosen"),
        "too-many" => Some("vms-too-many"),
        "nothing-matches" => Some("vms-none-match"),
        _ => None,
    }
}
