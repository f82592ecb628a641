//! The history of control, as the vendor keeps it.

use askama::Template;
use axum::{Router, extract::State, routing::get};

use crate::{
    model::{Change, Moment},
    secmon::Secmon,
    store::Store,
    web::{Can, Page, Portal, Query, Result, access::ReadTeam, html},
};

use super::paging::{PageQuery, Paging};

pub fn routes() -> Router<Portal> {
    Router::new().route("/t/{slug}/history", get(index))
}

#[derive(Template)]
#[template(path = "history/index.html")]
struct Index {
    page: Page,
    changes: Vec<Change>,
    paging: Paging,
}

async fn index(
    who: Can<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    Query(query): Query<PageQuery>,
) -> Result {
    let access = store.api_access(who.team()).await?;
    let listing = secmon.history(&access, query.number()).await?;
    let page = who.page();
    let paging = Paging::new(&listing, page.path(), &[]);
    html(&Index {
        page,
        changes: listing.rows,
        paging,
    })
}
