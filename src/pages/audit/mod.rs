//! Who did what through the portal: filtered, paged, and as a file.

mod file;

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use serde::Deserialize;

use crate::{
    model::{KoreanTime, Listing, PageNumber, TeamId, normalize},
    store::{Action, AuditEntry, AuditFilter, AuditPage, Outcome},
    web::{
        Can, Page, Portal, Query, Result, SiteAdmin, access::ReadAudit, address, html, html_as,
        table_file::Format,
    },
};

use super::{export, paging::Paging};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/t/{slug}/audit", get(index))
        .route("/t/{slug}/audit.csv", get(export_team))
        .route("/t/{slug}/audit.xlsx", get(export_team))
        .route("/admin/audit", get(of_site))
        .route("/admin/audit.csv", get(export_site))
        .route("/admin/audit.xlsx", get(export_site))
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
    /// # Errors
    /// When a time or a code says nothing: no row matches it.
    fn filter(&self) -> std::result::Result<AuditFilter, FilterError> {
        let time = |typed: &str| match typed {
            "" => Ok(None),
            typed => KoreanTime::parse_input(typed)
                .map(Some)
                .map_err(|_| FilterError::UnreadableTime),
        };
        Ok(AuditFilter {
            actor: self.actor.clone(),
            action: find(Action::ALL, &self.action, Action::code)?,
            outcome: find(Outcome::ALL, &self.outcome, Outcome::code)?,
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

/// Why a filter lets nothing through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FilterError {
    UnreadableTime,
    UnknownCode,
}

/// The one with that code, as people type it; `None` for no code.
fn find<T: Copy>(
    all: &[T],
    typed: &str,
    code: impl Fn(T) -> &'static str,
) -> std::result::Result<Option<T>, FilterError> {
    match normalize(typed).as_str() {
        "" => Ok(None),
        typed => {
            let found = all.iter().copied().find(|one| code(*one) == typed);
            found.map(Some).ok_or(FilterError::UnknownCode)
        }
    }
}

#[derive(Template)]
#[template(path = "audit/index.html")]
struct Index {
    page: Page,
    query: AuditQuery,
    list: std::result::Result<List, FilterError>,
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
    let filter = match query.filter() {
        Ok(filter) => filter,
        Err(error) => {
            let status = match error {
                FilterError::UnreadableTime => StatusCode::UNPROCESSABLE_ENTITY,
                FilterError::UnknownCode => StatusCode::OK,
            };
            let list = Err(error);
            return html_as(status, &Index { page, query, list });
        }
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
        list: Ok(List { entries, paging }),
    })
}

/// The requests as they can be told at that moment.
fn told(entries: &mut [AuditEntry], now: KoreanTime) {
    for entry in entries {
        entry.control = entry.control.take().map(|it| it.told(now));
    }
}

async fn export_team(
    who: Can<ReadAudit>,
    State(portal): State<Portal>,
    Query(query): Query<AuditQuery>,
    format: Format,
) -> Result {
    let record = who
        .record()
        .on_team(&who.team().id, who.page().address.as_str());
    export::written_down(&portal, &record).await?;
    let name = export::name(&portal, &format!("{}-audit", who.team().slug));
    file::send(
        portal,
        Some(who.team().id.clone()),
        who.page(),
        &query,
        format,
        name,
    )
    .await
}

async fn export_site(
    SiteAdmin(who): SiteAdmin,
    State(portal): State<Portal>,
    Query(query): Query<AuditQuery>,
    format: Format,
) -> Result {
    let record = who.record().on(who.page().address.as_str());
    export::written_down(&portal, &record).await?;
    let name = export::name(&portal, "audit");
    file::send(portal, None, who.page(), &query, format, name).await
}
