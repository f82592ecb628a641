//! The plan of a request: what can be sent according to the lists, and why the rest cannot.

use std::collections::HashSet;

use crate::{
    model::{ChangeAction, ItemKind, ItemState, Reason, RequestItem, Server, ServerLists},
    secmon,
};

use super::{executor::api_message, places::Places};

/// The items of a request, sendable ones first, and the servers to send for them, as the API listed
/// them, in the same order.
#[must_use]
pub fn plan(
    action: ChangeAction,
    ids: &[String],
    lists: Result<&ServerLists, &secmon::Error>,
) -> (Vec<RequestItem>, Vec<Server>) {
    let places = lists.map(|lists| Places::new(action, lists));
    let mut seen = HashSet::new();
    let (mut items, mut others, mut servers) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids.iter().filter(|id| seen.insert(id.as_str())) {
        let listing = match &places {
            Ok(places) => find(action, id, places),
            Err(error) => Listing::Nowhere(Reason::ListsFailed, api_message(error)),
        };
        match listing {
            Listing::Sendable(server) => {
                items.push(describe(id, server, ItemState::Planned, None));
                servers.push(server.clone());
            }
            Listing::NotSendable(server, why) => {
                others.push(describe(id, server, ItemState::NotDone, Some(why)));
            }
            Listing::Nowhere(why, message) => others.push(unknown(id, why, message)),
        }
    }
    items.extend(others);
    (items, servers)
}

/// Splits off the sendable items that another request covers already: they are not sent again.
#[must_use]
pub fn split_pending(
    is_pending: impl Fn(&str) -> bool,
    items: Vec<RequestItem>,
    servers: Vec<Server>,
) -> (Vec<(RequestItem, Server)>, Vec<RequestItem>) {
    let sendable = items.into_iter().zip(servers);
    let (pending, left): (Vec<_>, _) = sendable.partition(|(item, _)| is_pending(&item.id));
    let pending = pending.into_iter().map(|(item, _)| RequestItem {
        state: ItemState::NotDone,
        reason: Some(Reason::AskedAlready),
        ..item
    });
    (left, pending.collect())
}

/// An id's state in the lists.
enum Listing<'a> {
    Sendable(&'a Server),
    NotSendable(&'a Server, Reason),
    /// With the API's own words.
    Nowhere(Reason, Option<String>),
}

fn find<'a>(action: ChangeAction, id: &str, places: &Places<'a>) -> Listing<'a> {
    if let Some(server) = places.before.get(id) {
        return match action {
            ChangeAction::Add if !server.can_be_added() => {
                Listing::NotSendable(server, Reason::NotSendable)
            }
            _ => Listing::Sendable(server),
        };
    }
    if let Some(server) = places.wanted.get(id) {
        let already = match action {
            ChangeAction::Add => Reason::AlreadyMonitored,
            ChangeAction::Release => Reason::AlreadyReleased,
        };
        return Listing::NotSendable(server, already);
    }
    match places.with_vm(id) {
        Some(server) => Listing::NotSendable(server, Reason::BehindLoadBalancer),
        None => Listing::Nowhere(Reason::NotListed, None),
    }
}

fn describe(id: &str, server: &Server, state: ItemState, reason: Option<Reason>) -> RequestItem {
    let vms = match server.vm(id) {
        // Of a VM behind a load balancer the item names the VM.
        Some(vm) => std::slice::from_ref(vm),
        None => server.vms(),
    };
    let (kind, name, ips) = match (server, server.vm(id)) {
        (Server::LoadBalancer(balancer), None) => (
            ItemKind::LoadBalancer,
            balancer.name.as_deref(),
            [&balancer.floating_ip, &balancer.fixed_ip],
        ),
        (Server::Vm(vm), _) | (_, Some(vm)) => (
            ItemKind::Vm,
            vm.name.as_deref(),
            [&vm.floating_ip, &vm.fixed_ip],
        ),
    };
    let ips: Vec<&str> = ips.into_iter().flatten().map(String::as_str).collect();
    RequestItem {
        id: id.to_owned(),
        kind,
        name: name.unwrap_or(id).to_owned(),
        address: ips.join(", "),
        servers: u32::try_from(vms.len()).unwrap_or(u32::MAX),
        vm_names: vms.iter().filter_map(|vm| vm.name.clone()).collect(),
        state,
        reason,
        message: None,
        settled: None,
    }
}

/// An id that the API does not list, as the form sent it.
fn unknown(id: &str, reason: Reason, message: Option<String>) -> RequestItem {
    // User input, which may hold NUL: PostgreSQL does not store it.
    let id: String = id.chars().filter(|c| !c.is_control()).take(64).collect();
    RequestItem {
        name: id.clone(),
        id,
        kind: ItemKind::Unknown,
        address: String::new(),
        servers: 0,
        vm_names: Vec::new(),
        state: ItemState::NotDone,
        reason: Some(reason),
        message,
        settled: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{LoadBalancer, Vm};

    use super::*;

    fn vm(id: &str) -> Vm {
        Vm {
            id: id.parse().ok(),
            name: Some(format!("name of {id}")),
            ..Vm::default()
        }
    }

    fn fleet() -> ServerLists {
        let balancer = LoadBalancer {
            id: "lb1".parse().ok(),
            vms: vec![vm("vm1"), vm("vm2")],
            ..LoadBalancer::default()
        };
        ServerLists {
            not_monitored: vec![Server::LoadBalancer(balancer), Server::Vm(vm("vm3"))],
            monitored: vec![Server::Vm(vm("vm4")), Server::Vm(vm(""))],
        }
    }

    fn told(action: ChangeAction, ids: &[&str]) -> Vec<(String, Option<Reason>)> {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let (items, servers) = plan(action, &ids, Ok(&fleet()));
        let planned = items.iter().filter(|item| item.state == ItemState::Planned);
        assert_eq!(planned.count(), servers.len());
        items
            .into_iter()
            .map(|item| (item.id, item.reason))
            .collect()
    }

    #[test]
    fn only_servers_of_the_right_list_are_sent() {
        let asked = ["nobody", "vm4", "vm1", "lb1", "vm3", "lb1"];
        assert_eq!(
            told(ChangeAction::Add, &asked),
            [
                ("lb1".to_owned(), None),
                ("vm3".to_owned(), None),
                ("nobody".to_owned(), Some(Reason::NotListed)),
                ("vm4".to_owned(), Some(Reason::AlreadyMonitored)),
                ("vm1".to_owned(), Some(Reason::BehindLoadBalancer)),
            ]
        );
        assert_eq!(
            told(ChangeAction::Release, &["vm4", "lb1", ""]),
            [
                ("vm4".to_owned(), None),
                ("lb1".to_owned(), Some(Reason::AlreadyReleased)),
                (String::new(), Some(Reason::NotListed)),
            ]
        );
    }
}
