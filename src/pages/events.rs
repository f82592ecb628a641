//! Detected events: the list, from the archive or from the source.

pub mod export;
mod source;

use askama::Template;
use axum::extract::State;

use crate::{
    model::{EVENTS, Event, ListDefinition},
    store::ArchivedEvent,
    web::{
        AppState, Authorized, Layout, LenientQuery, Result,
        access::ReadTeam,
        export::Columns,
        html,
        list::{List, ListRequest, ListRow, remember_page_size},
    },
};

use self::source::EventQuery;

impl ListRow for ArchivedEvent {
    const DEFINITION: &'static ListDefinition = &EVENTS;

    fn columns() -> Columns<Self> {
        columns()
    }

    fn place(&self) -> i64 {
        self.place
    }
}

/// The columns of events, be they archived or not.
fn columns<R: AsRef<Event> + 'static>() -> Columns<R> {
    Columns::<R>::default()
        .time("event-detected", |row| row.as_ref().detected.as_ref())
        .sorted_as("detected")
        .term("event-severity", |row| row.as_ref().severity.as_ref())
        .sorted_as("severity")
        .text("event-name", |row| row.as_ref().name.as_deref())
        .as_heading()
        .sorted_as("name")
        .term("event-direction", |row| row.as_ref().direction.as_ref())
        .sorted_as("direction")
        .address("source-ip", |row| row.as_ref().source_ip.as_deref())
        .sorted_as("source")
        .number("source-port", |row| row.as_ref().source_port.as_deref())
        .address("destination-ip", |row| {
            row.as_ref().destination_ip.as_deref()
        })
        .sorted_as("destination")
        .number("destination-port", |row| {
            row.as_ref().destination_port.as_deref()
        })
        .sorted_as("port")
        .country("destination-country", |row| {
            row.as_ref().destination_country.as_deref()
        })
        .sorted_as("country")
}

#[derive(Template)]
#[template(path = "events/index.html")]
struct Index {
    layout: Layout,
    list: List<ArchivedEvent>,
}

pub async fn index(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    request: ListRequest<ArchivedEvent>,
    LenientQuery(query): LenientQuery<EventQuery>,
) -> Result {
    let page_size = request.new_page_size();
    let layout = who.layout();
    let Some(list) = List::load(&state, &layout, who.team(), request).await? else {
        return source::index(&who, &state, query).await;
    };
    let layout = layout.at(list.address());
    let page = html(&Index { layout, list })?;
    Ok(remember_page_size(page, state.https, page_size))
}
