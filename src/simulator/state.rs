//! The simulator's state, and functions that read or change it outside the API.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{
    Options, Simulator,
    call::Call,
    data::{
        fleet::{Control, Machine},
        tickets,
    },
    fault::Outage,
    feed::Feed,
    gateway::Faults,
    tenant::Tenant,
    token::Tokens,
};
use crate::model::{AppKey, Clock, TokenCredentials};

/// A simulator that runs for days must not keep every call.
const CALLS: usize = 100_000;

pub struct SimulatorInner {
    pub app_keys: Vec<AppKey>,
    pub clock: Clock,
    pub credentials: Option<TokenCredentials>,
    pub token_lifetime: Duration,
    pub stopping: CancellationToken,
    state: Mutex<State>,
}

pub struct State {
    pub tenants: Vec<Tenant>,
    pub faults: Faults,
    pub tokens: Tokens,
    pub latency: Duration,
    calls: VecDeque<Call>,
}

impl SimulatorInner {
    pub fn new(options: Options) -> Self {
        let now = options.now.now();
        let tenants = (0..options.app_keys.len()).map(|number| Tenant::new(&options, number, now));
        let mut faults = Faults::default();
        faults.set(None, options.fault);
        let state = State {
            tenants: tenants.collect(),
            faults,
            tokens: Tokens::default(),
            latency: options.latency,
            calls: VecDeque::new(),
        };
        Self {
            app_keys: options.app_keys,
            clock: options.now,
            credentials: options.token,
            token_lifetime: options.token_lifetime,
            stopping: CancellationToken::new(),
            state: Mutex::new(state),
        }
    }

    /// A panic while it was held leaves nothing half done that a test could be misled by.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub fn log(&mut self, call: Call) {
        if self.calls.len() == CALLS {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }
}

/// For tests and demonstrations. A tenant is the place of its appKey in the options; one that does not
/// exist has nothing, and nothing can be done to it.
impl Simulator {
    /// Switches a fault on, or off with `None`: for one tenant, or for all calls.
    pub fn set_fault(&self, tenant: Option<usize>, fault: impl Into<Option<Outage>>) {
        self.state().faults.set(tenant, fault.into());
    }

    pub fn set_latency(&self, latency: Duration) {
        self.state().latency = latency;
    }

    /// Every call so far, the latest 100,000 of them, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.iter().cloned().collect()
    }

    /// Every call so far; the next call is the first again.
    #[must_use]
    pub fn take_calls(&self) -> Vec<Call> {
        self.state().calls.drain(..).collect()
    }

    /// Invalidates every issued token.
    pub fn revoke_tokens(&self) {
        self.state().tokens.revoke();
    }

    /// The ids of load balancers and standalone VMs in `applied-vms`, in its order, including waiting ones.
    #[must_use]
    pub fn monitored_ids(&self, tenant: usize) -> Vec<String> {
        self.ids(tenant, true)
    }

    /// The ids in `not-applied-vms`, in its order.
    #[must_use]
    pub fn not_monitored_ids(&self, tenant: usize) -> Vec<String> {
        self.ids(tenant, false)
    }

    /// The ids of all load balancers, each with those of its VMs.
    #[must_use]
    pub fn load_balancers(&self, tenant: usize) -> Vec<(String, Vec<String>)> {
        let state = self.state();
        let servers = state
            .tenants
            .get(tenant)
            .map(|tenant| tenant.servers.iter());
        servers
            .into_iter()
            .flatten()
            .filter_map(|server| match &server.machine {
                Machine::LoadBalancer(it) => {
                    let vms = it.vms.iter().map(|vm| vm.id.clone()).collect();
                    Some((it.id.clone(), vms))
                }
                Machine::Vm(_) => None,
            })
            .collect()
    }

    /// The `serviceStatus` of a server, `None` when there is no such server.
    #[must_use]
    pub fn status(&self, tenant: usize, id: &str) -> Option<&'static str> {
        let now = self.clock().now();
        self.with_server(tenant, id, |tenant, place| {
            tenant.stage(&tenant.servers[place], now).word()
        })
    }

    /// The name of a load balancer or standalone VM.
    #[must_use]
    pub fn name(&self, tenant: usize, id: &str) -> Option<String> {
        self.with_server(tenant, id, |tenant, place| {
            match &tenant.servers[place].machine {
                Machine::LoadBalancer(it) => it.name.clone(),
                Machine::Vm(it) => it.name.clone(),
            }
        })
    }

    /// Adds a server outside the API, as at the vendor's console. `false` when that is not possible.
    #[must_use]
    pub fn add_behind_the_back(&self, tenant: usize, id: &str) -> bool {
        let now = self.clock().now();
        self.with_server(tenant, id, |tenant, place| {
            tenant.add(&[place], now).is_ok()
        })
        .unwrap_or(false)
    }

    /// Releases a server outside the API, as at the vendor's console. `false` when that is not possible.
    #[must_use]
    pub fn release_behind_the_back(&self, tenant: usize, id: &str) -> bool {
        let now = self.clock().now();
        self.with_server(tenant, id, |tenant, _| {
            let found = tenant.find_for_release(&[id], now);
            found.is_ok_and(|places| {
                tenant.release(&places, now);
                true
            })
        })
        .unwrap_or(false)
    }

    /// Creates an unmonitored server like the given one, and returns its id. `None` when it is unknown or a load
    /// balancer.
    #[must_use]
    pub fn make_server_like(&self, tenant: usize, id: &str, name: &str) -> Option<String> {
        self.with_server(tenant, id, |tenant, place| {
            let mut server = tenant.servers[place].clone();
            let Machine::Vm(vm) = &mut server.machine else {
                return None;
            };
            vm.id = uuid::Uuid::now_v7().to_string();
            name.clone_into(&mut vm.name);
            let made = vm.id.clone();
            server.control = Control {
                added: None,
                released: None,
            };
            tenant.servers.push(server);
            Some(made)
        })
        .flatten()
    }

    /// Deletes a server. False when there is none.
    #[must_use]
    pub fn remove_server(&self, tenant: usize, id: &str) -> bool {
        self.with_server(tenant, id, |tenant, place| tenant.servers.remove(place))
            .is_some()
    }

    /// Gives a server another name. False when there is none.
    #[must_use]
    pub fn rename_server(&self, tenant: usize, id: &str, name: &str) -> bool {
        self.with_server(tenant, id, |tenant, place| {
            let of = match &mut tenant.servers[place].machine {
                Machine::LoadBalancer(it) => &mut it.name,
                Machine::Vm(it) => &mut it.name,
            };
            name.clone_into(of);
        })
        .is_some()
    }

    /// The ids of the tickets, newest first.
    #[must_use]
    pub fn ticket_ids(&self, tenant: usize) -> Vec<String> {
        let state = self.state();
        let Some(tenant) = state.tenants.get(tenant) else {
            return Vec::new();
        };
        let newest_first = (0..tenant.tickets.len()).rev();
        newest_first
            .map(|row| tickets::id(tenant.ticket_seed, row))
            .collect()
    }

    /// Creates tickets detected now.
    pub fn add_tickets(&self, tenant: usize, count: usize) {
        let now = self.clock().now();
        if let Some(tenant) = self.state().tenants.get_mut(tenant) {
            tenant.tickets.add(now, count);
        }
    }

    /// Creates events detected now.
    pub fn add_events(&self, tenant: usize, count: usize) {
        let now = self.clock().now();
        if let Some(tenant) = self.state().tenants.get_mut(tenant) {
            tenant.events.add(now, count);
        }
    }

    /// Lists the rows of a feed in place of the computed ones.
    pub fn set_feed(&self, tenant: usize, feed: Feed) {
        if let Some(tenant) = self.state().tenants.get_mut(tenant) {
            tenant.feed = Some(feed);
        }
    }

    /// Reads or changes a tenant's feed. `None` when it has none.
    pub fn with_feed<T>(&self, tenant: usize, act: impl FnOnce(&mut Feed) -> T) -> Option<T> {
        let mut state = self.state();
        state.tenants.get_mut(tenant)?.feed.as_mut().map(act)
    }

    fn ids(&self, tenant: usize, monitored: bool) -> Vec<String> {
        let now = self.clock().now();
        let state = self.state();
        let Some(tenant) = state.tenants.get(tenant) else {
            return Vec::new();
        };
        let listed = tenant.listed(monitored, now);
        listed
            .map(|(server, _)| server.machine.id().to_owned())
            .collect()
    }

    fn with_server<T>(
        &self,
        tenant: usize,
        id: &str,
        act: impl FnOnce(&mut Tenant, usize) -> T,
    ) -> Option<T> {
        let mut state = self.state();
        let tenant = state.tenants.get_mut(tenant)?;
        let place = tenant.places().get(id).copied()?;
        Some(act(tenant, place))
    }
}
