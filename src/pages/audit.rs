//! Who did what through the portal.

use askama::Template;
use axum::{Router, extract::State, routing::get};

use crate::{
    model::{Clock, Listing},
    store::{AuditEntry, AuditPage, Store},
    web::{Can, Page, Portal, Query, Result, access::ReadAudit, html},
};

use super::paging::{PageQuery, Paging};

pub fn routes() -> Router<Portal> {
    Router::new().route("/t/{slug}/audit", get(index))
}

#[derive(Template)]
#[template(path = "audit/index.html")]
struct Index {
    page: Page,
    entries: Vec<AuditEntry>,
    paging: Paging,
}

async fn index(
    who: Can<ReadAudit>,
    State(store): State<Store>,
    State(clock): State<Clock>,
    Query(query): Query<PageQuery>,
) -> Result {
    let AuditPage { mut rows, total } = store.audit_of_team(&who.team().id, query.number()).await?;
    for entry in &mut rows {
        entry.control = entry.control.take().map(|it| it.told(clock.korean()));
    }
    let page = who.page();
    let before = u64::from(AuditPage::SIZE) * u64::from(query.number().get());
    let listing = Listing {
        rows,
        total: Some(total),
        page: query.number(),
        has_next: before < total,
    };
    let paging = Paging::new(&listing, page.path(), &[]);
    html(&Index {
        page,
        entries: listing.rows,
        paging,
    })
}
