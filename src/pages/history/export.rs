//! The whole history of control as a file.

use axum::extract::State;
use futures_util::TryStreamExt as _;

use crate::{
    model::{Change, RowId},
    pages::export,
    web::{
        Can, Error, Portal, Result,
        access::ReadTeam,
        export::{Columns, ExportRequest},
    },
};

/// A row of the history, with the user who asked for it through the portal.
struct Row {
    change: Change,
    requested_by: Option<String>,
}

pub async fn export(
    who: Can<ReadTeam>,
    State(portal): State<Portal>,
    request: ExportRequest,
) -> Result {
    let access = portal.store.api_access(who.team()).await?;
    let file = export::of_team(&portal, &who, request, "history");
    let Portal { secmon, store, .. } = portal;
    let history = export::all_rows(access, move |access, number| {
        let secmon = secmon.clone();
        async move { secmon.history(&access, number).await }
    });
    let team = who.team().clone();
    let rows = history.and_then(move |changes: Vec<Change>| {
        let (store, team) = (store.clone(), team.clone());
        async move {
            let through = super::through(&store, &team, &changes).await?;
            let requests = through.with(&changes);
            let users: Vec<_> = requests
                .map(|(_, request)| request.map(|request| request.user_name.clone()))
                .collect();
            let rows = changes.into_iter().zip(users);
            let row = |(change, requested_by)| Row {
                change,
                requested_by,
            };
            Ok::<_, Error>(rows.map(row).collect())
        }
    });
    file.send(columns(), rows).await
}

fn columns() -> Columns<Row> {
    Columns::<Row>::default()
        .time("history-registered", |row| row.change.registered.as_ref())
        .word("history-kind", |row| row.change.kind.as_ref())
        .word("history-status", |row| row.change.status.as_ref())
        .rendered("history-names", |_, row| row.change.names.join(" | "))
        .rendered("history-through", |page, row| {
            let user = row.requested_by.clone();
            user.unwrap_or_else(|| page.say("outside-the-portal"))
        })
        .text("history-contents", |row| row.change.contents.as_deref())
        .word("history-reason", |row| row.change.reason.as_ref())
        .word("history-meter", |row| row.change.meter.as_ref())
        .text("history-id", |row| {
            row.change.id.as_ref().map(RowId::as_str)
        })
}
