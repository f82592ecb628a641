//! The events of a range of time as a file.

use axum::extract::State;

use crate::{
    model::{Event, EventRange, KoreanTime},
    pages::export,
    web::{
        Can, Portal, Query, Result,
        access::ReadTeam,
        export::{Columns, ExportRequest},
    },
};

use super::{Filter, read, refused};

/// A filter that cannot be read is told on the page.
pub async fn export(
    who: Can<ReadTeam>,
    State(portal): State<Portal>,
    Query(query): Query<Filter>,
    request: ExportRequest,
) -> Result {
    let now = portal.clock.korean();
    let range = match read(&query, now) {
        Ok(range) => until(range, now),
        Err(problem) => return refused(who.page(), &query, &problem, now),
    };
    let access = portal.store.api_access(who.team()).await?;
    let file = export::of_team(&portal, &who, request, "events");
    let secmon = portal.secmon;
    let events = export::all_rows(access, move |access, number| {
        let secmon = secmon.clone();
        async move { secmon.events(&access, number, range).await }
    });
    file.send(columns(), events).await
}

/// The range without what lies ahead: events that come while the file is made would move others to the next page.
fn until(range: EventRange, now: KoreanTime) -> EventRange {
    let end = range.end().min(now);
    EventRange::new(range.start(), end).unwrap_or(range)
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
