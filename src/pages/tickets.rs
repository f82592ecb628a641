//! Response tickets: the list and its files.

mod show;

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, routing::get};
use futures_util::StreamExt as _;

use crate::{
    model::{ApiAccess, Moment, PageNumber, Ticket, TicketId},
    secmon::Secmon,
    store::Store,
    web::{
        Can, Page, Portal, Query, Result,
        access::ReadTeam,
        address, html,
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
        .route("/t/{slug}/tickets/{ticket}", get(show::show))
        .route("/t/{slug}/tickets/{ticket}/raw", get(show::raw))
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
