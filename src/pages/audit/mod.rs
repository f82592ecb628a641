//! The audit log: filtered and paged.

pub mod export;

use askama::Template;
use axum::{extract::State, http::StatusCode};
use serde::Deserialize;

use crate::{
    model::{ChangeRequest, PageNumber, PageOf, TeamId},
    store::{Action, AuditEntry, AuditFilter, AuditPage, Outcome},
    web::{
        AppState, Authorized, Layout, LenientQuery, QueryText, Result, SiteAdmin,
        access::ReadAudit,
        address,
        filter::{Choice, FilterValue, Period, PeriodError},
        html_as,
        pagination::{Pagination, page_address},
    },
};

impl FilterValue for Action {
    const ALL: &'static [Self] = Action::ALL;

    fn code(self) -> &'static str {
        Action::code(self)
    }
}

impl FilterValue for Outcome {
    const ALL: &'static [Self] = Outcome::ALL;

    fn code(self) -> &'static str {
        Outcome::code(self)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    q: QueryText,
    actor: QueryText,
    action: Choice<Action>,
    outcome: Choice<Outcome>,
    from: QueryText,
    to: QueryText,
    start: QueryText,
    end: QueryText,
    page: PageNumber,
}

impl AuditQuery {
    fn period(&self) -> Period {
        Period::new([&self.from, &self.start], [&self.to, &self.end])
    }

    /// The parameters of links.
    fn parameters<'a>(&'a self, period: &'a Period) -> [(&'static str, Option<&'a str>); 6] {
        let [from, to] = period.parameters();
        [
            ("q", Some(&self.q)),
            ("actor", Some(&self.actor)),
            ("action", self.action.code()),
            ("outcome", self.outcome.code()),
            from,
            to,
        ]
    }

    fn has_unknown_value(&self) -> bool {
        self.action.is_unknown() || self.outcome.is_unknown()
    }

    /// `None` when a parameter has an unknown value, which matches no event.
    fn filter(&self) -> std::result::Result<Option<AuditFilter>, PeriodError> {
        let period = self.period();
        let filter = AuditFilter {
            actor: self.actor.to_string(),
            action: self.action.value(),
            outcome: self.outcome.value(),
            from: period.start()?,
            to: period.end()?,
            text: self.q.to_string(),
        };
        Ok((!self.has_unknown_value()).then_some(filter))
    }
}

#[derive(Template)]
#[template(path = "audit/index.html")]
struct Index {
    layout: Layout,
    query: AuditQuery,
    period: Period,
    entries: Vec<AuditEntry>,
    paging: Pagination,
    error: Option<PeriodError>,
}

impl Index {
    fn new(layout: Layout, query: AuditQuery) -> Self {
        let mut view = Self {
            layout,
            period: query.period(),
            query,
            entries: Vec::new(),
            paging: Pagination::default(),
            error: None,
        };
        let address = page_address(view.layout.path(), &view.parameters(), view.query.page);
        view.layout = view.layout.at(address);
        view
    }

    fn parameters(&self) -> [(&'static str, Option<&str>); 6] {
        self.query.parameters(&self.period)
    }

    fn is_everything(&self) -> bool {
        let parameters = self.parameters();
        let mut values = parameters.iter().filter_map(|(_, value)| *value);
        values.all(str::is_empty)
    }

    fn title(&self) -> &str {
        let is_of_team = self.layout.team.is_some();
        self.layout
            .t(if is_of_team { "audit" } else { "admin-audit" })
    }

    fn object(&self, entry: &AuditEntry) -> String {
        object(&self.layout, entry)
    }

    fn file(&self, format: &str) -> String {
        address::with_query(&self.layout.file_path(format), &self.parameters())
    }
}

pub async fn index(
    who: Authorized<ReadAudit>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<AuditQuery>,
) -> Result {
    show(&state, Some(&who.team().id), who.layout(), query).await
}

/// The log of the whole site, with events of no team such as sign-ins with unknown names.
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
    let (filter, page) = (query.filter(), query.page);
    let mut view = Index::new(layout, query);
    let filter = match filter {
        Ok(Some(filter)) => filter,
        Ok(None) => return html_as(StatusCode::OK, &view),
        Err(error) => {
            view.error = Some(error);
            return html_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    let AuditPage { mut rows, total } = match team {
        Some(team) => state.store.audit_of_team(team, &filter, page).await?,
        None => state.store.audit_of_site(&filter, page).await?,
    };
    told(&mut rows);
    let listing = PageOf::new(rows, Some(total), page, AuditPage::SIZE.into());
    view.paging = Pagination::new(&listing, view.layout.path(), &view.parameters());
    view.entries = listing.rows;
    html_as(StatusCode::OK, &view)
}

/// Prepares the change requests for display.
fn told(entries: &mut [AuditEntry]) {
    for entry in entries {
        entry.control = entry.control.take().map(ChangeRequest::told);
    }
}

/// The object of an event; for the end of an export with its number of rows.
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
