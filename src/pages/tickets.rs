//! Response tickets: the list and its files.

pub mod export;
pub mod show;

use askama::Template;
use axum::extract::State;

use crate::{
    model::{ApiTimestamp, Ticket, TicketId},
    secmon::Secmon,
    store::Store,
    web::{Authorized, Layout, LenientQuery, Result, access::ReadTeam, html},
};

use super::paging::{PageQuery, Paging};

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

pub async fn index(
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
