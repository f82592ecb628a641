//! History, tickets and events of one server. The API has no search, so the newest rows of each list are scanned.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::{
    model::{
        ApiAccess, Event, EventRange, HistoryEntry, KstDateTime, PageNumber, PageOf, Server,
        Ticket, Vm,
    },
    secmon::{self, Secmon},
    web::error::{Upstream, upstream},
};

/// Pages of each list that are scanned.
const MAX_PAGES: u32 = 3;

/// The period of events that is scanned.
const EVENT_PERIOD: TimeDelta = TimeDelta::days(7);

/// The rows of one list that are about the server.
pub struct Matches<T> {
    pub rows: Vec<T>,
    pub scanned: usize,
    /// Rows of the list, if the API counts them.
    pub total: Option<u64>,
    /// The error that ended the scan.
    pub failure: Option<Upstream>,
}

impl<T> Matches<T> {
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failure.is_none() && self.total.is_none_or(|total| self.scanned as u64 >= total)
    }
}

/// The names and IP addresses that identify a server in other lists. Names are not unique.
pub struct Identifiers {
    pub names: HashSet<String>,
    ips: HashSet<String>,
}

impl Identifiers {
    /// Of a load balancer with all of its VMs, or of `vm` alone.
    #[must_use]
    pub fn new(server: &Server, vm: Option<&Vm>) -> Self {
        let vms = vm.map_or(server.vms(), std::slice::from_ref);
        let mut names: HashSet<String> = vms.iter().filter_map(|vm| vm.name.clone()).collect();
        let ips = |vm: &Vm| [vm.fixed_ip.clone(), vm.floating_ip.clone()];
        let mut all_ips: HashSet<String> = vms.iter().flat_map(ips).flatten().collect();
        if let (Server::LoadBalancer(lb), None) = (server, vm) {
            names.extend(lb.name.clone());
            all_ips.extend(
                [&lb.fixed_ip, &lb.floating_ip]
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
        }
        Self {
            names,
            ips: all_ips,
        }
    }

    /// Of a server that the API no longer lists; `ips` is joined with commas.
    #[must_use]
    pub fn from_inventory(name: &str, ips: &str) -> Self {
        let parts = ips.split(", ").filter(|part| !part.is_empty());
        Self {
            names: HashSet::from([name.to_owned()]),
            ips: parts.map(str::to_owned).collect(),
        }
    }

    fn has_ip(&self, ips: [&Option<String>; 2]) -> bool {
        ips.into_iter().flatten().any(|ip| self.ips.contains(ip))
    }
}

pub struct Related {
    pub history: Matches<HistoryEntry>,
    pub tickets: Matches<Ticket>,
    pub events: Matches<Event>,
}

pub async fn related(
    secmon: &Secmon,
    access: &ApiAccess,
    identifiers: &Identifiers,
    now: KstDateTime,
) -> Related {
    let is_named = |change: &HistoryEntry| {
        let mut names = change.names.iter();
        names.any(|name| identifiers.names.contains(name))
    };
    let is_in_ticket =
        |ticket: &Ticket| identifiers.has_ip([&ticket.source_ip, &ticket.destination_ip]);
    let is_in_event = |event: &Event| identifiers.has_ip([&event.source_ip, &event.destination_ip]);
    let since = now.minus(EVENT_PERIOD);
    let events = |page| async move {
        match EventRange::new(since, now) {
            Ok(range) => secmon.events(access, page, range).await,
            Err(_) => Ok(PageOf::past_the_end(page)),
        }
    };
    let (history, tickets, events) = tokio::join!(
        scan(|page| secmon.history(access, page), is_named),
        scan(|page| secmon.tickets(access, page), is_in_ticket),
        scan(events, is_in_event),
    );
    Related {
        history,
        tickets,
        events,
    }
}

async fn scan<T, R>(read: impl Fn(PageNumber) -> R, is_match: impl Fn(&T) -> bool) -> Matches<T>
where
    R: Future<Output = Result<PageOf<T>, secmon::Error>>,
{
    let mut matches = Matches {
        rows: Vec::new(),
        scanned: 0,
        total: None,
        failure: None,
    };
    for number in 1..=MAX_PAGES {
        let listing = match read(PageNumber::new(number)).await {
            Ok(listing) => listing,
            Err(error) => {
                tracing::warn!(%error, "a list could not be scanned for a server");
                matches.failure = Some(upstream(&error));
                break;
            }
        };
        matches.scanned += listing.rows.len();
        matches.total = listing.total.or(matches.total);
        let has_next = listing.has_next;
        matches
            .rows
            .extend(listing.rows.into_iter().filter(&is_match));
        if !has_next {
            break;
        }
    }
    matches
}
