//! The Secmon API: the eight endpoints of its guide, typed. The only place that knows reqwest.
//!
//! docs/secmon-api.md says which variants of the wire format are accepted; its rows are named where they are met.

mod call;
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
mod token;

use std::sync::Arc;

use crate::model::{
    ApiAccess, Event, EventRange, HistoryEntry, PageNumber, PageOf, Server, ServerId, ServerLists,
    Ticket, TicketDetail, TicketId,
};

use call::Caller;
use endpoint::Endpoint;
use json_object::FromFields;
use response::Answer;

pub use error::Error;
pub use settings::{BaseUrls, BuildError, Settings};

/// The client of every team's API. A clone shares connections, tokens and limits with its origin.
///
/// Every call ends within [`Settings::timeout`] and fails with an [`Error`].
#[derive(Clone)]
pub struct Secmon(Arc<Caller>);

impl Secmon {
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        Caller::new(settings).map(|caller| Self(Arc::new(caller)))
    }

    /// Both VM lists, read side by side.
    pub async fn fleet(&self, access: &ApiAccess) -> Result<ServerLists, Error> {
        let (not_monitored, monitored) = tokio::try_join!(
            self.servers(access, Endpoint::NotAppliedVms),
            self.servers(access, Endpoint::AppliedVms),
        )?;
        Ok(ServerLists {
            not_monitored,
            monitored,
        })
    }

    /// Both VM lists, read one after the other, for who must not make two calls at a time.
    pub async fn fleet_in_turn(&self, access: &ApiAccess) -> Result<ServerLists, Error> {
        Ok(ServerLists {
            not_monitored: self.servers(access, Endpoint::NotAppliedVms).await?,
            monitored: self.servers(access, Endpoint::AppliedVms).await?,
        })
    }

    /// Asks for control of `servers`, as the API itself listed them, in one request that is never
    /// repeated. See [`Error::may_have_taken_effect`]; see [`Server::can_be_added`] for
    /// [`Error::MissingId`].
    pub async fn add(&self, access: &ApiAccess, servers: &[Server]) -> Result<(), Error> {
        if servers.is_empty() {
            return Ok(());
        }
        let body = encode::vm_list(servers)?;
        let answer = self.call(access, &Endpoint::Add, Some(body)).await?;
        answer.accept().map(drop)
    }

    /// Releases servers in one request that is never repeated: a VM by its own id, the VMs behind a
    /// load balancer only by the load balancer's. Cut long lists with [`Self::release_batches`].
    pub async fn release(&self, access: &ApiAccess, ids: &[ServerId]) -> Result<(), Error> {
        // What the API makes of an empty `vmId` nobody wrote down; "all of them" is thinkable.
        if ids.is_empty() {
            return Ok(());
        }
        let answer = self.call(access, &Endpoint::Release(ids), None).await?;
        answer.accept().map(drop)
    }

    /// Cuts `ids` into parts that each fit into the address of one release.
    #[must_use]
    pub fn release_batches<'a>(
        &self,
        access: &ApiAccess,
        ids: &'a [ServerId],
    ) -> Vec<&'a [ServerId]> {
        let base = self.0.settings.bases.of(access.region);
        endpoint::release_batches(base, &access.app_key, ids)
    }

    /// One call that every kind of team can make, to see whether its key is good: how many changes
    /// of control the API knows, if it says.
    pub async fn check(&self, access: &ApiAccess) -> Result<Option<u64>, Error> {
        let history = self.history(access, PageNumber::FIRST).await?;
        Ok(history.total)
    }

    /// A page of the history of control, newest first, as the API orders it.
    pub async fn history(
        &self,
        access: &ApiAccess,
        page: PageNumber,
    ) -> Result<PageOf<HistoryEntry>, Error> {
        self.page(access, &Endpoint::History(page), page).await
    }

    /// A page of the tickets, newest first.
    pub async fn tickets(
        &self,
        access: &ApiAccess,
        page: PageNumber,
    ) -> Result<PageOf<Ticket>, Error> {
        self.page(access, &Endpoint::Tickets(page), page).await
    }

    /// One ticket: every part of it is HTML from a stranger.
    pub async fn ticket(&self, access: &ApiAccess, id: &TicketId) -> Result<TicketDetail, Error> {
        let answer = self.call(access, &Endpoint::Ticket(id), None).await?;
        decode::ticket_detail(&answer)
    }

    /// A page of the events within `range`.
    pub async fn events(
        &self,
        access: &ApiAccess,
        page: PageNumber,
        range: EventRange,
    ) -> Result<PageOf<Event>, Error> {
        self.page(access, &Endpoint::Events(page, range), page)
            .await
    }

    async fn page<T: for<'a> FromFields<'a>>(
        &self,
        access: &ApiAccess,
        endpoint: &Endpoint<'_>,
        page: PageNumber,
    ) -> Result<PageOf<T>, Error> {
        let answer = self.call(access, endpoint, None).await?;
        let (sizes, list) = (&self.0.page_sizes, endpoint.name());
        let known_size = sizes.get(&access.team, list);
        let (listing, shown_size) = decode::listing(&answer, page, known_size)?;
        if let Some(size) = shown_size {
            sizes.learn(&access.team, list, size);
        }
        Ok(listing)
    }

    async fn servers(
        &self,
        access: &ApiAccess,
        endpoint: Endpoint<'_>,
    ) -> Result<Vec<Server>, Error> {
        let answer = self.call(access, &endpoint, None).await?;
        decode::servers(&answer)
    }

    async fn call(
        &self,
        access: &ApiAccess,
        endpoint: &Endpoint<'_>,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, Error> {
        self.0.call(access, endpoint, body).await
    }
}

/// Says nothing of what it holds: the addresses may carry a password, the tokens are secrets.
impl std::fmt::Debug for Secmon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secmon")
    }
}
