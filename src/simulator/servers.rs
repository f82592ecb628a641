//! The server endpoints: the two VM lists, add and release.

use axum::{
    Extension,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use super::{
    Simulator,
    add_request::AddRequest,
    answer::{ApiError, Header, Json, RawResponse},
    data::fleet::{LoadBalancer, Machine, Server, Vm},
    gateway::{PartialChange, TenantNumber},
    parameters::Parameters,
    tenant::Stage,
};

/// Fields in the guide's order.
#[derive(Serialize)]
struct VmList<'a> {
    header: Header,
    results: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Row<'a> {
    LoadBalancer(LoadBalancerRow<'a>),
    Vm(VmRow<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoadBalancerRow<'a> {
    lb_ip: &'a str,
    vm: Vec<VmRow<'a>>,
    fixed_ip: &'a str,
    lb_id: &'a str,
    lb_name: &'a str,
    service_status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VmRow<'a> {
    vm_id: &'a str,
    fixed_ip: &'a str,
    vm_os: &'a str,
    vm_ip: &'a str,
    service_status: &'static str,
    vm_name: &'a str,
}

impl<'a> Row<'a> {
    fn new((server, stage): (&'a Server, Stage)) -> Self {
        match &server.machine {
            Machine::LoadBalancer(it) => Self::LoadBalancer(LoadBalancerRow::new(it, stage)),
            Machine::Vm(it) => Self::Vm(VmRow::new(it, stage)),
        }
    }
}

impl<'a> LoadBalancerRow<'a> {
    fn new(it: &'a LoadBalancer, stage: Stage) -> Self {
        Self {
            lb_ip: &it.floating_ip,
            vm: it.vms.iter().map(|vm| VmRow::new(vm, stage)).collect(),
            fixed_ip: &it.fixed_ip,
            lb_id: &it.id,
            lb_name: &it.name,
            service_status: stage.word(),
        }
    }
}

impl<'a> VmRow<'a> {
    fn new(it: &'a Vm, stage: Stage) -> Self {
        Self {
            vm_id: &it.id,
            fixed_ip: &it.fixed_ip,
            vm_os: it.os,
            vm_ip: &it.floating_ip,
            service_status: stage.word(),
            vm_name: &it.name,
        }
    }
}

pub async fn not_applied(
    State(simulator): State<Simulator>,
    tenant: Extension<TenantNumber>,
) -> Response {
    list(&simulator, *tenant, false)
}

pub async fn applied(
    State(simulator): State<Simulator>,
    tenant: Extension<TenantNumber>,
) -> Response {
    list(&simulator, *tenant, true)
}

fn list(simulator: &Simulator, tenant: TenantNumber, monitored: bool) -> Response {
    let now = simulator.clock().now();
    let state = simulator.state();
    let listed = state.tenants[tenant.0].listed(monitored, now);
    let list = VmList {
        header: Header::SUCCESS,
        results: listed.map(Row::new).collect(),
    };
    Json(list).into_response()
}

pub async fn add(
    State(simulator): State<Simulator>,
    Extension(tenant): Extension<TenantNumber>,
    half: Option<Extension<PartialChange>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<RawResponse>, ApiError> {
    // Every call in the guide has this header.
    let content_type = headers.get(header::CONTENT_TYPE);
    if !content_type
        .is_some_and(|content_type| content_type.as_bytes().starts_with(b"application/json"))
    {
        return Err(ApiError::NOT_JSON);
    }
    let request = AddRequest::read(&body)?;
    let now = simulator.clock().now();
    let mut state = simulator.state();
    let tenant = &mut state.tenants[tenant.0];
    let places = request.find(tenant)?;
    tenant.add(some_of(&places, half.is_some()), now)?;
    Ok(Json(RawResponse::SUCCESS))
}

pub async fn release(
    State(simulator): State<Simulator>,
    Extension(tenant): Extension<TenantNumber>,
    half: Option<Extension<PartialChange>>,
    RawQuery(query): RawQuery,
) -> Result<Json<RawResponse>, ApiError> {
    let parameters = Parameters::read(query.as_deref());
    let ids = parameters.get("vmId").ok_or(ApiError::FIELD_MISSING)?;
    let ids: Vec<&str> = ids.split(',').collect();
    if ids.contains(&"") {
        return Err(ApiError::PARAMETER);
    }
    let now = simulator.clock().now();
    let mut state = simulator.state();
    let tenant = &mut state.tenants[tenant.0];
    let places = tenant.find_for_release(&ids, now)?;
    tenant.release(some_of(&places, half.is_some()), now);
    Ok(Json(RawResponse::SUCCESS))
}

/// All of a change, or as much of it as the fault `half-done` does.
fn some_of(places: &[usize], half: bool) -> &[usize] {
    let end = if half {
        places.len().div_ceil(2)
    } else {
        places.len()
    };
    &places[..end]
}
