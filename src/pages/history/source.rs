//! The history as the source gives it, while the archive holds none.

use askama::Template;

use crate::{
    control::Attribution,
    model::HistoryEntry,
    web::{
        AppState, Authorized, Layout, Result,
        access::ReadTeam,
        html,
        pagination::{PageQuery, Pagination},
    },
};

#[derive(Template)]
#[template(path = "history/source.html")]
struct Index {
    layout: Layout,
    changes: Vec<HistoryEntry>,
    attribution: Attribution,
    paging: Pagination,
}

pub(super) async fn index(
    who: &Authorized<ReadTeam>,
    state: &AppState,
    query: &PageQuery,
) -> Result {
    let access = state.store.api_access(who.team()).await?;
    let listing = state.secmon.history(&access, query.number()).await?;
    let attribution = super::attribution(&state.store, who.team(), &listing.rows).await?;
    let layout = query.layout(who.layout());
    html(&Index {
        paging: Pagination::new(&listing, layout.path(), &[]),
        layout,
        changes: listing.rows,
        attribution,
    })
}
