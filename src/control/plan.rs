//! From what was asked and what the API lists: what can be sent, and why the rest cannot.

use std::collections::HashSet;

use crate::{
    model::{ChangeAction, ItemState, Reason, Server, ServerLists, Vm},
    secmon,
    store::{ItemKind, RequestItem},
};

use super::executor::said;

/// The items of a request, those that can be sent first, and the servers to send for them, as
/// the API itself listed them, in the same order.
#[must_use]
pub fn plan(
    action: ChangeAction,
    ids: &[String],
    fleet: Result<&ServerLists, &secmon::Error>,
) -> (Vec<RequestItem>, Vec<Server>) {
    let mut seen = HashSet::new();
    let (mut items, mut others, mut servers) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids.iter().filter(|id| seen.insert(id.as_str())) {
        let found = match &fleet {
            Ok(fleet) => find(action, id, fleet),
            Err(error) => Found::Nothing(Reason::ListsFailed, said(error)),
        };
        match found {
            Found::Sendable(server) => {
                items.push(describe(id, server, ItemState::Planned, None));
                servers.push(server.clone());
            }
            Found::Listed(server, why) => {
                others.push(describe(id, server, ItemState::NotDone, Some(why)));
            }
            Found::Nothing(why, message) => others.push(unknown(id, why, message)),
        }
    }
    items.extend(others);
    (items, servers)
}

/// Of what could be sent, what another request is asking for already: it is not sent.
#[must_use]
pub fn set_aside(
    is_under_way: impl Fn(&str) -> bool,
    items: Vec<RequestItem>,
    servers: Vec<Server>,
) -> (Vec<(RequestItem, Server)>, Vec<RequestItem>) {
    let sendable = items.into_iter().zip(servers);
    let (taken, left): (Vec<_>, _) = sendable.partition(|(it, _)| is_under_way(&it.id));
    let taken = taken.into_iter().map(|(item, _)| RequestItem {
        state: ItemState::NotDone,
        reason: Some(Reason::AskedAlready),
        ..item
    });
    (left, taken.collect())
}

enum Found<'a> {
    Sendable(&'a Server),
    Listed(&'a Server, Reason),
    Nothing(Reason, Option<String>),
}

fn find<'a>(action: ChangeAction, id: &str, fleet: &'a ServerLists) -> Found<'a> {
    let (from, to, already) = match action {
        ChangeAction::Add => (
            &fleet.not_monitored,
            &fleet.monitored,
            Reason::AlreadyMonitored,
        ),
        ChangeAction::Release => (
            &fleet.monitored,
            &fleet.not_monitored,
            Reason::AlreadyReleased,
        ),
    };
    if let Some(server) = by_id(from, id) {
        return match action {
            ChangeAction::Add if !server.can_be_added() => {
                Found::Listed(server, Reason::NotSendable)
            }
            _ => Found::Sendable(server),
        };
    }
    if let Some(server) = by_id(to, id) {
        return Found::Listed(server, already);
    }
    match from.iter().chain(to).find(|server| goes_with(server, id)) {
        Some(server) => Found::Listed(server, Reason::BehindLoadBalancer),
        None => Found::Nothing(Reason::NotListed, None),
    }
}

fn by_id<'a>(servers: &'a [Server], id: &str) -> Option<&'a Server> {
    servers
        .iter()
        .find(|server| server.id().is_some_and(|own| own.as_str() == id))
}

fn goes_with(server: &Server, id: &str) -> bool {
    let is_it = |vm: &Vm| vm.id.as_ref().is_some_and(|own| own.as_str() == id);
    server.vms().iter().any(is_it)
}

fn describe(id: &str, server: &Server, state: ItemState, reason: Option<Reason>) -> RequestItem {
    // A VM behind a load balancer was asked for: say which VM, not which load balancer.
    let vm = server
        .vms()
        .iter()
        .find(|vm| vm.id.as_ref().is_some_and(|own| own.as_str() == id));
    let (kind, name, ips) = match (server, vm) {
        (Server::LoadBalancer(it), None) => (
            ItemKind::LoadBalancer,
            it.name.clone(),
            [&it.floating_ip, &it.fixed_ip],
        ),
        (Server::Vm(vm), _) | (_, Some(vm)) => (
            ItemKind::Vm,
            vm.name.clone(),
            [&vm.floating_ip, &vm.fixed_ip],
        ),
    };
    let vms = match (kind, vm) {
        (ItemKind::Vm, Some(vm)) => std::slice::from_ref(vm),
        _ => server.vms(),
    };
    RequestItem {
        id: id.to_owned(),
        kind,
        name: name.unwrap_or_else(|| id.to_owned()),
        address: ips
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
        servers: u32::try_from(vms.len()).unwrap_or(u32::MAX),
        vm_names: vms.iter().filter_map(|vm| vm.name.clone()).collect(),
        state,
        reason,
        message: None,
        settled: None,
    }
}

/// Something that the API does not list: all that is known of it is what the form sent.
fn unknown(id: &str, reason: Reason, message: Option<String>) -> RequestItem {
    // It may hold anything; PostgreSQL keeps no NUL.
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
    use crate::model::LoadBalancer;

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
    fn only_what_the_api_lists_on_the_right_side_is_sent() {
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
