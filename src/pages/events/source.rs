//! Detected events of a period as the source gives them, while the archive holds none.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use chrono::TimeDelta;
use serde::Deserialize;

use crate::{
    model::{Event, EventRange, KstDateTime, PageNumber},
    web::{
        AppState, Authorized, Layout, QueryText, Result,
        access::ReadTeam,
        address,
        export::{TableExport, all_rows},
        filter::{Period, PeriodError},
        html, html_as,
        pagination::{Pagination, page_address},
    },
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EventQuery {
    page: PageNumber,
    start: QueryText,
    end: QueryText,
    from: QueryText,
    to: QueryText,
}

impl EventQuery {
    fn period(&self) -> Period {
        Period::new([&self.start, &self.from], [&self.end, &self.to])
    }

    fn layout(&self, layout: Layout) -> Layout {
        let Period { from, to } = self.period();
        let parameters = parameters(&from, &to);
        let address = page_address(layout.path(), &parameters, self.page);
        layout.at(address)
    }

    /// The period, or the last 24 hours up to now, which is the API's default too. Both ends are written to the minute, so
    /// that all pages of the list have the same period.
    fn range(&self, now: KstDateTime) -> std::result::Result<EventRange, RangeError> {
        let period = self.period();
        let end = period.end()?.unwrap_or(now.end_of_minute());
        let default = end.minus(TimeDelta::hours(24)).start_of_minute();
        let start = period.start()?.unwrap_or(default);
        EventRange::new(start, end).map_err(|_| RangeError::Order)
    }
}

fn parameters<'a>(start: &'a str, end: &'a str) -> [(&'static str, Option<&'a str>); 2] {
    [("start", Some(start)), ("end", Some(end))]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RangeError {
    Start,
    End,
    /// The end is before the start.
    Order,
}

impl From<PeriodError> for RangeError {
    fn from(error: PeriodError) -> Self {
        match error {
            PeriodError::From => Self::Start,
            PeriodError::To => Self::End,
        }
    }
}

impl RangeError {
    fn message(self) -> &'static str {
        match self {
            Self::Start => "events-start-problem",
            Self::End => "events-end-problem",
            Self::Order => "events-order-problem",
        }
    }
}

#[derive(Template)]
#[template(path = "events/source.html")]
struct Index {
    layout: Layout,
    start: String,
    end: String,
    presets: Vec<Preset>,
    list: std::result::Result<List, RangeError>,
}

struct List {
    events: Vec<Event>,
    paging: Pagination,
    range: EventRange,
}

struct Preset {
    message: &'static str,
    address: String,
    is_current: bool,
}

impl Index {
    fn new(
        layout: Layout,
        now: KstDateTime,
        [start, end]: [String; 2],
        list: std::result::Result<List, RangeError>,
    ) -> Self {
        Self {
            presets: presets(layout.path(), now, &start, &end),
            layout,
            start,
            end,
            list,
        }
    }

    /// The fields of the form: name, value, and whether the value is a cause of the error.
    fn fields(&self) -> [(&'static str, &str, bool); 2] {
        let error = self.list.as_ref().err().copied();
        let is_invalid = |field| error == Some(field) || error == Some(RangeError::Order);
        [
            ("start", &self.start, is_invalid(RangeError::Start)),
            ("end", &self.end, is_invalid(RangeError::End)),
        ]
    }

    fn file(&self, format: &str) -> String {
        let path = self.layout.file_path(format);
        address::with_query(&path, &parameters(&self.start, &self.end))
    }
}

pub(super) async fn index(
    who: &Authorized<ReadTeam>,
    state: &AppState,
    query: EventQuery,
) -> Result {
    let now = state.clock.korean();
    let range = match query.range(now) {
        Ok(range) => range,
        Err(error) => return invalid(who.layout(), &query, error, now),
    };
    let access = state.store.api_access(who.team()).await?;
    let listing = state.secmon.events(&access, query.page, range).await?;
    let layout = query.layout(who.layout());
    let [start, end] = [range.start_input(), range.end_input()];
    let list = List {
        paging: Pagination::new(&listing, layout.path(), &parameters(&start, &end)),
        events: listing.rows,
        range,
    };
    html(&Index::new(layout, now, [start, end], Ok(list)))
}

/// An invalid period answers with the page and its error.
pub(super) async fn export(
    who: &Authorized<ReadTeam>,
    state: AppState,
    query: EventQuery,
    export: TableExport,
) -> Result {
    let now = state.clock.korean();
    let range = match query.range(now) {
        Ok(range) => range.until(now),
        Err(error) => return invalid(who.layout(), &query, error, now),
    };
    let access = state.store.api_access(who.team()).await?;
    let [start, end] = [range.start().to_string(), range.end().to_string()];
    let export = export.with_filters(&parameters(&start, &end));
    let secmon = state.secmon;
    let events = all_rows(access, move |access, number| {
        let secmon = secmon.clone();
        async move { secmon.events(&access, number, range).await }
    });
    export.send(super::columns::<Event>(), events).await
}

/// The page with the form as it was sent, and the error.
fn invalid(
    layout: Layout,
    query: &EventQuery,
    error: RangeError,
    now: KstDateTime,
) -> Result<Response> {
    let Period { from, to } = query.period();
    let view = Index::new(query.layout(layout), now, [from, to], Err(error));
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
    .map(|(message, from)| {
        let (from, to) = (from.to_input(), now.to_input());
        Preset {
            message,
            is_current: from == start && to == end,
            address: address::with_query(path, &parameters(&from, &to)),
        }
    })
    .into()
}
