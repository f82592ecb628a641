//! History, tickets and events of one server, from the archive. While there is none, the newest rows of the source's
//! lists are scanned: the API has no search.

mod archive;

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::{
    model::{
        ApiAccess, Event, EventRange, HistoryEntry, PageNumber, PageOf, Server, Team, Ticket, Vm,
    },
    secmon,
    web::{
        AppState, Result,
        error::{Upstream, upstream},
    },
};

use self::archive::{Archived, Lookup};

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
    /// In place of a scan.
    pub archived: Option<Archived>,
}

impl<T> Default for Matches<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            scanned: 0,
            total: None,
            failure: None,
            archived: None,
        }
    }
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
    state: &AppState,
    team: &Team,
    access: &ApiAccess,
    identifiers: &Identifiers,
) -> Result<Related> {
    let lookup = Lookup {
        state,
        team,
        identifiers,
        shared_names: state.store.shared_names(&team.id).await?,
    };
    let source = Scan {
        state,
        access,
        identifiers,
    };
    let (history, tickets, events) = tokio::try_join!(
        async { or_scan(lookup.history().await?, source.history()).await },
        async { or_scan(lookup.tickets().await?, source.tickets()).await },
        async { or_scan(lookup.events().await?, source.events()).await },
    )?;
    Ok(Related {
        history,
        tickets,
        events,
    })
}

async fn or_scan<T>(
    archived: Option<Matches<T>>,
    scan: impl Future<Output = Matches<T>>,
) -> Result<Matches<T>> {
    Ok(match archived {
        Some(matches) => matches,
        None => scan.await,
    })
}

/// A search in the newest rows of the source's lists.
struct Scan<'a> {
    state: &'a AppState,
    access: &'a ApiAccess,
    identifiers: &'a Identifiers,
}

impl Scan<'_> {
    async fn history(&self) -> Matches<HistoryEntry> {
        let is_named = |change: &HistoryEntry| {
            let mut names = change.names.iter();
            names.any(|name| self.identifiers.names.contains(name))
        };
        let secmon = &self.state.secmon;
        scan(|page| secmon.history(self.access, page), is_named).await
    }

    async fn tickets(&self) -> Matches<Ticket> {
        let has_ip = |ticket: &Ticket| {
            let ips = [&ticket.source_ip, &ticket.destination_ip];
            self.identifiers.has_ip(ips)
        };
        let secmon = &self.state.secmon;
        scan(|page| secmon.tickets(self.access, page), has_ip).await
    }

    async fn events(&self) -> Matches<Event> {
        let has_ip = |event: &Event| {
            let ips = [&event.source_ip, &event.destination_ip];
            self.identifiers.has_ip(ips)
        };
        let now = self.state.clock.korean();
        let events = |page| async move {
            match EventRange::new(now.minus(EVENT_PERIOD), now) {
                Ok(range) => self.state.secmon.events(self.access, page, range).await,
                Err(_) => Ok(PageOf::past_the_end(page)),
            }
        };
        scan(events, has_ip).await
    }
}

async fn scan<T, R>(read: impl Fn(PageNumber) -> R, is_match: impl Fn(&T) -> bool) -> Matches<T>
where
    R: Future<Output = std::result::Result<PageOf<T>, secmon::Error>>,
{
    let mut matches = Matches::default();
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
