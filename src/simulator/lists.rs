//! The list endpoints: history, tickets and events.

use std::borrow::Cow;

use axum::{
    Extension,
    extract::{Path, RawQuery, State},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{
    Simulator,
    answer::{ApiError, Header, Json},
    data::{analysis, events, korean, parameter, tickets},
    feed::{Feed, FeedChange, FeedEvent, FeedTicket},
    gateway::TenantNumber,
    parameters::{Listing, Parameters, page, page_of},
    tenant::Tenant,
};

type Answer<R> = Result<Json<Listing<R>>, ApiError>;

/// Fields in the guide's order, here and below.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRow {
    status: Cow<'static, str>,
    reason: Cow<'static, str>,
    contents: Cow<'static, str>,
    /// Names, despite the field's name.
    vm_id: String,
    meter: Cow<'static, str>,
    r#type: Cow<'static, str>,
    reg_date: String,
    history_id: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketRow {
    detect_date: String,
    is_attack: Cow<'static, str>,
    ticket_status: Cow<'static, str>,
    attack_type: Cow<'static, str>,
    src_ip: String,
    ticket_id: String,
    dst_ip: String,
    ticket_type: Cow<'static, str>,
    ticket_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRow {
    detect_time: String,
    severity_level: Cow<'static, str>,
    dst_ip: String,
    dst_country_code: Cow<'static, str>,
    attack_name: Cow<'static, str>,
    src_ip: String,
    dst_port: u16,
    src_port: u16,
    in_out: Cow<'static, str>,
}

#[derive(Serialize)]
pub struct TicketDetail {
    header: Header,
    data: TicketData,
}

#[derive(Serialize)]
struct TicketData {
    result: [String; 3],
    desc: [String; 2],
}

pub async fn history(
    State(simulator): State<Simulator>,
    Extension(tenant): Extension<TenantNumber>,
    RawQuery(query): RawQuery,
) -> Answer<ChangeRow> {
    let now = simulator.clock().now();
    let mut state = simulator.state();
    let data = &mut state.tenants[tenant.0];
    let parameters = Parameters::read(query.as_deref());
    if let Some(feed) = &mut data.feed {
        feed.begin_call()?;
        let history = feed.listed_history();
        let rows = history.iter().map(feed_change_row);
        let address = (simulator.app_key(tenant), "history");
        return feed_page(&parameters, address, feed, rows.collect());
    }
    let data = &*data;
    let count = data.history_length();
    let rows = |places: std::ops::Range<usize>| {
        places
            .map(|place| change_row(data, count - 1 - place, now))
            .collect()
    };
    let address = (simulator.app_key(tenant), "history");
    page(&parameters, address, count, rows).map(Json)
}

fn change_row(data: &Tenant, index: usize, now: DateTime<Utc>) -> ChangeRow {
    let (history_id, change, done) = data.change(index, now);
    ChangeRow {
        status: "접수".into(),
        reason: "사용자신청".into(),
        contents: change.kind.contents(done).into(),
        vm_id: change.names,
        meter: change.kind.meter(done).into(),
        r#type: change.kind.word().into(),
        reg_date: korean(change.at),
        history_id,
    }
}

pub async fn tickets(
    State(simulator): State<Simulator>,
    Extension(tenant): Extension<TenantNumber>,
    RawQuery(query): RawQuery,
) -> Answer<TicketRow> {
    let mut state = simulator.state();
    let data = &mut state.tenants[tenant.0];
    let parameters = Parameters::read(query.as_deref());
    // Oldest first by default (docs/secmon-api.md, wire format row 9).
    let newest_first = match parameters.get("detectDateOrder") {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(ApiError::PARAMETER),
    };
    if let Some(feed) = &mut data.feed {
        feed.begin_call()?;
        let rows = feed.listed_tickets(newest_first).into_iter();
        let address = (simulator.app_key(tenant), "tickets");
        return feed_page(
            &parameters,
            address,
            feed,
            rows.map(feed_ticket_row).collect(),
        );
    }
    let data = &*data;
    let count = data.tickets.len();
    let rows = |places: std::ops::Range<usize>| {
        let index = |place| {
            if newest_first {
                count - 1 - place
            } else {
                place
            }
        };
        places.map(|place| ticket_row(data, index(place))).collect()
    };
    let address = (simulator.app_key(tenant), "tickets");
    page(&parameters, address, count, rows).map(Json)
}

fn ticket_row(data: &Tenant, index: usize) -> TicketRow {
    let ticket = tickets::ticket(data.ticket_seed, index, data.tickets.len(), data.world);
    TicketRow {
        detect_date: korean(data.tickets.at(index)),
        is_attack: ticket.verdict.into(),
        ticket_status: ticket.status.into(),
        attack_type: ticket.attack.into(),
        src_ip: ticket.source_ip,
        ticket_id: ticket.id,
        dst_ip: ticket.destination_ip,
        ticket_type: ticket.kind.into(),
        ticket_name: ticket.name,
    }
}

pub async fn ticket(
    State(simulator): State<Simulator>,
    Extension(tenant): Extension<TenantNumber>,
    Path((_, ticket_id)): Path<(String, String)>,
) -> Result<Json<TicketDetail>, ApiError> {
    let mut state = simulator.state();
    let data = &mut state.tenants[tenant.0];
    if let Some(feed) = &mut data.feed {
        feed.begin_call()?;
        return feed_ticket(feed, &ticket_id).map(Json);
    }
    let data = &*data;
    let total = data.tickets.len();
    let seed = data.ticket_seed;
    let index = tickets::index(seed, &ticket_id, total).ok_or(ApiError::NOT_FOUND)?;
    let ticket = tickets::ticket(seed, index, total, data.world);
    let at = data.tickets.at(index);
    let parts = analysis::parts(seed, index, &ticket, data.world, at);
    Ok(Json(TicketDetail {
        header: Header::success("Service Result"),
        data: TicketData {
            result: [parts.summary, parts.analysis, parts.deep_analysis],
            desc: [parts.name, parts.description],
        },
    }))
}

pub async fn events(
    State(simulator): State<Simulator>,
    Extension(tenant): Extension<TenantNumber>,
    RawQuery(query): RawQuery,
) -> Answer<EventRow> {
    let now = simulator.clock().now();
    let mut state = simulator.state();
    let data = &mut state.tenants[tenant.0];
    let parameters = Parameters::read(query.as_deref());
    let moment = |name, default| match parameters.get(name) {
        None | Some("") => Ok(default),
        Some(text) => parameter(text).ok_or(ApiError::PARAMETER),
    };
    let start = moment("startDate", now - TimeDelta::days(1))?;
    let end = moment("endDate", now)?;
    if let Some(feed) = &mut data.feed {
        feed.begin_call()?;
        let rows = feed.listed_events(start, end).into_iter();
        let address = (simulator.app_key(tenant), "events");
        return feed_page(
            &parameters,
            address,
            feed,
            rows.map(feed_event_row).collect(),
        );
    }
    let data = &*data;
    let first = data.events.before(start);
    // Both ends are part of the range, and times have no parts of a second.
    let behind_last = data.events.before(end + TimeDelta::seconds(1)).max(first);
    let rows = |places: std::ops::Range<usize>| {
        places
            .map(|place| event_row(data, behind_last - 1 - place))
            .collect()
    };
    let address = (simulator.app_key(tenant), "events");
    page(&parameters, address, behind_last - first, rows).map(Json)
}

fn event_row(data: &Tenant, index: usize) -> EventRow {
    let event = events::event(data.event_seed, index, data.world);
    EventRow {
        detect_time: korean(data.events.at(index)),
        severity_level: event.severity.into(),
        dst_ip: event.destination_ip,
        dst_country_code: event.destination_country.into(),
        attack_name: event.name.into(),
        src_ip: event.source_ip,
        dst_port: event.destination_port,
        src_port: event.source_port,
        in_out: event.direction.into(),
    }
}

/// A page of rows that a test wrote.
fn feed_page<R>(
    parameters: &Parameters,
    address: (&str, &str),
    feed: &Feed,
    rows: Vec<R>,
) -> Answer<R> {
    let count = rows.len();
    let mut rows = rows.into_iter();
    let take = |places: std::ops::Range<usize>| {
        rows.by_ref()
            .skip(places.start)
            .take(places.len())
            .collect()
    };
    let mut listing = page_of(parameters, address, (count, feed.page_size), take)?;
    if feed.has_text_counts {
        listing.write_count_as_text();
    }
    Ok(Json(listing))
}

fn feed_change_row(change: &FeedChange) -> ChangeRow {
    ChangeRow {
        status: "접수".into(),
        reason: "사용자신청".into(),
        contents: change.contents.into(),
        vm_id: format!("vm{}", change.id % 7),
        meter: "NO".into(),
        r#type: "신규".into(),
        reg_date: korean(change.at),
        history_id: change.id,
    }
}

fn feed_ticket_row(ticket: FeedTicket) -> TicketRow {
    TicketRow {
        detect_date: korean(ticket.detected),
        is_attack: "정탐".into(),
        ticket_status: ticket.status.into(),
        attack_type: "Brute Force".into(),
        src_ip: "203.0.113.7".to_owned(),
        ticket_id: ticket.id,
        dst_ip: "198.51.100.4".to_owned(),
        ticket_type: "침입탐지".into(),
        ticket_name: ticket.name,
    }
}

fn feed_ticket(feed: &Feed, id: &str) -> Result<TicketDetail, ApiError> {
    let ticket = feed.tickets.iter().find(|ticket| ticket.id == id);
    let ticket = ticket.ok_or(ApiError::NOT_FOUND)?;
    Ok(TicketDetail {
        header: Header::success("Service Result"),
        data: TicketData {
            result: [String::new(), ticket.analysis.clone(), String::new()],
            desc: [ticket.name.clone(), String::new()],
        },
    })
}

fn feed_event_row(event: FeedEvent) -> EventRow {
    EventRow {
        detect_time: korean(event.detected),
        severity_level: "Low".into(),
        dst_ip: "198.51.100.4".to_owned(),
        dst_country_code: "KR".into(),
        attack_name: event.name.into(),
        src_ip: event.source_ip,
        dst_port: 80,
        src_port: 40_000,
        in_out: "Inbound".into(),
    }
}
