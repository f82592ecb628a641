//! The export of tickets: from the archive, or from the source while the archive holds none.

use axum::extract::State;

use crate::{
    model::{Ticket, TicketId},
    store::ArchivedTicket,
    web::{
        AppState, Authorized, Result,
        access::ReadTeam,
        export::{Columns, ExportRequest, TableExport, all_rows},
        list::{ListRequest, ListRow as _, archive_rows, freshen},
    },
};

pub async fn export(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    list: ListRequest<ArchivedTicket>,
    request: ExportRequest,
) -> Result {
    let export = TableExport::new(&state, &who, request, "tickets");
    let freshness = freshen::<ArchivedTicket>(&state, who.team(), list.refresh()).await?;
    if freshness.is_archive() {
        let export = export.with_archive(&list.query, &freshness);
        let team = who.team().id.clone();
        let export = export.with_archive(&list.query, &freshness);
        let rows = archive_rows(state.store.clone(), team, list.query);
        return export.send(ArchivedTicket::columns(), rows).await;
    }
    let access = state.store.api_access(who.team()).await?;
    let secmon = state.secmon;
    let tickets = all_rows(access, move |access, number| {
        let secmon = secmon.clone();
        async move { secmon.tickets(&access, number).await }
    });
    export.send(source_columns(), tickets).await
}

fn source_columns() -> Columns<Ticket> {
    Columns::<Ticket>::default()
        .time("ticket-detected", |ticket| ticket.detected.as_ref())
        .text("ticket-name", |ticket| ticket.name.as_deref())
        .term("ticket-status", |ticket| ticket.status.as_ref())
        .term("ticket-verdict", |ticket| ticket.verdict.as_ref())
        .term("ticket-kind", |ticket| ticket.kind.as_ref())
        .text("ticket-attack", |ticket| ticket.attack.as_deref())
        .text("source-ip", |ticket| ticket.source_ip.as_deref())
        .text("destination-ip", |ticket| ticket.destination_ip.as_deref())
        .text("ticket-id", |ticket| {
            ticket.id.as_ref().map(TicketId::as_str)
        })
}
