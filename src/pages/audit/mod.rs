//! Who did what through the portal: filtered, paged, and as a file.

mod export;

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use serde::Deserialize;

use crate::{
    model::{KoreanTime, Listing, PageNumber, Refused, TeamId, normalize},
    store::{Action, AuditEntry, AuditFilter, AuditPage, ControlRequest, Outcome},
    web::{
        Can, Page, Portal, Query, QueryText, Result, SiteAdmin, access::ReadAudit, address, html,
        html_as,
    },
};

use super::paging::{Paging, page_address};

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
    q: QueryText,
    actor: QueryText,
    action: QueryText,
    outcome: QueryText,
    start: QueryText,
    end: QueryText,
    page: PageNumber,
}

impl AuditQuery {
    fn filter(&self) -> std::result::Result<AuditFilter, Problem> {
        let time = |said: &str, parse: fn(&str) -> std::result::Result<KoreanTime, Refused>| {
            let is_said = !said.is_empty();
            let at = is_said.then(|| parse(said)).transpose();
            at.map_err(|_| Problem::Time)
        };
        Ok(AuditFilter {
            actor: self.actor.to_string(),
            action: one_of(&self.action, Action::ALL, Action::code)?,
            outcome: one_of(&self.outcome, Outcome::ALL, Outcome::code)?,
            from: time(&self.start, KoreanTime::parse_input)?,
            to: time(&self.end, KoreanTime::parse_end_input)?,
            text: self.q.to_string(),
        })
    }

    /// The page at the address of what was asked for.
    fn page(&self, page: Page) -> Page {
        let address = page_address(page.path(), &self.parameters(), self.page);
        page.at(address)
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

    fn is_cut(&self) -> bool {
        self.q.is_cut() || self.actor.is_cut()
    }
}

/// Why the filter lets nothing through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    /// A time cannot be read.
    Time,
    /// There is no such action or outcome.
    UnknownValue,
}

/// Of all values of a parameter the one that was said, if any was.
fn one_of<T: Copy>(
    said: &str,
    all: &[T],
    code: fn(T) -> &'static str,
) -> std::result::Result<Option<T>, Problem> {
    let said = normalize(said);
    if said.is_empty() {
        return Ok(None);
    }
    let named = all.iter().copied().find(|value| code(*value) == said);
    named.map(Some).ok_or(Problem::UnknownValue)
}

#[derive(Template)]
#[template(path = "audit/index.html")]
struct Index {
    page: Page,
    query: AuditQuery,
    list: std::result::Result<List, Problem>,
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
    let page = query.page(page);
    let number = query.page;
    let filter = match query.filter() {
        Ok(filter) => filter,
        Err(problem) => {
            let status = match problem {
                Problem::Time => StatusCode::UNPROCESSABLE_ENTITY,
                Problem::UnknownValue => StatusCode::OK,
            };
            let list = Err(problem);
            return html_as(status, &Index { page, query, list });
        }
    };
    let store = &portal.store;
    let AuditPage { mut rows, total } = match team {
        Some(team) => store.audit_of_team(team, &filter, number).await?,
        None => store.audit_of_site(&filter, number).await?,
    };
    told(&mut rows);
    let listing = Listing::new(rows, Some(total), number, AuditPage::SIZE.into());
    let paging = Paging::new(&listing, page.path(), &query.parameters());
    let entries = listing.rows;
    html(&Index {
        page,
        query,
        list: Ok(List { entries, paging }),
    })
}

/// The requests as they can be told.
fn told(entries: &mut [AuditEntry]) {
    for entry in entries {
        entry.control = entry.control.take().map(ControlRequest::told);
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
