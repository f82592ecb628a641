//! The body of "add control", with every field that the guide requires.

use serde_json::{Value, json};

use crate::model::{LoadBalancer, Server, ServerId, Vm};

use super::error::Error;

/// The JSON that adds `servers`. A field that the API left out is sent as `""` (docs/secmon-api.md, wire format
/// row 15), but never an id: an empty one would name no server, or another one.
pub(super) fn vm_list(servers: &[Server]) -> Result<Vec<u8>, Error> {
    let entries = servers.iter().map(|server| match server {
        Server::LoadBalancer(balancer) => balancer_entry(balancer),
        Server::Vm(vm) => vm_entry(vm),
    });
    let entries = entries.collect::<Option<Vec<Value>>>();
    let entries = entries.ok_or(Error::MissingId)?;
    Ok(json!({ "vmList": entries }).to_string().into_bytes())
}

fn balancer_entry(balancer: &LoadBalancer) -> Option<Value> {
    let vms: Option<Vec<Value>> = balancer.vms.iter().map(vm_entry).collect();
    Some(json!({
        "lbIp": or_empty(balancer.floating_ip.as_ref()),
        "vm": vms?,
        "fixedIp": or_empty(balancer.fixed_ip.as_ref()),
        "lbId": balancer.id.as_ref().map(ServerId::as_str)?,
        "lbName": or_empty(balancer.name.as_ref()),
    }))
}

fn vm_entry(vm: &Vm) -> Option<Value> {
    Some(json!({
        "vmId": vm.id.as_ref().map(ServerId::as_str)?,
        "fixedIp": or_empty(vm.fixed_ip.as_ref()),
        "vmOs": or_empty(vm.os.as_ref()),
        "vmIp": or_empty(vm.floating_ip.as_ref()),
        "vmName": or_empty(vm.name.as_ref()),
    }))
}

fn or_empty(text: Option<&String>) -> &str {
    text.map_or("", String::as_str)
}
