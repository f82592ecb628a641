//! History, tickets and events: the second half of the guide.

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
    gateway::TenantNumber,
    parameters::{Listing, Parameters, page},
    tenant::Tenant,
};

type Answer<R> = Result<Json<Listing<R>>, ApiError>;

/// Fields in the guide's order, here and below.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRow {
    status: &'static str,
    reason: &'static str,
    contents: &'static str,
    /// Names, in spite of its own.
    vm_id: String,
    meter: &'static str,
    r#type: &'static str,
    reg_date: String,
    history_id: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketRow {
    detect_date: String,
    is_attack: &'static str,
    ticket_status: &'static str,
    attack_type: &'static str,
    src_ip: String,
    ticket_id: String,
    dst_ip: String,
    ticket_type: &'static str,
    ticket_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRow {
    detect_time: String,
    severity_level: &'static str,
    dst_ip: String,
    dst_country_code: &'static str,
    attack_name: &'static str,
    src_ip: String,
    dst_port: u16,
    src_port: u16,
    in_out: &'static str,
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
    let state = simulator.state();
    let data = &state.tenants[tenant.0];
    let parameters = Parameters::read(query.as_deref());
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
        status: "접수",
        reason: "사용자신청",
        contents: change.kind.contents(done),
        vm_id: change.names,
        meter: change.kind.meter(done),
        r#type: change.kind.word(),
        reg_date: korean(change.at),
        history_id,
    }
}

pub async fn tickets(
    State(simulator): State<Simulator>,
    Extension(tenant): Extension<TenantNumber>,
    RawQuery(query): RawQuery,
) -> Answer<TicketRow> {
    let state = simulator.state();
    let data = &state.tenants[tenant.0];
    let parameters = Parameters::read(query.as_deref());
    // Oldest first, unless asked otherwise (docs/secmon-api.md, wire format row 9).
    let newest_first = match parameters.get("detectDateOrder") {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(ApiError::PARAMETER),
    };
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
        is_attack: ticket.verdict,
        ticket_status: ticket.status,
        attack_type: ticket.attack,
        src_ip: ticket.source_ip,
        ticket_id: ticket.id,
        dst_ip: ticket.destination_ip,
        ticket_type: ticket.kind,
        ticket_name: ticket.name,
    }
}

pub async fn ticket(
    State(simulator): State<Simulator>,
    Extension(tenant): Extension<TenantNumber>,
    Path((_, ticket_id)): Path<(String, String)>,
) -> Result<Json<TicketDetail>, ApiError> {
    let state = simulator.state();
    let data = &state.tenants[tenant.0];
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
    let state = simulator.state();
    let data = &state.tenants[tenant.0];
    let parameters = Parameters::read(query.as_deref());
    let moment = |name, default| match parameters.get(name) {
        None | Some("") => Ok(default),
        Some(text) => parameter(text).ok_or(ApiError::PARAMETER),
    };
    let start = moment("startDate", now - TimeDelta::days(1))?;
    let end = moment("endDate", now)?;
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
        severity_level: event.severity,
        dst_ip: event.destination_ip,
        dst_country_code: event.destination_country,
        attack_name: event.name,
        src_ip: event.source_ip,
        dst_port: event.destination_port,
        src_port: event.source_port,
        in_out: event.direction,
    }
}
