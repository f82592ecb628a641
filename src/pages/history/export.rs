//! The export of the history: from the archive, or from the source while the archive holds none.

use axum::extract::State;
use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};

use crate::{
    model::{HistoryEntry, KstDateTime, Team},
    store::ArchivedHistory,
    web::{
        AppState, Authorized, Error, Result,
        access::ReadTeam,
        export::{Cell, ExportRequest, TableExport, all_rows},
        list::{ListRequest, archive_rows, freshen},
    },
};

struct Row {
    entry: HistoryEntry,
    /// Since when the source does not list it any more.
    gone: Option<KstDateTime>,
    requested_by: String,
}

impl AsRef<HistoryEntry> for Row {
    fn as_ref(&self) -> &HistoryEntry {
        &self.entry
    }
}

type Entry = (HistoryEntry, Option<KstDateTime>);

pub async fn export(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    list: ListRequest<ArchivedHistory>,
    request: ExportRequest,
) -> Result {
    let mut export = TableExport::new(&state, &who, request, "history");
    let team = who.team().clone();
    let freshness = freshen::<ArchivedHistory>(&state, &team, list.refresh()).await?;
    let entries = if freshness.is_archive() {
        export = export.with_archive(&list.query, &freshness);
        archived(&state, &team, list)
    } else {
        listed(&state, &team).await?
    };
    let (store, page) = (state.store, who.layout());
    let rows = entries.and_then(move |entries: Vec<Entry>| {
        let (store, team, page) = (store.clone(), team.clone(), page.clone());
        async move {
            let (changes, gone): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
            let attribution = super::attribution(&store, &team, &changes).await?;
            let origins = attribution.with(&changes);
            let requested_by: Vec<_> = origins
                .map(|(_, origin)| super::requested_by(&page, origin))
                .collect();
            let rows = changes.into_iter().zip(gone).zip(requested_by);
            let row = |((entry, gone), requested_by)| Row {
                entry,
                gone,
                requested_by,
            };
            Ok::<_, Error>(rows.map(row).collect())
        }
    });
    let columns = super::columns(|_, row: &Row| Cell::Text(row.requested_by.as_str().into()));
    let columns = columns.moment("row-gone", |row| row.gone);
    export.send(columns, rows).await
}

fn archived(
    state: &AppState,
    team: &Team,
    list: ListRequest<ArchivedHistory>,
) -> BoxStream<'static, Result<Vec<Entry>>> {
    let rows = archive_rows::<ArchivedHistory>(state.store.clone(), team.id.clone(), list.query);
    let entry = |row: ArchivedHistory| (row.entry, row.gone);
    rows.map_ok(move |rows| rows.into_iter().map(entry).collect())
        .boxed()
}

async fn listed(state: &AppState, team: &Team) -> Result<BoxStream<'static, Result<Vec<Entry>>>> {
    let access = state.store.api_access(team).await?;
    let secmon = state.secmon.clone();
    let rows = all_rows(access, move |access, number| {
        let secmon = secmon.clone();
        async move { secmon.history(&access, number).await }
    });
    let entries = rows.map_ok(|rows: Vec<HistoryEntry>| {
        let entries = rows.into_iter().map(|entry| (entry, None));
        entries.collect()
    });
    Ok(entries.boxed())
}
