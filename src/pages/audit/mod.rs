//! Who did what through the portal: filtered, paged, and as a file.

pub mod export;

use askama::Template;
use axum::{extract::State, http::StatusCode};
use serde::Deserialize;

use crate::{
    model::{KstDateTime, PageNumber, PageOf, ParseError, TeamId, normalize},
    store::{Action, AuditEntry, AuditFilter, AuditPage, ChangeRequest, Outcome},
    web::{
        AppState, Authorized, Layout, LenientQuery, QueryText, Result, SiteAdmin,
        access::ReadAudit, address, html, html_as,
    },
};

use super::paging::{Paging, page_address};

/// The filter and the page, all of it in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
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
        let time = |said: &str, parse: fn(&str) -> std::result::Result<KstDateTime, ParseError>| {
            let is_said = !said.is_empty();
            let at = is_said.then(|| parse(said)).transpose();
            at.map_err(|_| Problem::Time)
        };
        Ok(AuditFilter {
            actor: self.actor.to_string(),
            action: one_of(&self.action, Action::ALL, Action::code)?,
            outcome: one_of(&self.outcome, Outcome::ALL, Outcome::code)?,
            from: time(&self.start, KstDateTime::parse_input)?,
            to: time(&self.end, KstDateTime::parse_end_input)?,
            text: self.q.to_string(),
        })
    }

    /// The page at the address of what was asked for.
    fn page(&self, layout: Layout) -> Layout {
        let address = page_address(layout.path(), &self.parameters(), self.page);
        layout.at(address)
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
    layout: Layout,
    query: AuditQuery,
    list: std::result::Result<List, Problem>,
}

struct List {
    entries: Vec<AuditEntry>,
    paging: Paging,
}

impl Index {
    fn title(&self) -> &str {
        let is_of_team = self.layout.team.is_some();
        self.layout
            .t(if is_of_team { "audit" } else { "admin-audit" })
    }

    fn object(&self, entry: &AuditEntry) -> String {
        object(&self.layout, entry)
    }

    /// The same rows as a file.
    fn file(&self, format: &str) -> String {
        let path = self.layout.file_path(format);
        address::with_query(&path, &self.query.parameters())
    }
}

pub async fn index(
    who: Authorized<ReadAudit>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<AuditQuery>,
) -> Result {
    show(&state, Some(&who.team().id), who.layout(), query).await
}

/// The log of the whole site: also of what concerns no team, such as sign-ins under unknown names.
pub async fn site_index(
    SiteAdmin(who): SiteAdmin,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<AuditQuery>,
) -> Result {
    show(&state, None, who.layout(), query).await
}

async fn show(
    state: &AppState,
    team: Option<&TeamId>,
    layout: Layout,
    query: AuditQuery,
) -> Result {
    let layout = query.page(layout);
    let number = query.page;
    let filter = match query.filter() {
        Ok(filter) => filter,
        Err(problem) => {
            let status = match problem {
                Problem::Time => StatusCode::UNPROCESSABLE_ENTITY,
                Problem::UnknownValue => StatusCode::OK,
            };
            let list = Err(problem);
            return html_as(
                status,
                &Index {
                    layout,
                    query,
                    list,
                },
            );
        }
    };
    let store = &state.store;
    let AuditPage { mut rows, total } = match team {
        Some(team) => store.audit_of_team(team, &filter, number).await?,
        None => store.audit_of_site(&filter, number).await?,
    };
    told(&mut rows);
    let listing = PageOf::new(rows, Some(total), number, AuditPage::SIZE.into());
    let paging = Paging::new(&listing, layout.path(), &query.parameters());
    let entries = listing.rows;
    html(&Index {
        layout,
        query,
        list: Ok(List { entries, paging }),
    })
}

/// The requests as they can be told.
fn told(entries: &mut [AuditEntry]) {
    for entry in entries {
        entry.control = entry.control.take().map(ChangeRequest::told);
    }
}

/// What was done something to. The end of an export tells how many rows it had.
fn object(layout: &Layout, entry: &AuditEntry) -> String {
    match entry.exported_rows() {
        Some((address, rows)) => {
            let rows = layout.t_with("number", [("n", rows)]);
            let arguments = [("address", address), ("rows", rows.as_str())];
            layout.t_with("audit-export-rows", arguments)
        }
        None => entry.object.clone(),
    }
}
