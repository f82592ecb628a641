//! The Secmon API: the eight endpoints of its guide, typed. The only place that knows reqwest.
//!
//! docs/secmon-api.md lists the accepted variants of the wire format; comments cite its rows.

mod caller;
mod decode;
mod encode;
mod endpoint;
mod error;
mod http;
mod json_object;
mod page_sizes;
mod redact;
mod response;
mod settings;
mod single_flight;
mod token;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::model::{
    ApiAccess, Event, EventRange, HistoryEntry, PageNumber, PageOf, Server, ServerId, ServerLists,
    TeamId, Ticket, TicketDetail, TicketId,
};

use caller::Caller;
use endpoint::Endpoint;
use json_object::FromFields;
use response::ApiResponse;
use single_flight::{ReadKey, SingleFlight};

pub use error::Error;
pub use settings::{BaseUrls, BuildError, Settings};

/// The client of every team's API. A clone shares connections, tokens and limits.
///
/// Every call ends within [`Settings::timeout`] and fails with an [`Error`]. Identical reads of a team that overlap
/// share one call, unless a change was made in between.
#[derive(Clone)]
pub struct Secmon(Arc<Caller>);

impl Secmon {
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        Caller::new(settings).map(|caller| Self(Arc::new(caller)))
    }

    /// Both VM lists, read in parallel, and when reading them began: before this call where it shares another's.
    pub async fn fleet(&self, access: &ApiAccess) -> Result<(ServerLists, Instant), Error> {
        let (not_monitored, monitored) = tokio::try_join!(
            self.read(access, Endpoint::NotAppliedVms),
            self.read(access, Endpoint::AppliedVms),
        )?;
        let lists = ServerLists {
            not_monitored: decode::servers(&not_monitored)?,
            monitored: decode::servers(&monitored)?,
        };
        Ok((lists, not_monitored.started.min(monitored.started)))
    }

    /// Both VM lists, read sequentially with separate calls.
    pub async fn fleet_in_turn(&self, access: &ApiAccess) -> Result<ServerLists, Error> {
        let not_monitored = self.0.call(access, &Endpoint::NotAppliedVms, None).await?;
        let not_monitored = decode::servers(&not_monitored)?;
        let monitored = self.0.call(access, &Endpoint::AppliedVms, None).await?;
        Ok(ServerLists {
            not_monitored,
            monitored: decode::servers(&monitored)?,
        })
    }

    /// Adds `servers`, as the API itself listed them, in one request without retries. See
    /// [`Error::may_have_taken_effect`]; see [`Server::can_be_added`] for [`Error::MissingId`].
    pub async fn add(&self, access: &ApiAccess, servers: &[Server]) -> Result<(), Error> {
        if servers.is_empty() {
            return Ok(());
        }
        let body = encode::vm_list(servers)?;
        self.change(access, &Endpoint::Add, Some(body)).await
    }

    /// Releases servers in one request without retries: a VM by its id, the VMs behind a load balancer only by the
    /// load balancer's. Split long lists with [`Self::release_batches`].
    pub async fn release(&self, access: &ApiAccess, ids: &[ServerId]) -> Result<(), Error> {
        // Undocumented, and it could mean "all of them".
        if ids.is_empty() {
            return Ok(());
        }
        self.change(access, &Endpoint::Release(ids), None).await
    }

    /// Splits `ids` into batches that each fit into the URL of one release.
    #[must_use]
    pub fn release_batches<'a>(
        &self,
        access: &ApiAccess,
        ids: &'a [ServerId],
    ) -> Vec<&'a [ServerId]> {
        let base = self.0.settings.bases.get(access.region);
        endpoint::release_batches(base, &access.app_key, ids)
    }

    /// Tests a key with a call that every kind of team can make. Returns the length of the history, if the API
    /// counts it.
    pub async fn check(&self, access: &ApiAccess) -> Result<Option<u64>, Error> {
        let endpoint = Endpoint::History(PageNumber::FIRST);
        let response = self.0.call(access, &endpoint, None).await?;
        let (page, _) = decode::page::<HistoryEntry>(&response, PageNumber::FIRST, None)?;
        Ok(page.total)
    }

    /// A page of the monitoring history, newest first.
    pub async fn history(
        &self,
        access: &ApiAccess,
        page: PageNumber,
    ) -> Result<PageOf<HistoryEntry>, Error> {
        self.page(access, Endpoint::History(page), page).await
    }

    /// A page of the tickets, newest first.
    pub async fn tickets(
        &self,
        access: &ApiAccess,
        page: PageNumber,
    ) -> Result<PageOf<Ticket>, Error> {
        self.page(access, Endpoint::Tickets(page), page).await
    }

    /// One ticket. Each of its parts is untrusted HTML.
    pub async fn ticket(&self, access: &ApiAccess, id: &TicketId) -> Result<TicketDetail, Error> {
        let response = self.read(access, Endpoint::Ticket(id.clone())).await?;
        decode::ticket_detail(&response)
    }

    /// A page of the events within `range`.
    pub async fn events(
        &self,
        access: &ApiAccess,
        page: PageNumber,
        range: EventRange,
    ) -> Result<PageOf<Event>, Error> {
        self.page(access, Endpoint::Events(page, range), page).await
    }

    async fn page<T: for<'a> FromFields<'a>>(
        &self,
        access: &ApiAccess,
        endpoint: Endpoint<'static>,
        number: PageNumber,
    ) -> Result<PageOf<T>, Error> {
        let (sizes, list) = (&self.0.page_sizes, endpoint.name());
        let response = self.read(access, endpoint).await?;
        let known_size = sizes.get(&access.team, list);
        let (page, shown_size) = decode::page(&response, number, known_size)?;
        if let Some(size) = shown_size {
            sizes.learn(&access.team, list, size);
        }
        Ok(page)
    }

    /// Joins an identical read in flight, or calls.
    async fn read(
        &self,
        access: &ApiAccess,
        endpoint: Endpoint<'static>,
    ) -> Result<Arc<ApiResponse>, Error> {
        let base = self.0.settings.bases.get(access.region);
        let key = ReadKey {
            team: access.team.clone(),
            url: endpoint.url(base, &access.app_key),
            credentials: access.token.as_ref().map(token::hash),
        };
        let (caller, access) = (Arc::clone(&self.0), access.clone());
        let call = async move { caller.call(&access, &endpoint, None).await.map(Arc::new) };
        self.0.reads.join(key, call).await
    }

    /// Sends a change. A read from before its end answers none that begins later.
    async fn change(
        &self,
        access: &ApiAccess,
        endpoint: &Endpoint<'_>,
        body: Option<Vec<u8>>,
    ) -> Result<(), Error> {
        let _ends = ForgetReads(&self.0.reads, &access.team);
        let response = self.0.call(access, endpoint, body).await?;
        response.accept().map(drop)
    }
}

/// On drop: a change that is abandoned may still take effect.
struct ForgetReads<'a>(&'a SingleFlight, &'a TeamId);

impl Drop for ForgetReads<'_> {
    fn drop(&mut self) {
        self.0.forget(self.1);
    }
}

/// Hides URLs, which may hold a password, and tokens.
impl std::fmt::Debug for Secmon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secmon")
    }
}

/// None of the maps behind these locks is left half changed by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
