//! The simulated Secmon API: written from the guide with its own wire structs, so that a misreading in `secmon/` shows.
//!
//! Its responses match the guide's samples, it keeps added and released servers, and it fails on request. Its data
//! follows from a seed; its times end at the start.

mod add_request;
mod answer;
mod broken;
mod call;
mod data;
mod fault;
mod feed;
mod gateway;
mod lists;
mod parameters;
mod servers;
mod state;
mod tenant;
mod token;

use std::{
    io,
    sync::{Arc, MutexGuard},
    time::Duration,
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::{
    answer::ApiError,
    gateway::TenantNumber,
    state::{SimulatorInner, State},
};
use crate::model::{AppKey, Clock, TokenCredentials};

pub use self::{
    call::{Call, Endpoint},
    fault::{Fault, NAMES as FAULT_NAMES, Outage, Scope, UnknownFault},
    feed::{Feed, FeedChange, FeedEvent, FeedTicket, Movement},
};

/// How large a request may be.
const MAX_REQUEST: usize = 10 * 1024 * 1024;
/// Time for requests under way at shutdown.
const GRACE: Duration = Duration::from_secs(5);

/// Options of the simulator.
#[derive(Debug, Clone)]
pub struct Options {
    /// Each is a tenant with separate data.
    pub app_keys: Vec<AppKey>,
    /// How many VMs each tenant has, counting those behind load balancers.
    pub vms: usize,
    /// How many tickets of the last five years.
    pub tickets: usize,
    /// How many events of the last 92 days.
    pub events: usize,
    /// How many changes of the last three years.
    pub history: usize,
    pub seed: u64,
    /// How long every answer takes.
    pub latency: Duration,
    /// How long an added VM waits to be monitored, and a released one to be gone.
    pub delay: Duration,
    pub fault: Option<Outage>,
    /// When set, every call needs a token issued for these credentials.
    pub token: Option<TokenCredentials>,
    /// `expires_in`, and the lifetime of a token by `now`.
    pub token_lifetime: Duration,
    pub now: Clock,
}

/// A small tenant with the key `simulator-key-1`.
impl Default for Options {
    fn default() -> Self {
        Self {
            app_keys: AppKey::parse("simulator-key-1").into_iter().collect(),
            vms: 60,
            tickets: 240,
            events: 5000,
            history: 120,
            seed: 1,
            latency: Duration::ZERO,
            delay: Duration::from_secs(30),
            fault: None,
            token: None,
            token_lifetime: Duration::from_hours(24),
            now: Clock::system(),
        }
    }
}

/// A simulated Secmon API. A clone is the same one.
#[derive(Clone)]
pub struct Simulator(Arc<SimulatorInner>);

impl Simulator {
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self(Arc::new(SimulatorInner::new(options)))
    }

    /// The API under `/v1.0/appkeys/…`, and `POST /oauth2/token/create`.
    pub fn router(&self) -> Router {
        let api = Router::new()
            .route("/not-applied-vms", get(servers::not_applied))
            .route("/applied-vms", get(servers::applied))
            .route("/vm", post(servers::add).delete(servers::release))
            .route("/history", get(lists::history))
            .route("/tickets", get(lists::tickets))
            .route("/tickets/{ticket_id}", get(lists::ticket))
            .route("/events", get(lists::events));
        Router::new()
            .nest("/v1.0/appkeys/{app_key}", api)
            .route("/oauth2/token/create", post(token::create))
            .fallback(async || ApiError::NOT_FOUND)
            .method_not_allowed_fallback(async || ApiError::METHOD)
            .layer(DefaultBodyLimit::max(MAX_REQUEST))
            .layer(middleware::from_fn_with_state(self.clone(), gateway::pass))
            .with_state(self.clone())
    }

    /// Serves until `stop`, and then a few seconds more for requests under way. Hanging ones are dropped.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let stopping = self.0.stopping.clone();
        let told = stopping.clone();
        let server = axum::serve(listener, self.router()).with_graceful_shutdown(async move {
            stop.await;
            told.cancel();
        });
        tokio::select! {
            result = server => result,
            () = async { stopping.cancelled().await; tokio::time::sleep(GRACE).await } => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }

    fn clock(&self) -> &Clock {
        &self.0.clock
    }

    fn app_key(&self, tenant: TenantNumber) -> &str {
        self.0.app_keys[tenant.0].expose_secret()
    }

    fn tenant_of(&self, app_key: &str) -> Option<usize> {
        let mut keys = self.0.app_keys.iter();
        keys.position(|key| key.expose_secret() == app_key)
    }

    fn credentials(&self) -> Option<&TokenCredentials> {
        self.0.credentials.as_ref()
    }

    fn token_lifetime(&self) -> Duration {
        self.0.token_lifetime
    }

    fn latency(&self) -> Duration {
        self.state().latency
    }

    async fn stopping(&self) {
        CancellationToken::cancelled(&self.0.stopping).await;
    }
}
