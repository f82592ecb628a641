//! The vendor's history of monitoring changes, with the portal's requests that caused them.

pub mod export;
mod source;

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;

use crate::{
    control::{Attribution, Origin, asked_before},
    model::{ApiTimestamp, HISTORY, HistoryEntry, KstDateTime, ListDefinition, ServerId, Team},
    store::{ArchivedHistory, Error, Store},
    web::{
        self, AppState, Authorized, Layout, LenientQuery,
        access::ReadTeam,
        export::{Cell, ColumnKind, Columns},
        html,
        list::{List, ListRequest, ListRow, remember_page_size},
        pagination::PageQuery,
    },
};

impl ListRow for ArchivedHistory {
    const DEFINITION: &'static ListDefinition = &HISTORY;

    fn columns() -> Columns<Self> {
        columns(|_, _| Cell::Empty)
    }

    fn place(&self) -> i64 {
        self.place
    }

    fn id(&self) -> Option<&str> {
        self.entry.id.as_ref().map(ServerId::as_str)
    }

    fn gone(&self) -> Option<KstDateTime> {
        self.gone
    }
}

/// The columns of history rows, be they archived or not; `origin` says who asked for the change.
fn columns<R: AsRef<HistoryEntry> + 'static>(
    origin: impl for<'a> Fn(&Layout, &'a R) -> Cell<'a> + Send + Sync + 'static,
) -> Columns<R> {
    Columns::<R>::default()
        .time("history-registered", |row| row.as_ref().registered.as_ref())
        .sorted_as("at")
        .term("history-kind", |row| row.as_ref().kind.as_ref())
        .sorted_as("type")
        .term("history-status", |row| row.as_ref().status.as_ref())
        .sorted_as("status")
        .names("history-names", |row| &row.as_ref().names)
        .as_heading()
        .column("history-through", ColumnKind::Text, origin)
        .text("history-contents", |row| row.as_ref().contents.as_deref())
        .term("history-reason", |row| row.as_ref().reason.as_ref())
        .term("history-meter", |row| row.as_ref().meter.as_ref())
        .text("history-id", |row| {
            row.as_ref().id.as_ref().map(ServerId::as_str)
        })
}

#[derive(Template)]
#[template(path = "history/index.html")]
struct Index {
    layout: Layout,
    list: List<ArchivedHistory>,
}

pub async fn index(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    request: ListRequest<ArchivedHistory>,
    LenientQuery(query): LenientQuery<PageQuery>,
) -> web::Result {
    let page_size = request.new_page_size();
    let layout = who.layout();
    let Some(mut list) = List::load(&state, &layout, who.team(), request).await? else {
        return source::index(&who, &state, &query).await;
    };
    let origins = origins(&state.store, who.team(), &layout, &list.rows).await?;
    list.columns = columns(move |_, row: &ArchivedHistory| {
        let origin = origins.get(&row.place).cloned();
        origin.unwrap_or(Cell::Empty)
    });
    let layout = layout.at(list.address());
    let page = html(&Index { layout, list })?;
    Ok(remember_page_size(page, state.https, page_size))
}

/// Who asked for the changes, by the places of their rows.
async fn origins(
    store: &Store,
    team: &Team,
    layout: &Layout,
    rows: &[ArchivedHistory],
) -> Result<HashMap<i64, Cell<'static>>, Error> {
    let entries: Vec<_> = rows.iter().map(|row| row.entry.clone()).collect();
    let attribution = attribution(store, team, &entries).await?;
    let origins = attribution.with(&entries).map(|(_, origin)| {
        let text = requested_by(layout, origin);
        match origin.request {
            Some(request) => Cell::Link {
                text,
                address: format!("{}/requests/{}", layout.team_path(), request.id),
            },
            None => Cell::Text(text.into()),
        }
    });
    let places = rows.iter().map(|row| row.place);
    Ok(places.zip(origins).collect())
}

/// The requester of a change, or that it was made outside the portal.
fn requested_by(layout: &Layout, origin: Origin<'_>) -> String {
    let user = origin.request.map(|request| request.user_name.as_str());
    let outside = origin.is_outside.then(|| layout.t("outside-the-portal"));
    let shared = origin
        .is_shared_name
        .then(|| layout.t("server-of-this-name"));
    let parts: Vec<&str> = [user, outside, shared].into_iter().flatten().collect();
    parts.join(", ")
}

/// Matches changes with the portal's requests of the time before them.
pub async fn attribution(
    store: &Store,
    team: &Team,
    changes: &[HistoryEntry],
) -> Result<Attribution, Error> {
    let at = |change: &HistoryEntry| match change.registered {
        Some(ApiTimestamp::At(at)) => Some(asked_before(at)),
        _ => None,
    };
    let spans: Vec<_> = changes.iter().filter_map(at).collect();
    let from = spans.iter().map(|span| span.0).min();
    let to = spans.iter().map(|span| span.1).max();
    let Some((from, to)) = from.zip(to) else {
        return Ok(Attribution::default());
    };
    let requests = store.control_asked(&team.id, from, to).await?;
    let shared_names = store.shared_names(&team.id).await?;
    Ok(Attribution::new(changes, requests, shared_names))
}
