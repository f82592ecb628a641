//! The export of tickets.

use axum::extract::State;

use crate::{
    model::{Ticket, TicketId},
    web::{
        AppState, Authorized, Result,
        access::ReadTeam,
        export::{Columns, ExportRequest, TableExport, all_rows},
    },
};

pub async fn export(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    request: ExportRequest,
) -> Result {
    let access = state.store.api_access(who.team()).await?;
    let export = TableExport::new(&state, &who, request, "tickets");
    let secmon = state.secmon;
    let tickets = all_rows(access, move |access, number| {
        let secmon = secmon.clone();
        async move { secmon.tickets(&access, number).await }
    });
    export.send(columns(), tickets).await
}

fn columns() -> Columns<Ticket> {
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
