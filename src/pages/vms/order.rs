//! Which servers a filter lets through, and in which order they stand.

use std::net::Ipv4Addr;

use serde::{Deserialize, Deserializer};

use crate::{
    model::{SearchTerms, Server, ServerId, VendorTerm, normalize},
    web::Layout,
};

/// Whether the cells of the row, with those of the VMs that go with it, match.
pub fn matches(server: &Server, terms: &SearchTerms, layout: &Layout) -> bool {
    terms.is_empty() || terms.match_normalized(&searched_text(server, layout))
}

/// In normal form, a cell on each line.
fn searched_text(server: &Server, layout: &Layout) -> String {
    let mut text = String::new();
    let mut add = |cell: Option<&str>| {
        if let Some(cell) = cell {
            text.push_str(&normalize(cell));
            text.push('\n');
        }
    };
    let mut add_row = |texts: [Option<&str>; 5], status: Option<&VendorTerm>| {
        texts.into_iter().for_each(&mut add);
        add(status.map(VendorTerm::original));
        add(status.map(|word| layout.word(word)));
    };
    if let Server::LoadBalancer(balancer) = server {
        let texts = [
            balancer.name.as_deref(),
            balancer.id.as_ref().map(ServerId::as_str),
            None,
            balancer.fixed_ip.as_deref(),
            balancer.floating_ip.as_deref(),
        ];
        add_row(texts, balancer.status.as_ref());
    }
    for vm in server.vms() {
        let texts = [
            vm.name.as_deref(),
            vm.id.as_ref().map(ServerId::as_str),
            vm.os.as_deref(),
            vm.fixed_ip.as_deref(),
            vm.floating_ip.as_deref(),
        ];
        add_row(texts, vm.status.as_ref());
    }
    text
}

/// A column to sort by, with a `-` before it for the other way round; `""` is the order of the API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sort(&'static str);

impl Sort {
    const ALL: [&'static str; 10] = [
        "name",
        "-name",
        "floating",
        "-floating",
        "fixed",
        "-fixed",
        "os",
        "-os",
        "status",
        "-status",
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// Of an address: nonsense is the order of the API.
impl From<String> for Sort {
    fn from(said: String) -> Self {
        let mut all = Self::ALL.into_iter();
        Self(all.find(|known| *known == said).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Sort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// Sorts names and words as people read them, addresses by their numbers.
pub fn sort(servers: &mut [Server], by: &Sort) {
    let (column, reversed) = match by.0.strip_prefix('-') {
        Some(column) => (column, true),
        None => (by.0, false),
    };
    let key: fn(&Server) -> String = match column {
        "name" => |server| normalize(server.name().unwrap_or_default()),
        "floating" => |server| address_key(floating_ip(server)),
        "fixed" => |server| address_key(fixed_ip(server)),
        "os" => |server| match server {
            Server::Vm(vm) => normalize(vm.os.as_deref().unwrap_or_default()),
            Server::LoadBalancer(_) => String::new(),
        },
        "status" => |server| {
            let word = server.status();
            let code = word.map(|word| word.code().unwrap_or(word.original()));
            code.unwrap_or_default().to_owned()
        },
        _ => return,
    };
    servers.sort_by_cached_key(key);
    if reversed {
        servers.reverse();
    }
}

fn floating_ip(server: &Server) -> Option<&str> {
    match server {
        Server::LoadBalancer(it) => it.floating_ip.as_deref(),
        Server::Vm(it) => it.floating_ip.as_deref(),
    }
}

fn fixed_ip(server: &Server) -> Option<&str> {
    match server {
        Server::LoadBalancer(it) => it.fixed_ip.as_deref(),
        Server::Vm(it) => it.fixed_ip.as_deref(),
    }
}

fn address_key(ip: Option<&str>) -> String {
    match ip.map(|ip| (ip, ip.parse::<Ipv4Addr>())) {
        Some((_, Ok(v4))) => format!("{:010}", v4.to_bits()),
        Some((ip, Err(_))) => format!("~{ip}"),
        None => "~~".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Vm;

    #[test]
    fn addresses_sort_by_their_numbers() {
        let vm = |ip: Option<&str>| {
            Server::Vm(Vm {
                floating_ip: ip.map(str::to_owned),
                ..Vm::default()
            })
        };
        let mut all = [Some("10.0.0.20"), None, Some("10.0.0.3"), Some("odd")].map(vm);
        let told = |all: &[Server]| -> Vec<String> {
            all.iter()
                .map(|value| floating_ip(value).unwrap_or("–").to_owned())
                .collect()
        };
        sort(&mut all, &Sort("floating"));
        assert_eq!(told(&all), ["10.0.0.3", "10.0.0.20", "odd", "–"]);
        sort(&mut all, &Sort("-floating"));
        assert_eq!(told(&all), ["–", "odd", "10.0.0.20", "10.0.0.3"]);
    }
}
