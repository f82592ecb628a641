//! The list of tickets as the source gives it, while the archive holds none.

use askama::Template;

use crate::{
    model::{Ticket, TicketId},
    web::{
        AppState, Authorized, Layout, Result,
        access::ReadTeam,
        html,
        pagination::{PageQuery, Pagination},
        query,
    },
};

#[derive(Template)]
#[template(path = "tickets/source.html")]
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

pub(super) async fn index(who: &Authorized<ReadTeam>, state: &AppState, query: &str) -> Result {
    let query: PageQuery = query::read(query);
    let access = state.store.api_access(who.team()).await?;
    let listing = state.secmon.tickets(&access, query.number()).await?;
    let layout = query.layout(who.layout());
    html(&Index {
        paging: Pagination::new(&listing, layout.path(), &[]),
        layout,
        tickets: listing.rows,
        query,
    })
}
