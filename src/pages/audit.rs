//! Who did what through the portal.

use askama::Template;
use axum::{Router, extract::State, routing::get};

use crate::{
    model::Listing,
    store::{AuditEntry, AuditPage},
    web::{Can, Page, Portal, Query, Result, SiteAdmin, access::ReadAudit, html},
};

use super::paging::{PageQuery, Paging};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/t/{slug}/audit", get(index))
        .route("/admin/audit", get(of_site))
}

#[derive(Template)]
#[template(path = "audit/index.html")]
struct Index {
    page: Page,
    entries: Vec<AuditEntry>,
    paging: Paging,
}

impl Index {
    fn title(&self) -> String {
        let is_of_team = self.page.team.is_some();
        self.page
            .say(if is_of_team { "audit" } else { "admin-audit" })
    }
}

async fn index(
    who: Can<ReadAudit>,
    State(portal): State<Portal>,
    Query(query): Query<PageQuery>,
) -> Result {
    let log = portal.store.audit_of_team(&who.team().id, query.number());
    show(&portal, who.page(), &query, log.await?)
}

/// The log of the whole site: also of what concerns no team, such as sign-ins under unknown names.
async fn of_site(
    SiteAdmin(who): SiteAdmin,
    State(portal): State<Portal>,
    Query(query): Query<PageQuery>,
) -> Result {
    let log = portal.store.audit_of_site(query.number());
    show(&portal, who.page(), &query, log.await?)
}

fn show(portal: &Portal, page: Page, query: &PageQuery, log: AuditPage) -> Result {
    let AuditPage { mut rows, total } = log;
    for entry in &mut rows {
        entry.control = entry
            .control
            .take()
            .map(|it| it.told(portal.clock.korean()));
    }
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
