//! The export of events.

use axum::extract::State;

use crate::{
    model::Event,
    web::{
        AppState, Authorized, LenientQuery, Result,
        access::ReadTeam,
        export::{Columns, ExportRequest, TableExport, all_rows},
    },
};

use super::{EventQuery, invalid};

/// An invalid period answers with the page and its error.
pub async fn export(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<EventQuery>,
    request: ExportRequest,
) -> Result {
    let now = state.clock.korean();
    let range = match query.range(now) {
        Ok(range) => range.until(now),
        Err(error) => return invalid(who.layout(), &query, error, now),
    };
    let access = state.store.api_access(who.team()).await?;
    let export = TableExport::new(&state, &who, request, "events");
    let [start, end] = [range.start().to_string(), range.end().to_string()];
    let export = export.with_filters(&super::parameters(&start, &end));
    let secmon = state.secmon;
    let events = all_rows(access, move |access, number| {
        let secmon = secmon.clone();
        async move { secmon.events(&access, number, range).await }
    });
    export.send(columns(), events).await
}

fn columns() -> Columns<Event> {
    Columns::<Event>::default()
        .time("event-detected", |event| event.detected.as_ref())
        .term("event-severity", |event| event.severity.as_ref())
        .text("event-name", |event| event.name.as_deref())
        .term("event-direction", |event| event.direction.as_ref())
        .text("source-ip", |event| event.source_ip.as_deref())
        .text("source-port", |event| event.source_port.as_deref())
        .text("destination-ip", |event| event.destination_ip.as_deref())
        .text("destination-port", |event| {
            event.destination_port.as_deref()
        })
        .text("destination-country", |event| {
            event.destination_country.as_deref()
        })
}
