//! Decodes the answers of the API: from the names of the wire to the model's own.

use crate::model::{
    Event, HistoryEntry, LoadBalancer, PageNumber, PageOf, Server, Ticket, TicketDetail, Vm,
    vocabulary,
};

use super::{
    error::Error,
    json_object::{FromFields, JsonValue},
    response::{Answer, Body},
};

const NO_RESULTS: Error = Error::UnexpectedResponse {
    what: "a success without the list of results",
};

/// Rows on a page, as long as a list has not shown how many it holds (docs/secmon-api.md, wire format row 11).
const USUAL_PAGE_SIZE: u64 = 10;

/// The whole list of an answer that is not paged.
pub(super) fn servers(answer: &Answer) -> Result<Vec<Server>, Error> {
    let rows: Vec<ServerRow> = rows(&answer.accept()?)?;
    Ok(rows.into_iter().map(Server::from).collect())
}

/// One page of a list, and the page size that it shows: only a page that another follows is full.
pub(super) fn listing<'a, T: FromFields<'a>>(
    answer: &'a Answer,
    page: PageNumber,
    known_page_size: Option<u64>,
) -> Result<(PageOf<T>, Option<u64>), Error> {
    if page > PageNumber::FIRST && answer.is_past_the_end() {
        return Ok((PageOf::past_the_end(page), None));
    }
    let body = answer.accept()?;
    let rows = rows(&body)?;
    let total = body.count.and_then(JsonValue::count);
    // The link holds the appKey and lacks `/v1.0`: all it is good for is to be there (row 13). It may be
    // missing while the count says that there is more (row 21).
    let has_link = body.next.is_some_and(JsonValue::is_present);
    let here = rows.len() as u64;
    let counts_more = page == PageNumber::FIRST && total.is_some_and(|total| here < total);
    let shown_size = (here > 0 && (has_link || counts_more)).then_some(here);
    let page_size =
        shown_size.unwrap_or_else(|| known_page_size.unwrap_or(USUAL_PAGE_SIZE).max(here));
    let mut listing = PageOf::new(rows, total, page, page_size);
    listing.has_next |= has_link;
    Ok((listing, shown_size))
}

/// A serializer that drops empty fields would leave the list out (row 22).
fn rows<'a, T: FromFields<'a>>(body: &Body<'a>) -> Result<Vec<T>, Error> {
    match body.results {
        Some(results) => results.rows().ok_or(NO_RESULTS),
        None if body.count.and_then(JsonValue::count) == Some(0) => Ok(Vec::new()),
        None => Err(NO_RESULTS),
    }
}

/// A load balancer or a VM, told apart by `lbId`: a load balancer has no `vmId` (row 14).
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
                self.is_balancer = value.text().is_some();
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
            "serviceStatus" => self.status = value.word(&vocabulary::SERVICE_STATUS),
            _ => (),
        }
    }
}

impl FromFields<'_> for HistoryEntry {
    fn set(&mut self, field: &str, value: JsonValue<'_>) {
        match field {
            "historyId" => self.id = value.id(),
            "regDate" => self.registered = value.moment(),
            "type" => self.kind = value.word(&vocabulary::CHANGE_KIND),
            "status" => self.status = value.word(&vocabulary::CHANGE_STATUS),
            "reason" => self.reason = value.word(&vocabulary::CHANGE_REASON),
            "contents" => self.contents = value.text(),
            // Names joined by ` | `, under the name of an id (row 17).
            "vmId" => self.names = names(&value.text().unwrap_or_default()),
            "meter" => self.meter = value.word(&vocabulary::METER),
            _ => (),
        }
    }
}

fn names(joined: &str) -> Vec<String> {
    let names = joined.split(" | ").map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

impl FromFields<'_> for Ticket {
    fn set(&mut self, field: &str, value: JsonValue<'_>) {
        match field {
            "ticketId" => self.id = value.id(),
            "ticketName" => prefer(&mut self.name, value.text()),
            // The guide's tables misspell it (row 7).
            "tickentName" => fill(&mut self.name, value.text()),
            // Either name in bodies and tables (row 6).
            "detectTime" => prefer(&mut self.detected, value.moment()),
            "detectDate" => fill(&mut self.detected, value.moment()),
            "isAttack" => self.verdict = value.word(&vocabulary::VERDICT),
            "ticketStatus" => self.status = value.word(&vocabulary::TICKET_STATUS),
            "ticketType" => self.kind = value.word(&vocabulary::TICKET_KIND),
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
            "detectTime" => prefer(&mut self.detected, value.moment()),
            "detectDate" => fill(&mut self.detected, value.moment()),
            "severityLevel" => self.severity = value.word(&vocabulary::SEVERITY),
            "attackName" => self.name = value.text(),
            "srcIp" => self.source_ip = value.text(),
            "srcPort" => self.source_port = value.port(),
            "dstIp" => self.destination_ip = value.text(),
            "dstPort" => self.destination_port = value.port(),
            "dstCountryCode" => self.destination_country = value.text(),
            "inOut" => self.direction = value.word(&vocabulary::DIRECTION),
            _ => (),
        }
    }
}

/// Of two names for one field, the one that counts when both are there.
fn prefer<T>(field: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *field = value;
    }
}

/// The other one of the two names.
fn fill<T>(field: &mut Option<T>, value: Option<T>) {
    if field.is_none() {
        *field = value;
    }
}

pub(super) fn ticket_detail(answer: &Answer) -> Result<TicketDetail, Error> {
    let body = answer.accept()?;
    let data: Body<'_> = body.data.and_then(JsonValue::object).unwrap_or_default();
    let mut result = parts([data.result, data.results, body.result, body.results]);
    let mut desc = parts([data.desc, body.desc]);
    Ok(TicketDetail {
        name: desc.next().flatten(),
        description: desc.next().flatten(),
        summary: result.next().flatten(),
        analysis: result.next().flatten(),
        deep_analysis: result.next().flatten(),
    })
}

/// The entries of the first list that has any: the guide's bodies keep it in `data`, its tables at
/// the top and under another name (row 8). An empty entry keeps its place.
fn parts<const N: usize>(
    lists: [Option<JsonValue<'_>>; N],
) -> impl Iterator<Item = Option<String>> + use<N> {
    let mut lists = lists.into_iter().flatten().map(JsonValue::texts);
    let found = lists.find(|list| !list.is_empty());
    found.unwrap_or_default().into_iter()
}
