//! What the vendor's history, tickets and events say of one server. The API searches nothing, so
//! the newest rows of each are looked through.

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

/// The most pages of each list that are looked through: no limit of the API is written down.
const PAGES: u32 = 3;

/// How far back events are looked through.
pub const EVENTS: TimeDelta = TimeDelta::days(7);

/// The rows that fit, of those that were looked through.
pub struct Found<T> {
    pub rows: Vec<T>,
    pub looked: usize,
    /// How many there are in all, where the API says so.
    pub total: Option<u64>,
    /// Why it was not looked further.
    pub failure: Option<Upstream>,
}

impl<T> Found<T> {
    #[must_use]
    pub fn is_of_all(&self) -> bool {
        self.failure.is_none() && self.total.is_none_or(|total| self.looked as u64 >= total)
    }
}

/// By what a server is found: its names, which are not unique, and its addresses.
pub struct Traits {
    pub names: HashSet<String>,
    addresses: HashSet<String>,
}

impl Traits {
    /// Of a load balancer with all of its VMs, or of `vm` alone.
    #[must_use]
    pub fn of(server: &Server, vm: Option<&Vm>) -> Self {
        let vms = vm.map_or(server.vms(), std::slice::from_ref);
        let mut names: HashSet<String> = vms.iter().filter_map(|vm| vm.name.clone()).collect();
        let ips = |vm: &Vm| [vm.fixed_ip.clone(), vm.floating_ip.clone()];
        let mut addresses: HashSet<String> = vms.iter().flat_map(ips).flatten().collect();
        if let (Server::LoadBalancer(it), None) = (server, vm) {
            names.extend(it.name.clone());
            addresses.extend(
                [it.fixed_ip.clone(), it.floating_ip.clone()]
                    .into_iter()
                    .flatten(),
            );
        }
        Self { names, addresses }
    }

    /// Of a server that is known by these only.
    #[must_use]
    pub fn known(name: &str, addresses: &str) -> Self {
        let parts = addresses.split(", ").filter(|part| !part.is_empty());
        Self {
            names: HashSet::from([name.to_owned()]),
            addresses: parts.map(str::to_owned).collect(),
        }
    }

    fn has_address(&self, of: [Option<&String>; 2]) -> bool {
        of.into_iter()
            .flatten()
            .any(|of| self.addresses.contains(of))
    }
}

/// All three, side by side.
pub struct Related {
    pub history: Found<HistoryEntry>,
    pub tickets: Found<Ticket>,
    pub events: Found<Event>,
}

pub async fn related(
    secmon: &Secmon,
    access: &ApiAccess,
    traits: &Traits,
    now: KstDateTime,
) -> Related {
    let is_named =
        |change: &HistoryEntry| change.names.iter().any(|name| traits.names.contains(name));
    let is_of_ticket = |ticket: &Ticket| {
        traits.has_address([ticket.source_ip.as_ref(), ticket.destination_ip.as_ref()])
    };
    let is_of_event = |event: &Event| {
        traits.has_address([event.source_ip.as_ref(), event.destination_ip.as_ref()])
    };
    let since = now.minus(EVENTS);
    let events = |page| async move {
        match EventRange::new(since, now) {
            Ok(range) => secmon.events(access, page, range).await,
            Err(_) => Ok(PageOf::past_the_end(page)),
        }
    };
    let (history, tickets, events) = tokio::join!(
        look(|page| secmon.history(access, page), is_named),
        look(|page| secmon.tickets(access, page), is_of_ticket),
        look(events, is_of_event),
    );
    Related {
        history,
        tickets,
        events,
    }
}

async fn look<T, R>(read: impl Fn(PageNumber) -> R, fits: impl Fn(&T) -> bool) -> Found<T>
where
    R: Future<Output = Result<PageOf<T>, secmon::Error>>,
{
    let mut found = Found {
        rows: Vec::new(),
        looked: 0,
        total: None,
        failure: None,
    };
    for number in 1..=PAGES {
        let listing = match read(PageNumber::new(number)).await {
            Ok(listing) => listing,
            Err(error) => {
                tracing::warn!(%error, "what concerns a server could not be looked up");
                found.failure = Some(upstream(&error));
                break;
            }
        };
        found.looked += listing.rows.len();
        found.total = listing.total.or(found.total);
        let more = listing.has_next;
        found.rows.extend(listing.rows.into_iter().filter(&fits));
        if !more {
            break;
        }
    }
    found
}
