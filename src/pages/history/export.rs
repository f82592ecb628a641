//! The export of the history.

use axum::extract::State;
use futures_util::TryStreamExt as _;

use crate::{
    model::{HistoryEntry, ServerId},
    web::{
        AppState, Authorized, Error, Result,
        access::ReadTeam,
        export::{Columns, ExportRequest, TableExport, all_rows},
    },
};

struct Row {
    change: HistoryEntry,
    requested_by: String,
}

pub async fn export(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    request: ExportRequest,
) -> Result {
    let access = state.store.api_access(who.team()).await?;
    let export = TableExport::new(&state, &who, request, "history");
    let AppState { secmon, store, .. } = state;
    let history = all_rows(access, move |access, number| {
        let secmon = secmon.clone();
        async move { secmon.history(&access, number).await }
    });
    let (team, page) = (who.team().clone(), who.layout());
    let rows = history.and_then(move |changes: Vec<HistoryEntry>| {
        let (store, team, page) = (store.clone(), team.clone(), page.clone());
        async move {
            let attribution = super::attribution(&store, &team, &changes).await?;
            let origins = attribution.with(&changes);
            let requested_by: Vec<_> = origins
                .map(|(_, origin)| super::requested_by(&page, origin))
                .collect();
            let rows = changes.into_iter().zip(requested_by);
            let row = |(change, requested_by)| Row {
                change,
                requested_by,
            };
            Ok::<_, Error>(rows.map(row).collect())
        }
    });
    export.send(columns(), rows).await
}

fn columns() -> Columns<Row> {
    Columns::<Row>::default()
        .time("history-registered", |row| row.change.registered.as_ref())
        .term("history-kind", |row| row.change.kind.as_ref())
        .term("history-status", |row| row.change.status.as_ref())
        .rendered("history-names", |_, row| row.change.names.join(" | "))
        .text("history-through", |row| Some(&row.requested_by))
        .text("history-contents", |row| row.change.contents.as_deref())
        .term("history-reason", |row| row.change.reason.as_ref())
        .term("history-meter", |row| row.change.meter.as_ref())
        .text("history-id", |row| {
            row.change.id.as_ref().map(ServerId::as_str)
        })
}
