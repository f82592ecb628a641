//! Everything in which an address, or one of a range, appears.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use chrono::TimeDelta;

use crate::{
    model::{
        AddressRange, EVENTS, Field, KstDateTime, ListDefinition, ListPage, ListQuery, SearchTerms,
        TICKETS, Team,
    },
    store::{AddressSummary, Appearances, ArchiveStatus, ArchivedEvent, ArchivedTicket, Store},
    web::{
        AppState, Authorized, Layout, Result,
        access::ReadTeam,
        found_rows::{FoundTicket, MatchedNote, MatchedServer, freshen},
        html, html_as,
    },
};

/// Days that events are counted by.
const CHART_DAYS: i64 = 90;
/// The newest rows of each list.
const MAX_ROWS: u32 = 10;

#[derive(Template)]
#[template(path = "addresses/show.html")]
struct Show {
    layout: Layout,
    range: AddressRange,
    archive: Vec<ArchiveStatus>,
    source_has_failed: bool,
    summary: AddressSummary,
    chart: Chart,
    servers: Vec<MatchedServer>,
    servers_total: usize,
    tickets: ListPage<FoundTicket>,
    naming: Vec<FoundTicket>,
    events: ListPage<ArchivedEvent>,
    notes: Vec<MatchedNote>,
}

#[derive(Template)]
#[template(path = "addresses/unknown.html")]
struct NotAnAddress {
    layout: Layout,
    text: String,
}

/// A message, whether the rows are addresses, and the rows with their counts.
type Frequency<'a> = (&'static str, bool, &'a [(String, u64)]);

/// Events by day as bars.
struct Chart {
    bars: Vec<Bar>,
    most: u64,
    total: u64,
}

struct Bar {
    day: String,
    events: u64,
    x: usize,
    y: u64,
    height: u64,
}

impl Chart {
    const BAR_WIDTH: usize = 6;
    const HEIGHT: u64 = 60;

    fn new(days: &[(KstDateTime, u64)], since: KstDateTime) -> Self {
        let most = days.iter().map(|(_, events)| *events).max().unwrap_or(0);
        let bar = |number: i64| {
            // Korea has no daylight saving time.
            let start = since.minus(TimeDelta::days(-number));
            let events = days.iter().find(|(day, _)| *day == start);
            let events = events.map_or(0, |(_, events)| *events);
            let height = (events * Self::HEIGHT).div_ceil(most.max(1));
            Bar {
                day: start.to_input().chars().take(10).collect(),
                events,
                x: usize::try_from(number).unwrap_or_default() * Self::BAR_WIDTH,
                y: Self::HEIGHT - height,
                height,
            }
        };
        Self {
            bars: (0..CHART_DAYS).map(bar).collect(),
            most,
            total: days.iter().map(|(_, events)| events).sum(),
        }
    }

    fn width(&self) -> usize {
        self.bars.len() * Self::BAR_WIDTH
    }
}

impl Show {
    /// Where the address stands: message, rows, and the list of them.
    fn appearances(&self) -> [(&'static str, Appearances, Option<String>); 5] {
        use Field::{Destination, Search, Source};
        let summary = &self.summary;
        // Texts name single addresses.
        let in_text = self.range.single().map(|_| ("tickets", &TICKETS, Search));
        [
            (
                "address-tickets-source",
                summary.tickets_as_source,
                Some(("tickets", &TICKETS, Source)),
            ),
            (
                "address-tickets-destination",
                summary.tickets_as_destination,
                Some(("tickets", &TICKETS, Destination)),
            ),
            ("address-tickets-text", summary.tickets_in_text, in_text),
            (
                "address-events-source",
                summary.events_as_source,
                Some(("events", &EVENTS, Source)),
            ),
            (
                "address-events-destination",
                summary.events_as_destination,
                Some(("events", &EVENTS, Destination)),
            ),
        ]
        .map(|(message, rows, list)| {
            let list = list.filter(|_| rows.count.get() > 0);
            let list = list.map(|(list, definition, field)| self.list(list, definition, field));
            (message, rows, list)
        })
    }

    /// The list of the rows with the address in that field.
    fn list(&self, list: &str, definition: &'static ListDefinition, field: Field) -> String {
        let query = ListQuery::new(definition).with(field, self.range.text());
        format!("{}/{list}?{}", self.layout.team_path(), query.to_query())
    }

    fn all_tickets(&self) -> String {
        self.list("tickets", &TICKETS, Field::Address)
    }

    fn all_events(&self) -> String {
        self.list("events", &EVENTS, Field::Address)
    }

    /// What it is met with most often.
    fn frequencies(&self) -> [Frequency<'_>; 3] {
        let summary = &self.summary;
        [
            ("address-targets", true, &summary.targets),
            ("address-attackers", true, &summary.attackers),
            ("address-names", false, &summary.names),
        ]
    }

    /// A country by its code, or as an analysis wrote it.
    fn country<'a>(&self, country: &'a str) -> &'a str {
        self.layout.country(country).unwrap_or(country)
    }
}

pub async fn show(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    Path((_, text)): Path<(String, String)>,
) -> Result {
    let layout = who.layout();
    let Ok(range) = AddressRange::parse(text.trim_end_matches('/')) else {
        return html_as(StatusCode::NOT_FOUND, &NotAnAddress { layout, text });
    };
    let now = state.clock.korean();
    let since = now.minus(TimeDelta::days(CHART_DAYS - 1)).start_of_day();
    let source_has_failed = freshen(&state, who.team()).await?;
    let view = load(&state.store, who.team(), layout, range, since).await?;
    html(&Show {
        source_has_failed,
        ..view
    })
}

async fn load(
    store: &Store,
    team: &Team,
    layout: Layout,
    range: AddressRange,
    since: KstDateTime,
) -> Result<Show> {
    let (id, text) = (&team.id, range.text());
    let query = |definition| ListQuery::new(definition).with(Field::Address, text);
    let (tickets, events) = (query(&TICKETS), query(&EVENTS));
    let (archive, summary, tickets, naming, events, servers, notes) = tokio::try_join!(
        store.archive_status(id),
        store.address_summary(id, &range, since),
        store.archive_page::<ArchivedTicket>(id, &tickets, MAX_ROWS),
        store.tickets_naming_address(id, &range, MAX_ROWS),
        store.archive_page::<ArchivedEvent>(id, &events, MAX_ROWS),
        store.servers_with_address(id, &range),
        store.notes_naming_address(id, &range),
    )?;
    let nothing = SearchTerms::default();
    let servers_total = servers.len();
    let servers = servers.into_iter().take(MAX_ROWS as usize);
    let notes = notes.into_iter().take(MAX_ROWS as usize);
    let canonical = layout.address_path(text).unwrap_or_default();
    Ok(Show {
        chart: Chart::new(&summary.days, since),
        layout: layout.at(canonical),
        archive,
        source_has_failed: false,
        summary,
        servers: servers
            .map(|server| MatchedServer::new(server, &nothing))
            .collect(),
        servers_total,
        tickets: tickets.map(FoundTicket::plain),
        naming: naming.into_iter().map(FoundTicket::plain).collect(),
        events,
        notes: notes.map(|note| MatchedNote::new(note, &nothing)).collect(),
        range,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chart_has_a_bar_for_every_day() {
        let since = KstDateTime::parse_input("2025-06-01T00:00").expect("is a time");
        let second = KstDateTime::parse_input("2025-06-02T00:00").expect("is a time");
        let chart = Chart::new(&[(since, 1), (second, 1000)], since);
        assert_eq!(chart.bars.len(), 90);
        let told = |bar: &Bar| (bar.day.clone(), bar.events, bar.height, bar.y + bar.height);
        // One event among a thousand is still seen.
        assert_eq!(told(&chart.bars[0]), ("2025-06-01".to_owned(), 1, 1, 60));
        assert_eq!(
            told(&chart.bars[1]),
            ("2025-06-02".to_owned(), 1000, 60, 60)
        );
        assert_eq!(told(&chart.bars[89]), ("2025-08-29".to_owned(), 0, 0, 60));
        assert_eq!((chart.most, chart.total), (1000, 1001));
    }
}
