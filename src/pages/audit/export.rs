//! The export of the audit log.

use std::sync::Arc;

use axum::extract::State;
use futures_util::{Stream, StreamExt as _, stream};

use crate::{
    model::TeamId,
    store::AuditEntry,
    web::{
        AppState, Authorized, Layout, LenientQuery, Result, SiteAdmin,
        access::ReadAudit,
        export::{Columns, ExportRequest, TableExport},
        request_result,
    },
};

use super::{AuditQuery, object, told};

/// One row for each item of a submitted change request, and one for every other event.
struct Row {
    entry: Arc<AuditEntry>,
    object: String,
    reason: String,
    /// Item, action, outcome, next step.
    item: [String; 4],
}

pub async fn export(
    who: Authorized<ReadAudit>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<AuditQuery>,
    request: ExportRequest,
) -> Result {
    let export = TableExport::new(&state, &who, request, "audit");
    let export = export.with_filters(&query.parameters(&query.period()));
    let team = Some(who.team().id.clone());
    let rows = rows(state, team, who.layout(), &query);
    export.send(columns(), rows).await
}

pub async fn site_export(
    SiteAdmin(who): SiteAdmin,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<AuditQuery>,
    request: ExportRequest,
) -> Result {
    let export = TableExport::new_for_site(&state, &who, request, "audit");
    let export = export.with_filters(&query.parameters(&query.period()));
    let rows = rows(state, None, who.layout(), &query);
    export.send(columns(), rows).await
}

/// The rows, newest first. An invalid filter matches nothing.
fn rows(
    state: AppState,
    team: Option<TeamId>,
    layout: Layout,
    query: &AuditQuery,
) -> impl Stream<Item = Result<Vec<Row>>> + Send + use<> {
    let filter = query.filter().ok().flatten();
    let start = filter.map(|filter| (filter, None::<AuditEntry>));
    let rows = stream::try_unfold(start, move |position| {
        let (state, team, layout) = (state.clone(), team.clone(), layout.clone());
        async move {
            let Some((filter, before)) = position else {
                return Ok(None);
            };
            let store = &state.store;
            let read = store.audit_before(team.as_ref(), &filter, before.as_ref());
            let mut entries = read.await?;
            told(&mut entries);
            let last = entries.last().cloned();
            let rows = entries
                .into_iter()
                .flat_map(|entry| rows_of(&layout, entry));
            let rows: Vec<_> = rows.collect();
            Ok(last.map(|last| (rows, Some((filter, Some(last))))))
        }
    });
    // The empty batch comes first, so that the log already holds this export.
    stream::once(async { Ok(Vec::new()) }).chain(rows)
}

fn rows_of(layout: &Layout, entry: AuditEntry) -> Vec<Row> {
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
            let of_item = |item| request_result::cells(layout, request, item);
            items
                .map(|item| row(item.name.clone(), &request.stated_reason, of_item(item)))
                .collect()
        }
        Some(request) => {
            let names = request_result::names(request);
            let happened = request_result::ended(layout, request, &entry.object);
            let owner = layout.t_with("change-by", [("user", request.user_name.as_str())]);
            let item = [names.clone(), owner, happened, String::new()];
            vec![row(names, &request.stated_reason, item)]
        }
        None => vec![row(object(layout, &entry), &None, Default::default())],
    }
}

fn columns() -> Columns<Row> {
    Columns::<Row>::default()
        .rendered("audit-at", |_, row| row.entry.at.to_string())
        .rendered("audit-actor", |page, row| actor(page, &row.entry))
        .rendered("audit-action", |page, row| {
            page.t(format!("audit-{}", row.entry.action.code()))
                .to_owned()
        })
        .text("audit-object", |row| Some(&row.object))
        .rendered("audit-outcome", |page, row| {
            page.t(format!("audit-outcome-{}", row.entry.outcome.code()))
                .to_owned()
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

fn actor(layout: &Layout, entry: &AuditEntry) -> String {
    let name = if entry.is_by_command_line() {
        layout.t("audit-command-line")
    } else if entry.is_by_portal() {
        layout.t("audit-by-portal")
    } else if entry.is_by_single_sign_on() {
        layout.t("single-sign-on")
    } else {
        &entry.actor
    };
    name.to_owned()
}
