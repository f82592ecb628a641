//! Detected events, in a range of Korean time.

pub mod export;

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use chrono::TimeDelta;
use serde::Deserialize;

use crate::{
    model::{ApiTimestamp, Clock, Event, EventRange, KstDateTime, PageNumber, country_name},
    secmon::Secmon,
    store::Store,
    web::{
        Authorized, Layout, LenientQuery, QueryText, Result, access::ReadTeam, address, html,
        html_as, i18n::Locale,
    },
};

use super::paging::{Paging, page_address};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    page: PageNumber,
    start: QueryText,
    end: QueryText,
}

impl Filter {
    /// The page at the address of what was asked for.
    fn page(&self, layout: Layout) -> Layout {
        let said = [("start", Some(&*self.start)), ("end", Some(&*self.end))];
        let address = page_address(layout.path(), &said, self.page);
        layout.at(address)
    }
}

#[derive(Template)]
#[template(path = "events/index.html")]
struct Index {
    layout: Layout,
    filter: FilterView,
    /// `None` when the filter could not be read, so that nothing was asked.
    list: Option<List>,
}

struct List {
    events: Vec<Event>,
    paging: Paging,
    range: EventRange,
}

/// The filter's form, as it was typed.
struct FilterView {
    start: String,
    end: String,
    /// Messages for each field, and for both.
    start_problem: bool,
    end_problem: bool,
    order_problem: bool,
    presets: Vec<Preset>,
}

struct Preset {
    /// Its message.
    name: &'static str,
    address: String,
    current: bool,
}

impl Index {
    /// The same events as a file.
    fn file(&self, format: &str) -> String {
        let path = self.layout.file_path(format);
        let FilterView { start, end, .. } = &self.filter;
        address::with_query(&path, &[("start", Some(start)), ("end", Some(end))])
    }

    fn country(&self, code: &str) -> Option<&'static str> {
        country_name(code, self.layout.locale == Locale::Korean)
    }
}

pub async fn index(
    who: Authorized<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    State(clock): State<Clock>,
    LenientQuery(query): LenientQuery<Filter>,
) -> Result {
    let layout = query.page(who.layout());
    let now = clock.korean();
    let range = match read(&query, now) {
        Ok(range) => range,
        Err(problem) => return refused(layout, &query, &problem, now),
    };
    let access = store.api_access(who.team()).await?;
    let listing = secmon.events(&access, query.page, range).await?;
    let (start, end) = (range.start_input(), range.end_input());
    let parameters = [("start", Some(start.as_str())), ("end", Some(end.as_str()))];
    let list = List {
        paging: Paging::new(&listing, layout.path(), &parameters),
        events: listing.rows,
        range,
    };
    let presets = presets(layout.path(), now, &start, &end);
    html(&Index {
        filter: FilterView {
            start,
            end,
            start_problem: false,
            end_problem: false,
            order_problem: false,
            presets,
        },
        layout,
        list: Some(list),
    })
}

/// Which field the filter cannot be read for.
enum Problem {
    Start,
    End,
    Order,
}

/// Without an address of its own the list is that of the last 24 hours, as the API's. What it begins and
/// ends with can be written in minutes, so that all of its pages ask for the same range.
fn read(query: &Filter, now: KstDateTime) -> std::result::Result<EventRange, Problem> {
    let end = match &*query.end {
        "" => now.end_of_minute(),
        typed => KstDateTime::parse_end_input(typed).map_err(|_| Problem::End)?,
    };
    let start = match &*query.start {
        "" => end.minus(TimeDelta::hours(24)).start_of_minute(),
        typed => KstDateTime::parse_input(typed).map_err(|_| Problem::Start)?,
    };
    EventRange::new(start, end).map_err(|_| Problem::Order)
}

fn refused(
    layout: Layout,
    query: &Filter,
    problem: &Problem,
    now: KstDateTime,
) -> Result<Response> {
    let filter = FilterView {
        start: query.start.to_string(),
        end: query.end.to_string(),
        start_problem: matches!(problem, Problem::Start),
        end_problem: matches!(problem, Problem::End),
        order_problem: matches!(problem, Problem::Order),
        presets: presets(layout.path(), now, "", ""),
    };
    let view = Index {
        layout,
        filter,
        list: None,
    };
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

fn presets(path: &str, now: KstDateTime, start: &str, end: &str) -> Vec<Preset> {
    let ago = |span| now.minus(span);
    [
        ("events-last-hour", ago(TimeDelta::hours(1))),
        ("events-today", now.start_of_day()),
        ("events-last-day", ago(TimeDelta::hours(24))),
        ("events-last-week", ago(TimeDelta::days(7))),
        ("events-last-month", ago(TimeDelta::days(31))),
        ("events-last-quarter", now.minus_months(3)),
    ]
    .map(|(name, from)| {
        let (from, to) = (from.to_input(), now.to_input());
        Preset {
            name,
            current: from == start && to == end,
            address: address::with_query(path, &[("start", Some(&from)), ("end", Some(&to))]),
        }
    })
    .into()
}
