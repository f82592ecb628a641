//! The body of "add control", with every field that the guide requires.

use serde::Serialize;

use crate::model::{LoadBalancer, Server, ServerId, Vm};

use super::error::Error;

/// The JSON that adds `servers`. What the API left out when it listed them goes back as `""`
/// (docs/secmon-api.md, wire format row 15), but never an id: that would name no server, or another one.
pub(super) fn vm_list(servers: &[Server]) -> Result<Vec<u8>, Error> {
    let entries: Option<Vec<Entry<'_>>> = servers.iter().map(Entry::of).collect();
    let vm_list = entries.ok_or(Error::MissingId)?;
    // Strings and lists only: there is nothing in it that could fail to become JSON.
    serde_json::to_vec(&Body { vm_list }).map_err(|_| Error::MissingId)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    vm_list: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Entry<'a> {
    LoadBalancer(LoadBalancerEntry<'a>),
    Vm(VmEntry<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoadBalancerEntry<'a> {
    lb_ip: &'a str,
    vm: Vec<VmEntry<'a>>,
    fixed_ip: &'a str,
    lb_id: &'a str,
    lb_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VmEntry<'a> {
    vm_id: &'a str,
    fixed_ip: &'a str,
    vm_os: &'a str,
    vm_ip: &'a str,
    vm_name: &'a str,
}

impl<'a> Entry<'a> {
    fn of(server: &'a Server) -> Option<Self> {
        match server {
            Server::LoadBalancer(it) => LoadBalancerEntry::of(it).map(Self::LoadBalancer),
            Server::Vm(it) => VmEntry::of(it).map(Self::Vm),
        }
    }
}

impl<'a> LoadBalancerEntry<'a> {
    fn of(it: &'a LoadBalancer) -> Option<Self> {
        Some(Self {
            lb_ip: or_empty(it.floating_ip.as_deref()),
            vm: it.vms.iter().map(VmEntry::of).collect::<Option<_>>()?,
            fixed_ip: or_empty(it.fixed_ip.as_deref()),
            lb_id: it.id.as_ref().map(ServerId::as_str)?,
            lb_name: or_empty(it.name.as_deref()),
        })
    }
}

impl<'a> VmEntry<'a> {
    fn of(it: &'a Vm) -> Option<Self> {
        Some(Self {
            vm_id: it.id.as_ref().map(ServerId::as_str)?,
            fixed_ip: or_empty(it.fixed_ip.as_deref()),
            vm_os: or_empty(it.os.as_deref()),
            vm_ip: or_empty(it.floating_ip.as_deref()),
            vm_name: or_empty(it.name.as_deref()),
        })
    }
}

fn or_empty(text: Option<&str>) -> &str {
    text.unwrap_or_default()
}
