//! The export of events: from the archive, or from the source while the archive holds none.

use axum::extract::State;

use crate::{
    store::ArchivedEvent,
    web::{
        AppState, Authorized, LenientQuery, Result,
        access::ReadTeam,
        export::{ExportRequest, TableExport},
        list::{ListRequest, ListRow as _, archive_rows, freshen},
    },
};

use super::source::{self, EventQuery};

pub async fn export(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    list: ListRequest<ArchivedEvent>,
    LenientQuery(query): LenientQuery<EventQuery>,
    request: ExportRequest,
) -> Result {
    let export = TableExport::new(&state, &who, request, "events");
    let team = who.team();
    let freshness = freshen::<ArchivedEvent>(&state, team, list.refresh()).await?;
    if !freshness.is_archive() {
        return source::export(&who, state, query, export).await;
    }
    let export = export.with_archive(&list.query, &freshness);
    let rows = archive_rows(state.store, team.id.clone(), list.query);
    export.send(ArchivedEvent::columns(), rows).await
}
