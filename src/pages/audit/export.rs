//! The audit log as a file.

use std::sync::Arc;

use axum::extract::State;
use futures_util::{Stream, StreamExt as _, stream};

use crate::{
    model::TeamId,
    pages::{export, outcome},
    store::AuditEntry,
    web::{
        Can, Page, Portal, Query, Result, SiteAdmin,
        access::ReadAudit,
        export::{Columns, ExportRequest},
    },
};

use super::{AuditQuery, object, told};

/// A row for each item of a request for control, as in the page's table; one for everything else.
struct Row {
    entry: Arc<AuditEntry>,
    object: String,
    reason: String,
    /// The item, what was asked, what happened and what to do next.
    item: [String; 4],
}

pub async fn export(
    who: Can<ReadAudit>,
    State(portal): State<Portal>,
    Query(query): Query<AuditQuery>,
    request: ExportRequest,
) -> Result {
    let file = export::of_team(&portal, &who, request, "audit");
    let team = Some(who.team().id.clone());
    let rows = rows(portal, team, who.page(), &query);
    file.send(columns(), rows).await
}

pub async fn export_of_site(
    SiteAdmin(who): SiteAdmin,
    State(portal): State<Portal>,
    Query(query): Query<AuditQuery>,
    request: ExportRequest,
) -> Result {
    let file = export::of_site(&portal, &who, request, "audit");
    let rows = rows(portal, None, who.page(), &query);
    file.send(columns(), rows).await
}

/// The rows from the newest to the oldest. A time that cannot be read lets nothing through.
fn rows(
    portal: Portal,
    team: Option<TeamId>,
    page: Page,
    query: &AuditQuery,
) -> impl Stream<Item = Result<Vec<Row>>> + Send + use<> {
    let start = query.filter().map(|filter| (filter, None::<AuditEntry>));
    let rows = stream::try_unfold(start, move |state| {
        let (portal, team, page) = (portal.clone(), team.clone(), page.clone());
        async move {
            let Some((filter, before)) = state else {
                return Ok(None);
            };
            let store = &portal.store;
            let read = store.audit_before(team.as_ref(), &filter, before.as_ref());
            let mut entries = read.await?;
            told(&mut entries, portal.clock.korean());
            let last = entries.last().cloned();
            let rows = entries.into_iter().flat_map(|entry| rows_of(&page, entry));
            let rows: Vec<_> = rows.collect();
            Ok(last.map(|last| (rows, Some((filter, Some(last))))))
        }
    });
    // The log is read after this export stands in it.
    stream::once(async { Ok(Vec::new()) }).chain(rows)
}

fn rows_of(page: &Page, entry: AuditEntry) -> Vec<Row> {
    let entry = Arc::new(entry);
    let row = |object, reason: &Option<String>, item| Row {
        entry: Arc::clone(&entry),
        object,
        reason: reason.clone().unwrap_or_default(),
        item,
    };
    match &entry.control {
        Some(request) if entry.is_asking() => {
            let items = request.items.iter();
            let of_item = |item| outcome::cells(page, request, item);
            items
                .map(|item| row(item.name.clone(), &request.stated_reason, of_item(item)))
                .collect()
        }
        Some(request) => {
            let names = outcome::names(request);
            let happened = outcome::ended(page, request, &entry.object);
            let owner = page.say_with("change-by", [("user", request.user_name.as_str())]);
            let item = [names.clone(), owner, happened, String::new()];
            vec![row(names, &request.stated_reason, item)]
        }
        None => vec![row(object(page, &entry), &None, Default::default())],
    }
}

fn columns() -> Columns<Row> {
    Columns::<Row>::default()
        .rendered("audit-at", |_, row| row.entry.at.to_string())
        .rendered("audit-actor", |page, row| actor(page, &row.entry))
        .rendered("audit-action", |page, row| {
            page.say(format!("audit-{}", row.entry.action.code()))
        })
        .text("audit-object", |row| Some(&row.object))
        .rendered("audit-outcome", |page, row| {
            page.say(format!("audit-outcome-{}", row.entry.outcome.code()))
        })
        .text("stated-reason", |row| Some(&row.reason))
        .text("export-item", |row| Some(&row.item[0]))
        .text("outcome-asked", |row| Some(&row.item[1]))
        .text("export-happened", |row| Some(&row.item[2]))
        .text("outcome-next", |row| Some(&row.item[3]))
        .text("audit-address", |row| row.entry.address.as_deref())
        .text("audit-session", |row| row.entry.session.as_deref())
        .text("audit-request", |row| row.entry.request_id.as_deref())
}

fn actor(page: &Page, entry: &AuditEntry) -> String {
    if entry.is_by_command_line() {
        page.say("audit-command-line")
    } else if entry.is_by_portal() {
        page.say("audit-by-portal")
    } else if entry.is_by_single_sign_on() {
        page.say("single-sign-on")
    } else {
        entry.actor.clone()
    }
}
