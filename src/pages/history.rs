//! The vendor's history of monitoring changes, with the portal's requests that caused them.

pub mod export;

use askama::Template;
use axum::extract::State;

use crate::{
    control::{Attribution, Origin, asked_before},
    model::{ApiTimestamp, HistoryEntry, Team},
    secmon::Secmon,
    store::{Error, Store},
    web::{
        self, Authorized, Layout, LenientQuery,
        access::ReadTeam,
        html,
        pagination::{PageQuery, Pagination},
    },
};

#[derive(Template)]
#[template(path = "history/index.html")]
struct Index {
    layout: Layout,
    changes: Vec<HistoryEntry>,
    attribution: Attribution,
    paging: Pagination,
}

pub async fn index(
    who: Authorized<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    LenientQuery(query): LenientQuery<PageQuery>,
) -> web::Result {
    let access = store.api_access(who.team()).await?;
    let listing = secmon.history(&access, query.number()).await?;
    let attribution = attribution(&store, who.team(), &listing.rows).await?;
    let layout = query.layout(who.layout());
    html(&Index {
        paging: Pagination::new(&listing, layout.path(), &[]),
        layout,
        changes: listing.rows,
        attribution,
    })
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
