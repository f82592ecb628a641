//! Response tickets: the list, and one ticket with its analysis.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use futures_util::StreamExt as _;

use crate::{
    analysis::{SafeHtml, is_cut, sanitise, title},
    model::{ApiAccess, Moment, PageNumber, Ticket, TicketDetail, TicketId},
    secmon::{self, Secmon},
    store::Store,
    web::{
        Can, Error, Page, Portal, Query, Result,
        access::ReadTeam,
        html,
        table_file::{Format, TableFile},
    },
};

use super::{
    export,
    paging::{PageQuery, Paging},
};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/t/{slug}/tickets", get(index))
        .route("/t/{slug}/tickets.csv", get(file))
        .route("/t/{slug}/tickets.xlsx", get(file))
        .route("/t/{slug}/tickets/{ticket}", get(show))
}

#[derive(Template)]
#[template(path = "tickets/index.html")]
struct Index {
    page: Page,
    tickets: Vec<Ticket>,
    paging: Paging,
    /// The list's own state, for the way back from a ticket.
    query: PageQuery,
}

impl Index {
    fn ticket_address(&self, id: &TicketId) -> String {
        self.query.address(&format!("{}/{id}", self.page.path()))
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
    let page = query.page(who.page());
    let paging = Paging::new(&listing, page.path(), &[]);
    html(&Index {
        page,
        tickets: listing.rows,
        paging,
        query,
    })
}

/// All tickets, of all pages.
async fn file(who: Can<ReadTeam>, State(portal): State<Portal>, format: Format) -> Result {
    let access = portal.store.api_access(who.team()).await?;
    let first = portal.secmon.tickets(&access, PageNumber::FIRST).await?;
    let page = who.page();
    let record = who.record().on_team(&who.team().id, &page.address);
    export::written_down(&portal, &record).await?;
    let file = TableFile {
        format,
        name: export::name(&portal, &format!("{}-tickets", who.team().slug)),
        head: head(&page),
    };
    let secmon = portal.secmon;
    let read = move |access: Arc<ApiAccess>, number| {
        let secmon = secmon.clone();
        async move { secmon.tickets(&access, number).await }
    };
    let tickets = export::all_pages(first, access, read, |it| {
        it.id.as_ref().map(TicketId::as_str)
    });
    file.send(tickets.map(move |read| Ok(read?.iter().map(|it| line(&page, it)).collect())))
        .await
}

fn head(page: &Page) -> Vec<String> {
    let mut head = vec![page.say("ticket-detected"), page.say("ticket-name")];
    for word in ["ticket-status", "ticket-verdict", "ticket-kind"] {
        head.extend(export::word_titles(page, word));
    }
    let rest = ["ticket-attack", "source-ip", "destination-ip", "ticket-id"];
    head.extend(rest.map(|title| page.say(title)));
    head
}

fn line(page: &Page, ticket: &Ticket) -> Vec<String> {
    let mut line = vec![
        export::moment(ticket.detected.as_ref()),
        export::cell(ticket.name.as_deref()),
    ];
    for word in [&ticket.status, &ticket.verdict, &ticket.kind] {
        line.extend(export::word(page, word.as_ref()));
    }
    let rest = [
        ticket.attack.as_deref(),
        ticket.source_ip.as_deref(),
        ticket.destination_ip.as_deref(),
        ticket.id.as_ref().map(TicketId::as_str),
    ];
    line.extend(rest.map(export::cell));
    line
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
        page: query.page(who.page()),
        id,
        back: query.address(&list),
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
