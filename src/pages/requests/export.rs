//! The export of change requests: a row for each item.

use std::sync::Arc;

use axum::extract::State;
use futures_util::{StreamExt as _, stream};

use crate::{
    model::ChangeRequest,
    web::{
        AppState, Authorized, Layout, LenientQuery, Result,
        access::ReadTeam,
        export::{Columns, ExportRequest, TableExport},
        request_result,
    },
};

use super::index::{RequestQuery, invalid};

/// Requests read at a time.
const BATCH: usize = 50;

struct Row {
    request: Arc<ChangeRequest>,
    /// Item, action, outcome, next step.
    cells: [String; 4],
    id: String,
    state: &'static str,
}

/// An invalid period answers with the page and its error.
pub async fn export(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<RequestQuery>,
    request: ExportRequest,
) -> Result {
    let filter = match query.filter() {
        Ok(filter) => filter,
        Err(error) => return invalid(who.layout(), query, error),
    };
    let (store, team, layout) = (state.store.clone(), who.team().id.clone(), who.layout());
    let ids = match filter {
        Some(filter) => store.change_request_ids(&team, &filter).await?,
        None => Vec::new(),
    };
    let batches: Vec<Vec<String>> = ids.chunks(BATCH).map(<[_]>::to_vec).collect();
    let rows = stream::iter(batches).then(move |ids| {
        let (store, team, layout) = (store.clone(), team.clone(), layout.clone());
        async move {
            let requests = store.change_requests(&team, &ids).await?.into_iter();
            Ok(requests
                .flat_map(|request| rows(&layout, request))
                .collect())
        }
    });
    let export = TableExport::new(&state, &who, request, "requests");
    let export = export.with_filters(&query.parameters(&query.period()));
    export.send(columns(), rows).await
}

fn rows(layout: &Layout, request: ChangeRequest) -> Vec<Row> {
    let request = Arc::new(request.told());
    let row = |item| Row {
        cells: request_result::cells(layout, &request, item),
        id: item.id.clone(),
        state: item.public_state(),
        request: Arc::clone(&request),
    };
    request.items.iter().map(row).collect()
}

fn columns() -> Columns<Row> {
    Columns::<Row>::default()
        .rendered("request-asked-at", |_, row| row.request.asked.to_string())
        .text("request-by", |row| Some(&row.request.user_name))
        .text("stated-reason", |row| row.request.stated_reason.as_deref())
        .text("outcome-asked", |row| Some(&row.cells[1]))
        .text("export-item", |row| Some(&row.cells[0]))
        .text("server-id", |row| Some(&row.id))
        .text("request-state", |row| Some(row.state))
        .text("export-happened", |row| Some(&row.cells[2]))
        .text("outcome-next", |row| Some(&row.cells[3]))
        .text("request-id", |row| Some(&row.request.id))
}
