//! Response tickets: the list and its files.

mod export;
mod show;

use askama::Template;
use axum::{Router, extract::State, routing::get};

use crate::{
    model::{Moment, Ticket, TicketId},
    secmon::Secmon,
    store::Store,
    web::{Can, Page, Portal, Query, Result, access::ReadTeam, html},
};

use super::paging::{PageQuery, Paging};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/t/{slug}/tickets", get(index))
        .route("/t/{slug}/tickets.csv", get(export::export))
        .route("/t/{slug}/tickets.xlsx", get(export::export))
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
