//! Who did what through the portal: filtered, paged, and as a file.

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use serde::Deserialize;

use crate::{
    model::{KoreanTime, Listing, PageNumber, Refused, TeamId},
    store::{Action, AuditEntry, AuditFilter, AuditPage, ControlRequest, Outcome},
    web::{
        Can, Page, Portal, Query, QueryText, Result, SiteAdmin,
        access::ReadAudit,
        address, html, html_as,
        table_file::{Format, Rows, TableFile},
    },
};

use super::{
    export, outcome,
    paging::{Paging, page_address},
};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/t/{slug}/audit", get(index))
        .route("/t/{slug}/audit.csv", get(file))
        .route("/t/{slug}/audit.xlsx", get(file))
        .route("/admin/audit", get(of_site))
        .route("/admin/audit.csv", get(file_of_site))
        .route("/admin/audit.xlsx", get(file_of_site))
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

async fn file(
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
    send(
        portal,
        Some(who.team().id.clone()),
        who.page(),
        &query,
        format,
        name,
    )
    .await
}

async fn file_of_site(
    SiteAdmin(who): SiteAdmin,
    State(portal): State<Portal>,
    Query(query): Query<AuditQuery>,
    format: Format,
) -> Result {
    let record = who.record().on(who.page().address.as_str());
    export::written_down(&portal, &record).await?;
    let name = export::name(&portal, "audit");
    send(portal, None, who.page(), &query, format, name).await
}

const HEAD: [&str; 13] = [
    "audit-at",
    "audit-actor",
    "audit-action",
    "audit-object",
    "audit-outcome",
    "stated-reason",
    "export-item",
    "outcome-asked",
    "export-happened",
    "outcome-next",
    "audit-address",
    "audit-session",
    "audit-request",
];

async fn send(
    portal: Portal,
    team: Option<TeamId>,
    page: Page,
    query: &AuditQuery,
    format: Format,
    name: String,
) -> Result<Response> {
    let file = TableFile {
        format,
        name,
        head: HEAD.map(|it| page.say(it)).to_vec(),
    };
    // What cannot be read lets nothing through.
    let filter = query.filter().ok();
    let begin = filter.map(|filter| (filter, None::<AuditEntry>));
    let rows = futures_util::stream::unfold(begin, move |state| {
        let (portal, team, page) = (portal.clone(), team.clone(), page.clone());
        async move {
            let (filter, before) = state?;
            let read = portal
                .store
                .audit_before(team.as_ref(), &filter, before.as_ref());
            let mut entries = match read.await {
                Ok(entries) if entries.is_empty() => return None,
                Ok(entries) => entries,
                Err(error) => return Some((Err(error.into()), None)),
            };
            told(&mut entries);
            let rows: Rows = entries.iter().flat_map(|it| lines(&page, it)).collect();
            let last = entries.pop();
            Some((Ok(rows), Some((filter, last))))
        }
    });
    file.send(rows).await
}

/// A line for each item that was asked for, as in the page's table; one for everything else.
fn lines(page: &Page, entry: &AuditEntry) -> Rows {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let actor = if entry.is_by_command_line() {
        page.say("audit-command-line")
    } else if entry.is_by_portal() {
        page.say("audit-by-portal")
    } else if entry.is_by_single_sign_on() {
        page.say("single-sign-on")
    } else {
        entry.actor.clone()
    };
    let asked = entry.control.as_ref().filter(|_| entry.is_asking());
    let line = |object: String, reason: String, item: [String; 4]| {
        let action = page.say(format!("audit-{}", entry.action.code()));
        let outcome = page.say(format!("audit-outcome-{}", entry.outcome.code()));
        let mut line = vec![
            entry.at.to_string(),
            actor.clone(),
            action,
            object,
            outcome,
            reason,
        ];
        line.extend(item);
        line.extend([
            text(&entry.address),
            text(&entry.session),
            text(&entry.request_id),
        ]);
        line
    };
    match (asked, &entry.control) {
        (Some(request), _) => {
            let of_item = |item| {
                let reason = text(&request.stated_reason);
                let cells = outcome::cells(page, request, item);
                line(item.name.clone(), reason, cells)
            };
            request.items.iter().map(of_item).collect()
        }
        (None, Some(request)) => {
            let names = outcome::names(request);
            let happened = outcome::ended(page, request, &entry.object);
            let owner = page.say_with("change-by", [("user", request.user_name.as_str())]);
            let cells = [names.clone(), owner, happened, String::new()];
            vec![line(names, text(&request.stated_reason), cells)]
        }
        (None, None) => vec![line(
            entry.object.clone(),
            String::new(),
            Default::default(),
        )],
    }
}
