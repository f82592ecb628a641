//! Response tickets: the list, and one ticket with its analysis.

mod export;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};

use crate::{
    analysis::{SafeHtml, is_cut, sanitise, title},
    model::{Moment, Ticket, TicketDetail, TicketId},
    secmon::{self, Secmon},
    store::Store,
    web::{Can, Error, Page, Portal, Query, Result, access::ReadTeam, address, html},
};

use super::paging::{PageQuery, Paging};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/t/{slug}/tickets", get(index))
        .route("/t/{slug}/tickets.csv", get(export::export))
        .route("/t/{slug}/tickets.xlsx", get(export::export))
        .route("/t/{slug}/tickets/{ticket}", get(show))
}

#[derive(Template)]
#[template(path = "tickets/index.html")]
struct Index {
    page: Page,
    tickets: Vec<Ticket>,
    paging: Paging,
    /// The list's own state, for the way back from a ticket.
    list_page: Option<String>,
}

impl Index {
    fn ticket_address(&self, id: &TicketId) -> String {
        let path = format!("{}/{id}", self.page.path());
        address::with_query(&path, &[("page", self.list_page.as_deref())])
    }
}

async fn index(
    who: Can<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    Query(query): Query<PageQuery>,
) -> Result {
    let access = store.api_access(who.team()).await?;
    let listing = secmon.tickets(&access, query.number()).await?;
    let page = who.page();
    let paging = Paging::new(&listing, page.path(), &[]);
    html(&Index {
        page,
        tickets: listing.rows,
        paging,
        list_page: query.in_address(),
    })
}

#[derive(Template)]
#[template(path = "tickets/show.html")]
struct Show {
    page: Page,
    id: TicketId,
    /// The list, as it was left.
    back: String,
    parts: Parts,
}

/// The parts of a ticket, made safe.
struct Parts {
    name: SafeHtml,
    description: SafeHtml,
    summary: SafeHtml,
    analysis: SafeHtml,
    deep_analysis: SafeHtml,
    /// Some of it was longer than the portal shows.
    cut: bool,
}

impl Parts {
    fn new(ticket: &TicketDetail) -> Self {
        let TicketDetail {
            name,
            description,
            summary,
            analysis,
            deep_analysis,
        } = ticket;
        let safe = |part: &Option<String>| sanitise(part.as_deref().unwrap_or_default());
        let parts = [name, description, summary, analysis, deep_analysis];
        Self {
            name: title(name.as_deref().unwrap_or_default()),
            description: safe(description),
            summary: safe(summary),
            analysis: safe(analysis),
            deep_analysis: safe(deep_analysis),
            cut: parts.into_iter().flatten().any(|part| is_cut(part)),
        }
    }
}

async fn show(
    who: Can<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<PageQuery>,
) -> Result {
    let id: TicketId = id.parse().map_err(|_| Error::NotFound)?;
    let access = store.api_access(who.team()).await?;
    let ticket = secmon.ticket(&access, &id).await.map_err(no_such_ticket)?;
    // A long analysis takes its time, which must not be the time of other pages.
    let parts = tokio::task::spawn_blocking(move || Parts::new(&ticket)).await;
    let list = format!("/t/{}/tickets", who.team().slug);
    html(&Show {
        page: who.page(),
        id,
        back: address::with_query(&list, &[("page", query.in_address().as_deref())]),
        parts: parts.map_err(Error::internal)?,
    })
}

/// The API answers 404 for a ticket that it does not have.
fn no_such_ticket(error: secmon::Error) -> Error {
    match error {
        secmon::Error::Gateway { status: 404, .. } => Error::NotFound,
        other => other.into(),
    }
}
