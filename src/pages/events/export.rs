//! The events of a range of time as a file.

use axum::extract::State;

use crate::{
    model::Event,
    pages::export,
    web::{
        AppState, Authorized, LenientQuery, Result,
        access::ReadTeam,
        export::{Columns, ExportRequest},
    },
};

use super::{Filter, read, refused};

/// A filter that cannot be read is told on the page.
pub async fn export(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<Filter>,
    request: ExportRequest,
) -> Result {
    let now = state.clock.korean();
    let range = match read(&query, now) {
        Ok(range) => range.until(now),
        Err(problem) => return refused(who.layout(), &query, &problem, now),
    };
    let access = state.store.api_access(who.team()).await?;
    let file = export::of_team(&state, &who, request, "events");
    let secmon = state.secmon;
    let events = export::all_rows(access, move |access, number| {
        let secmon = secmon.clone();
        async move { secmon.events(&access, number, range).await }
    });
    file.send(columns(), events).await
}

fn columns() -> Columns<Event> {
    Columns::<Event>::default()
        .time("event-detected", |event| event.detected.as_ref())
        .word("event-severity", |event| event.severity.as_ref())
        .text("event-name", |event| event.name.as_deref())
        .word("event-direction", |event| event.direction.as_ref())
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
