//! Who did what through the portal: filtered, paged, and as a file.

mod export;

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use serde::Deserialize;

use crate::{
    model::{KoreanTime, Listing, PageNumber, TeamId},
    store::{Action, AuditEntry, AuditFilter, AuditPage, Outcome},
    web::{Can, Page, Portal, Query, Result, SiteAdmin, access::ReadAudit, address, html, html_as},
};

use super::paging::Paging;

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/t/{slug}/audit", get(index))
        .route("/t/{slug}/audit.csv", get(export::export))
        .route("/t/{slug}/audit.xlsx", get(export::export))
        .route("/admin/audit", get(of_site))
        .route("/admin/audit.csv", get(export::export_of_site))
        .route("/admin/audit.xlsx", get(export::export_of_site))
}

/// The filter and the page, all of it in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AuditQuery {
    q: String,
    actor: String,
    action: String,
    outcome: String,
    start: String,
    end: String,
    page: String,
}

impl AuditQuery {
    /// `None` when a time cannot be read.
    fn filter(&self) -> Option<AuditFilter> {
        let time = |typed: &str| match typed {
            "" => Some(None),
            typed => KoreanTime::parse_input(typed).ok().map(Some),
        };
        let actions = Action::ALL.iter().copied();
        let outcomes = Outcome::ALL.iter().copied();
        Some(AuditFilter {
            actor: self.actor.clone(),
            action: actions.into_iter().find(|it| it.code() == self.action),
            outcome: outcomes.into_iter().find(|it| it.code() == self.outcome),
            from: time(&self.start)?,
            to: time(&self.end)?.map(KoreanTime::end_of_minute),
            text: self.q.clone(),
        })
    }

    fn parameters(&self) -> [(&str, Option<&str>); 6] {
        [
            ("q", Some(&self.q)),
            ("actor", Some(&self.actor)),
            ("action", Some(&self.action)),
            ("outcome", Some(&self.outcome)),
            ("start", Some(&self.start)),
            ("end", Some(&self.end)),
        ]
    }

    fn is_everything(&self) -> bool {
        let typed = self.parameters();
        typed
            .iter()
            .all(|(_, value)| value.is_none_or(str::is_empty))
    }
}

#[derive(Template)]
#[template(path = "audit/index.html")]
struct Index {
    page: Page,
    query: AuditQuery,
    /// Nothing when the filter could not be read.
    list: Option<List>,
}

struct List {
    entries: Vec<AuditEntry>,
    paging: Paging,
}

impl Index {
    fn title(&self) -> String {
        let is_of_team = self.page.team.is_some();
        self.page
            .say(if is_of_team { "audit" } else { "admin-audit" })
    }

    fn object(&self, entry: &AuditEntry) -> String {
        object(&self.page, entry)
    }

    /// The same rows as a file.
    fn file(&self, format: &str) -> String {
        let path = self.page.file_path(format);
        address::with_query(&path, &self.query.parameters())
    }
}

async fn index(
    who: Can<ReadAudit>,
    State(portal): State<Portal>,
    Query(query): Query<AuditQuery>,
) -> Result {
    show(&portal, Some(&who.team().id), who.page(), query).await
}

/// The log of the whole site: also of what concerns no team, such as sign-ins under unknown names.
async fn of_site(
    SiteAdmin(who): SiteAdmin,
    State(portal): State<Portal>,
    Query(query): Query<AuditQuery>,
) -> Result {
    show(&portal, None, who.page(), query).await
}

async fn show(portal: &Portal, team: Option<&TeamId>, page: Page, query: AuditQuery) -> Result {
    let Some(filter) = query.filter() else {
        let view = Index {
            page,
            query,
            list: None,
        };
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    let number = PageNumber::from_query(&query.page);
    let store = &portal.store;
    let AuditPage { mut rows, total } = match team {
        Some(team) => store.audit_of_team(team, &filter, number).await?,
        None => store.audit_of_site(&filter, number).await?,
    };
    told(&mut rows, portal.clock.korean());
    let listing = Listing {
        rows,
        total: Some(total),
        page: number,
        has_next: u64::from(AuditPage::SIZE) * u64::from(number.get()) < total,
    };
    let paging = Paging::new(&listing, page.path(), &query.parameters());
    let entries = listing.rows;
    html(&Index {
        page,
        query,
        list: Some(List { entries, paging }),
    })
}

/// The requests as they can be told at that moment.
fn told(entries: &mut [AuditEntry], now: KoreanTime) {
    for entry in entries {
        entry.control = entry.control.take().map(|it| it.told(now));
    }
}

/// What was done something to. The end of an export tells how many rows it had.
fn object(page: &Page, entry: &AuditEntry) -> String {
    match entry.exported_rows() {
        Some((address, rows)) => {
            let rows = page.say_with("number", [("n", rows)]);
            let arguments = [("address", address), ("rows", rows.as_str())];
            page.say_with("audit-export-rows", arguments)
        }
        None => entry.object.clone(),
    }
}
