//! The gateway in front of every endpoint: URL length, call log, faults, appKey and token.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::{
    Simulator,
    answer::ApiError,
    broken,
    call::{Call, Endpoint},
    fault::{Fault, Outage},
};

/// Longer addresses are refused, as most servers do.
const MAX_ADDRESS: usize = 8 * 1024;

/// Which tenant a call is for: left for the handlers.
#[derive(Debug, Clone, Copy)]
pub struct TenantNumber(pub usize);

/// Makes handlers stop in the middle of a change.
#[derive(Debug, Clone, Copy)]
pub struct PartialChange;

/// The faults that are switched on.
#[derive(Default)]
pub struct Faults {
    everywhere: Option<Outage>,
    /// A tenant's own come before the others.
    by_tenant: Vec<(usize, Outage)>,
}

impl Faults {
    pub fn set(&mut self, tenant: Option<usize>, outage: Option<Outage>) {
        let Some(tenant) = tenant else {
            self.everywhere = outage;
            return;
        };
        self.by_tenant.retain(|(other, _)| *other != tenant);
        self.by_tenant.extend(outage.map(|outage| (tenant, outage)));
    }

    /// The fault that this call meets, counted down.
    fn next(&mut self, endpoint: Endpoint, tenant: Option<usize>) -> Option<Fault> {
        let own = self
            .by_tenant
            .iter_mut()
            .filter(|(other, _)| Some(*other) == tenant)
            .map(|(_, outage)| outage);
        let outage = own.chain(&mut self.everywhere).find(|outage| {
            endpoint.is_in(outage.scope)
                && outage.times != Some(0)
                && (endpoint.is_change() || !outage.fault.is_after())
        })?;
        outage.times = outage.times.map(|times| times - 1);
        Some(outage.fault)
    }
}

/// The layer around every route.
pub async fn pass(
    State(simulator): State<Simulator>,
    mut request: Request,
    next: Next,
) -> Response {
    if address_length(&request) > MAX_ADDRESS {
        return ApiError::ADDRESS_TOO_LONG.into_response();
    }
    let (endpoint, key) = Endpoint::from_path(request.method(), request.uri().path());
    let tenant = key.and_then(|key| simulator.tenant_of(key));
    let fault = log(&simulator, &request, endpoint, tenant);
    let latency = simulator.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match fault {
        Some(fault) if !fault.is_after() => return broken_answer(&simulator, fault).await,
        Some(Fault::PartialChange) => {
            request.extensions_mut().insert(PartialChange);
        }
        _ => {}
    }
    if let Err(no) = admit(&simulator, endpoint, tenant, &mut request) {
        return no.into_response();
    }
    let response = next.run(request).await;
    match fault {
        Some(fault) => broken_answer(&simulator, fault).await,
        None => response,
    }
}

fn address_length(request: &Request) -> usize {
    let address = request.uri().path_and_query();
    address.map_or(0, |address| address.as_str().len())
}

fn log(
    simulator: &Simulator,
    request: &Request,
    endpoint: Endpoint,
    tenant: Option<usize>,
) -> Option<Fault> {
    let call = Call {
        method: request.method().clone(),
        endpoint,
        tenant,
        query: request.uri().query().map(str::to_owned),
        at: simulator.clock().now(),
    };
    let mut state = simulator.state();
    state.log(call);
    state.faults.next(endpoint, tenant)
}

fn admit(
    simulator: &Simulator,
    endpoint: Endpoint,
    tenant: Option<usize>,
    request: &mut Request,
) -> Result<(), ApiError> {
    if endpoint == Endpoint::Token {
        return Ok(());
    }
    if simulator.credentials().is_some() {
        let now = simulator.clock().now();
        simulator.state().tokens.check(request.headers(), now)?;
    }
    if let Some(tenant) = tenant {
        request.extensions_mut().insert(TenantNumber(tenant));
        Ok(())
    } else if request.uri().path().starts_with("/v1.0/appkeys/") {
        Err(ApiError::WRONG_KEY)
    } else {
        Err(ApiError::NOT_FOUND)
    }
}

/// Without an answer the call waits, until its client goes away or the simulator stops.
async fn broken_answer(simulator: &Simulator, fault: Fault) -> Response {
    if let Some(response) = broken::answer(fault) {
        return response;
    }
    simulator.stopping().await;
    broken::dropped()
}
