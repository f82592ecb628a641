//! What each row of the API means: from the names of the wire to the portal's own.

use crate::model::{
    Change, Event, Listing, LoadBalancer, Moment, PageNumber, Server, Ticket, TicketDetail, Vm,
    words_of,
};

use super::{
    answer::Answer,
    error::Error,
    row::{Row, text_of},
};

const NO_RESULTS: Error = Error::NotTheApi {
    what: "a success without the list of results",
};

/// The whole list of an answer that is not paged.
pub(super) fn servers(answer: &Answer) -> Result<Vec<Server>, Error> {
    let body = answer.accept()?;
    let rows = body.list("results").ok_or(NO_RESULTS)?;
    Ok(rows
        .into_iter()
        .map(|row| server(&Row::read(row)))
        .collect())
}

/// One page of a list.
pub(super) fn listing<T>(
    answer: &Answer,
    page: PageNumber,
    read: fn(&Row<'_>) -> T,
) -> Result<Listing<T>, Error> {
    if page > PageNumber::FIRST && answer.is_past_the_end() {
        return Ok(Listing::past_the_end(page));
    }
    let body = answer.accept()?;
    let rows = body.list("results").ok_or(NO_RESULTS)?;
    Ok(Listing {
        rows: rows.into_iter().map(|row| read(&Row::read(row))).collect(),
        total: body.count("count"),
        page,
        // The link holds the appKey and lacks `/v1.0`: all it is good for is to be there (row 13).
        has_next: body.present("next"),
    })
}

/// Told apart by `lbId`: a load balancer has no `vmId` (row 14).
fn server(row: &Row<'_>) -> Server {
    if row.text("lbId").is_none() {
        return Server::Vm(vm(row));
    }
    let vms = row.list("vm").unwrap_or_default();
    Server::LoadBalancer(LoadBalancer {
        id: row.id("lbId"),
        name: row.text("lbName"),
        fixed_ip: row.text("fixedIp"),
        floating_ip: row.text("lbIp"),
        status: row.word("serviceStatus", &words_of::SERVICE_STATUS),
        vms: vms.into_iter().map(|row| vm(&Row::read(row))).collect(),
    })
}

fn vm(row: &Row<'_>) -> Vm {
    Vm {
        id: row.id("vmId"),
        name: row.text("vmName"),
        os: row.text("vmOs"),
        fixed_ip: row.text("fixedIp"),
        floating_ip: row.text("vmIp"),
        status: row.word("serviceStatus", &words_of::SERVICE_STATUS),
    }
}

pub(super) fn change(row: &Row<'_>) -> Change {
    // Names joined by ` | `, under the name of an id (row 17).
    let joined = row.text("vmId").unwrap_or_default();
    let names = joined.split(" | ").map(str::trim);
    Change {
        id: row.id("historyId"),
        registered: row.moment("regDate"),
        kind: row.word("type", &words_of::CHANGE_KIND),
        status: row.word("status", &words_of::CHANGE_STATUS),
        reason: row.word("reason", &words_of::CHANGE_REASON),
        contents: row.text("contents"),
        names: names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        meter: row.word("meter", &words_of::METER),
    }
}

pub(super) fn ticket(row: &Row<'_>) -> Ticket {
    Ticket {
        id: row.id("ticketId"),
        // The guide's tables misspell it (row 7).
        name: row.text("ticketName").or_else(|| row.text("tickentName")),
        detected: detected(row),
        verdict: row.word("isAttack", &words_of::VERDICT),
        status: row.word("ticketStatus", &words_of::TICKET_STATUS),
        kind: row.word("ticketType", &words_of::TICKET_KIND),
        attack: row.text("attackType"),
        source_ip: row.text("srcIp"),
        destination_ip: row.text("dstIp"),
    }
}

pub(super) fn event(row: &Row<'_>) -> Event {
    Event {
        detected: detected(row),
        severity: row.word("severityLevel", &words_of::SEVERITY),
        name: row.text("attackName"),
        source_ip: row.text("srcIp"),
        source_port: row.text("srcPort"),
        destination_ip: row.text("dstIp"),
        destination_port: row.text("dstPort"),
        destination_country: row.text("dstCountryCode"),
        direction: row.word("inOut", &words_of::DIRECTION),
    }
}

/// `detectTime` in the guide's bodies, `detectDate` in its tables, and the other way round (row 6).
fn detected(row: &Row<'_>) -> Option<Moment> {
    row.moment("detectTime")
        .or_else(|| row.moment("detectDate"))
}

pub(super) fn ticket_detail(answer: &Answer) -> Result<TicketDetail, Error> {
    let body = answer.accept()?;
    let data = body.object("data").unwrap_or_default();
    let mut result = parts([&data, &body], ["result", "results"]);
    let mut desc = parts([&data, &body], ["desc", "desc"]);
    Ok(TicketDetail {
        name: desc.next(),
        description: desc.next(),
        summary: result.next(),
        analysis: result.next(),
        deep_analysis: result.next(),
    })
}

/// The entries of the first list that has any: the guide's bodies keep it in `data`, its tables at
/// the top and under another name (row 8). A list that is no list is its own first entry.
fn parts(places: [&Row<'_>; 2], names: [&str; 2]) -> Parts {
    let lists = places
        .iter()
        .flat_map(|place| names.map(|name| place.texts(name)));
    let found = lists.into_iter().find(|list| !list.is_empty());
    Parts(found.unwrap_or_default().into_iter())
}

/// Entries in their order; an empty one keeps its place, and after the last all are missing.
struct Parts(std::vec::IntoIter<Option<String>>);

impl Parts {
    fn next(&mut self) -> Option<String> {
        self.0.next().flatten()
    }
}

impl Row<'_> {
    fn texts(&self, field: &str) -> Vec<Option<String>> {
        match self.list(field) {
            Some(list) => list.into_iter().map(text_of).collect(),
            None => self.text(field).map(Some).into_iter().collect(),
        }
    }
}
