//! Decodes API responses: from the names of the wire format to the model's.

use crate::model::{
    Event, HistoryEntry, LoadBalancer, PageNumber, PageOf, Server, Ticket, TicketDetail, Vm,
    vocabulary,
};

use super::{
    error::Error,
    json_object::{FromFields, JsonValue},
    response::{ApiResponse, Body},
};

const NO_RESULTS: Error = Error::UnexpectedResponse {
    what: "a success without the list of results",
};

/// Rows of a page until a list has shown its page size (docs/secmon-api.md, wire format row 11).
const DEFAULT_PAGE_SIZE: u64 = 10;

/// The whole of a list without pages.
pub(super) fn servers(response: &ApiResponse) -> Result<Vec<Server>, Error> {
    let rows: Vec<ServerRow> = rows(&response.accept()?)?;
    Ok(rows.into_iter().map(Server::from).collect())
}

/// One page of a list, and the page size that it shows: only a page with a successor is full.
pub(super) fn page<'a, T: FromFields<'a>>(
    response: &'a ApiResponse,
    number: PageNumber,
    known_size: Option<u64>,
) -> Result<(PageOf<T>, Option<u64>), Error> {
    if number > PageNumber::FIRST && response.is_past_the_end() {
        return Ok((PageOf::past_the_end(number), None));
    }
    let body = response.accept()?;
    let rows = rows(&body)?;
    let total = body.count.and_then(JsonValue::count);
    // The link holds the appKey and lacks `/v1.0`, so only its presence counts (row 13). It can be missing although
    // the count is larger (row 21).
    let has_link = body.next.is_some_and(JsonValue::is_present);
    let here = rows.len() as u64;
    let counts_more = number == PageNumber::FIRST && total.is_some_and(|total| here < total);
    let shown_size = (here > 0 && (has_link || counts_more)).then_some(here);
    let size = shown_size.unwrap_or_else(|| known_size.unwrap_or(DEFAULT_PAGE_SIZE).max(here));
    let mut page = PageOf::new(rows, total, number, size);
    page.has_next |= has_link;
    Ok((page, shown_size))
}

/// A serializer that drops empty fields would leave the list out (row 22).
fn rows<'a, T: FromFields<'a>>(body: &Body<'a>) -> Result<Vec<T>, Error> {
    match body.results {
        Some(results) => results.rows().ok_or(NO_RESULTS),
        None if body.count.and_then(JsonValue::count) == Some(0) => Ok(Vec::new()),
        None => Err(NO_RESULTS),
    }
}

/// A load balancer or a VM: only a load balancer has `lbId`, and it has no `vmId` (row 14).
#[derive(Default)]
struct ServerRow {
    is_balancer: bool,
    balancer: LoadBalancer,
    vm: Vm,
}

impl<'a> FromFields<'a> for ServerRow {
    fn set(&mut self, field: &str, value: JsonValue<'a>) {
        match field {
            "lbId" => {
                self.is_balancer = value.is_visible();
                self.balancer.id = value.id();
            }
            "lbName" => self.balancer.name = value.text(),
            "lbIp" => self.balancer.floating_ip = value.text(),
            "vm" => self.balancer.vms = value.rows().unwrap_or_default(),
            // Fields of both: `fixedIp`, `serviceStatus`.
            _ => self.vm.set(field, value),
        }
    }
}

impl From<ServerRow> for Server {
    fn from(row: ServerRow) -> Self {
        if !row.is_balancer {
            return Self::Vm(row.vm);
        }
        Self::LoadBalancer(LoadBalancer {
            fixed_ip: row.vm.fixed_ip,
            status: row.vm.status,
            ..row.balancer
        })
    }
}

impl FromFields<'_> for Vm {
    fn set(&mut self, field: &str, value: JsonValue<'_>) {
        match field {
            "vmId" => self.id = value.id(),
            "vmName" => self.name = value.text(),
            "vmOs" => self.os = value.text(),
            "fixedIp" => self.fixed_ip = value.text(),
            "vmIp" => self.floating_ip = value.text(),
            "serviceStatus" => self.status = value.term(&vocabulary::SERVICE_STATUS),
            _ => (),
        }
    }
}

impl FromFields<'_> for HistoryEntry {
    fn set(&mut self, field: &str, value: JsonValue<'_>) {
        match field {
            "historyId" => self.id = value.id(),
            "regDate" => self.registered = value.timestamp(),
            "type" => self.kind = value.term(&vocabulary::CHANGE_KIND),
            "status" => self.status = value.term(&vocabulary::CHANGE_STATUS),
            "reason" => self.reason = value.term(&vocabulary::CHANGE_REASON),
            "contents" => self.contents = value.text(),
            // Names joined by ` | `, under the name of an id (row 17).
            "vmId" => self.names = split_names(&value.text().unwrap_or_default()),
            "meter" => self.meter = value.term(&vocabulary::METER),
            _ => (),
        }
    }
}

fn split_names(joined: &str) -> Vec<String> {
    let names = joined.split(" | ").map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

impl FromFields<'_> for Ticket {
    fn set(&mut self, field: &str, value: JsonValue<'_>) {
        match field {
            "ticketId" => self.id = value.id(),
            "ticketName" => self.name = value.text().or(self.name.take()),
            // The guide's tables misspell it (row 7).
            "tickentName" => self.name = self.name.take().or(value.text()),
            // Either name in bodies and tables (row 6).
            "detectTime" => self.detected = value.timestamp().or(self.detected.take()),
            "detectDate" => self.detected = self.detected.take().or(value.timestamp()),
            "isAttack" => self.verdict = value.term(&vocabulary::VERDICT),
            "ticketStatus" => self.status = value.term(&vocabulary::TICKET_STATUS),
            "ticketType" => self.kind = value.term(&vocabulary::TICKET_KIND),
            "attackType" => self.attack = value.text(),
            "srcIp" => self.source_ip = value.text(),
            "dstIp" => self.destination_ip = value.text(),
            _ => (),
        }
    }
}

impl FromFields<'_> for Event {
    fn set(&mut self, field: &str, value: JsonValue<'_>) {
        match field {
            "detectTime" => self.detected = value.timestamp().or(self.detected.take()),
            "detectDate" => self.detected = self.detected.take().or(value.timestamp()),
            "severityLevel" => self.severity = value.term(&vocabulary::SEVERITY),
            "attackName" => self.name = value.text(),
            "srcIp" => self.source_ip = value.text(),
            "srcPort" => self.source_port = value.port(),
            "dstIp" => self.destination_ip = value.text(),
            "dstPort" => self.destination_port = value.port(),
            "dstCountryCode" => self.destination_country = value.text(),
            "inOut" => self.direction = value.term(&vocabulary::DIRECTION),
            _ => (),
        }
    }
}

pub(super) fn ticket_detail(response: &ApiResponse) -> Result<TicketDetail, Error> {
    let body = response.accept()?;
    let data: Body<'_> = body.data.and_then(JsonValue::object).unwrap_or_default();
    let mut result = first_list([data.result, data.results, body.result, body.results]);
    let mut desc = first_list([data.desc, body.desc]);
    Ok(TicketDetail {
        name: desc.next().flatten(),
        description: desc.next().flatten(),
        summary: result.next().flatten(),
        analysis: result.next().flatten(),
        deep_analysis: result.next().flatten(),
    })
}

/// The first list with entries: the guide's bodies keep it in `data`, its tables at the top under another name
/// (row 8). An empty entry keeps its place.
fn first_list<const N: usize>(
    lists: [Option<JsonValue<'_>>; N],
) -> impl Iterator<Item = Option<String>> + use<N> {
    let mut lists = lists.into_iter().flatten().map(JsonValue::texts);
    let found = lists.find(|list| !list.is_empty());
    found.unwrap_or_default().into_iter()
}
