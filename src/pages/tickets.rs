//! Response tickets: the list.

pub mod export;
pub mod show;

use askama::Template;
use axum::extract::State;

use crate::{
    model::{ApiTimestamp, Ticket, TicketId},
    secmon::Secmon,
    store::Store,
    web::{
        Authorized, Layout, LenientQuery, Result,
        access::ReadTeam,
        html,
        pagination::{PageQuery, Pagination},
    },
};

#[derive(Template)]
#[template(path = "tickets/index.html")]
struct Index {
    layout: Layout,
    tickets: Vec<Ticket>,
    paging: Pagination,
    query: PageQuery,
}

impl Index {
    /// A ticket's page, which links back to this page of the list.
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
    let layout = query.layout(who.layout());
    html(&Index {
        paging: Pagination::new(&listing, layout.path(), &[]),
        layout,
        tickets: listing.rows,
        query,
    })
}
