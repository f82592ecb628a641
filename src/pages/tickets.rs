//! Response tickets: the list and its files.

mod export;
mod show;

use askama::Template;
use axum::{Router, extract::State, routing::get};

use crate::{
    model::{ApiTimestamp, Ticket, TicketId},
    secmon::Secmon,
    store::Store,
    web::{AppState, Authorized, Layout, LenientQuery, Result, access::ReadTeam, html},
};

use super::paging::{PageQuery, Paging};

pub fn routes() -> Router<AppState> {
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
    layout: Layout,
    tickets: Vec<Ticket>,
    paging: Paging,
    /// The list's own state, for the way back from a ticket.
    query: PageQuery,
}

impl Index {
    fn ticket_address(&self, id: &TicketId) -> String {
        self.query.address(&format!("{}/{id}", self.layout.path()))
    }
}

async fn index(
    who: Authorized<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    LenientQuery(query): LenientQuery<PageQuery>,
) -> Result {
    let access = store.api_access(who.team()).await?;
    let listing = secmon.tickets(&access, query.number()).await?;
    let layout = query.page(who.layout());
    let paging = Paging::new(&listing, layout.path(), &[]);
    html(&Index {
        layout,
        tickets: listing.rows,
        paging,
        query,
    })
}
