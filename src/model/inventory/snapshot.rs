//! One reading of both lists, VM by VM, and its fingerprint.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::model::{Server, ServerId, ServerLists, Vm};

use super::Protection;

/// A VM of a reading. It borrows from the lists, since most readings change nothing.
#[derive(Debug, Clone, Copy)]
pub struct ObservedServer<'a> {
    pub id: &'a str,
    /// Its id, if it has no name.
    pub name: &'a str,
    pub(super) ips: [Option<&'a str>; 2],
    /// The load balancer in front of it, or nothing.
    pub balancer: &'a str,
    pub state: Protection,
}

/// A reading of both lists.
#[derive(Debug, Default)]
pub struct Snapshot<'a> {
    /// VMs with an id, each once.
    pub seen: Vec<ObservedServer<'a>>,
    pub servers: usize,
    pub monitored: usize,
    pub waiting: usize,
}

impl<'a> Snapshot<'a> {
    #[must_use]
    pub fn new(lists: &'a ServerLists) -> Self {
        let mut snapshot = Self::default();
        let mut ids = HashSet::new();
        for (servers, applied) in [(&lists.monitored, true), (&lists.not_monitored, false)] {
            for server in servers {
                let balancer = match server {
                    Server::LoadBalancer(balancer) => text(balancer.id.as_ref()),
                    Server::Vm(_) => "",
                };
                for vm in server.vms() {
                    let id = text(vm.id.as_ref());
                    // A server can be in both lists while it moves.
                    if id.is_empty() || ids.insert(id) {
                        snapshot.add(id, vm, balancer, protection(applied, server, vm));
                    }
                }
            }
        }
        snapshot
    }

    fn add(&mut self, id: &'a str, vm: &'a Vm, balancer: &'a str, state: Protection) {
        self.servers += 1;
        match state {
            Protection::Monitored => self.monitored += 1,
            Protection::Waiting => self.waiting += 1,
            Protection::NotMonitored => {}
        }
        if !id.is_empty() {
            self.seen.push(ObservedServer {
                id,
                name: vm.name.as_deref().unwrap_or(id),
                ips: [vm.floating_ip.as_deref(), vm.fixed_ip.as_deref()],
                balancer,
                state,
            });
        }
    }

    /// Hash of the content, independent of its order.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut seen: Vec<_> = self.seen.iter().collect();
        seen.sort_unstable_by_key(|server| server.id);
        let mut hash = Sha256::new();
        for server in seen {
            let ips = server.ips.map(Option::unwrap_or_default);
            for text in [server.id, server.name, ips[0], ips[1], server.balancer] {
                hash.update(text);
                hash.update([0]);
            }
            hash.update(server.state.code());
        }
        hash.update(self.servers.to_le_bytes());
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

impl ObservedServer<'_> {
    /// Its IPs as text.
    #[must_use]
    pub fn address(&self) -> String {
        let ips: Vec<&str> = self.ips.into_iter().flatten().collect();
        ips.join(", ")
    }
}

fn text(id: Option<&ServerId>) -> &str {
    id.map_or("", ServerId::as_str)
}

fn protection(applied: bool, server: &Server, vm: &Vm) -> Protection {
    let status = vm.status.as_ref().or(server.status());
    match applied {
        false => Protection::NotMonitored,
        true if status.is_some_and(|word| word.is("word-waiting")) => Protection::Waiting,
        true => Protection::Monitored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(names: &[&str]) -> ServerLists {
        let vm = |name: &&str| {
            Server::Vm(Vm {
                id: name.parse().ok(),
                name: Some((*name).to_owned()),
                ..Vm::default()
            })
        };
        ServerLists {
            not_monitored: names.iter().map(vm).collect(),
            monitored: Vec::new(),
        }
    }

    #[test]
    fn fingerprint_ignores_order_and_shows_any_change() {
        let print = |lists: &ServerLists| Snapshot::new(lists).fingerprint();
        let before = print(&lists(&["a", "b"]));
        assert_eq!(print(&lists(&["b", "a"])), before);
        assert_ne!(print(&lists(&["a"])), before);
        let mut moved = lists(&["a", "b"]);
        moved.monitored.push(moved.not_monitored.remove(0));
        assert_ne!(print(&moved), before);
        let mut renamed = lists(&["a", "b"]);
        if let Server::Vm(vm) = &mut renamed.not_monitored[0] {
            vm.floating_ip = Some("203.0.113.1".to_owned());
        }
        assert_ne!(print(&renamed), before);
    }
}
