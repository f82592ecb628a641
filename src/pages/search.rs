//! One field that searches tickets, events, history, servers and notes of a team.

mod results;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect},
};
use serde::Deserialize;

use crate::{
    model::{ArchiveKind, ServerId, Team, TicketId},
    web::{
        AppState, Authorized, Layout, LenientQuery, QueryText, Result, access::ReadTeam, address,
        found_rows::freshen, html,
    },
};

use results::Results;

/// The shortest ticket id that the source is asked for: shorter words are no ids.
const MIN_TICKET_ID: usize = 8;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchQuery {
    q: QueryText,
}

#[derive(Template)]
#[template(path = "search/index.html")]
struct Index {
    layout: Layout,
    text: QueryText,
    source_has_failed: bool,
    /// `None` when nothing was searched for.
    results: Option<Results>,
}

/// An exact id leads straight to its ticket or server.
pub async fn index(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    LenientQuery(SearchQuery { q }): LenientQuery<SearchQuery>,
) -> Result {
    let team = who.team();
    if let Some(there) = exact_match(&state, team, &q).await? {
        return Ok(Redirect::to(&there).into_response());
    }
    let layout = who.layout();
    let canonical = address::with_query(layout.path(), &[("q", Some(&q))]);
    html(&Index {
        source_has_failed: freshen(&state, team).await?,
        results: Results::load(&state.store, team, &q).await?,
        layout: layout.at(canonical),
        text: q,
    })
}

async fn exact_match(state: &AppState, team: &Team, text: &str) -> Result<Option<String>> {
    let store = &state.store;
    if let Ok(id) = text.parse::<ServerId>() {
        let is_vm = store.known_server(&team.id, id.as_str()).await?.is_some();
        if is_vm || !store.known_behind(&team.id, id.as_str()).await?.is_empty() {
            return Ok(Some(format!("/t/{}/vms/{id}", team.slug)));
        }
    }
    let Ok(id) = text.parse::<TicketId>() else {
        return Ok(None);
    };
    let is_archived = store.archived_ticket(&team.id, &id).await?.is_some();
    let is_ticket = is_archived || is_at_the_source(state, team, &id).await?;
    Ok(is_ticket.then(|| format!("/t/{}/tickets/{id}", team.slug)))
}

/// Asks the source for a ticket that is not archived yet. A source that fails has no such ticket.
async fn is_at_the_source(state: &AppState, team: &Team, id: &TicketId) -> Result<bool> {
    let text = id.as_str();
    let is_likely = text.len() >= MIN_TICKET_ID && text.bytes().any(|byte| byte.is_ascii_digit());
    if !is_likely {
        return Ok(false);
    }
    let archive = state.store.archive_status(&team.id).await?;
    let mut tickets = archive.iter();
    if tickets.any(|status| status.kind == ArchiveKind::Tickets && status.is_complete) {
        return Ok(false);
    }
    let access = state.store.api_access(team).await?;
    let ticket = state.secmon.ticket(&access, id).await;
    Ok(ticket.is_ok_and(|ticket| ticket.name.is_some()))
}
