//! Which servers a filter lets through, and in which order they stand.

use std::net::Ipv4Addr;

use crate::{
    model::{RowId, Server, Vm, Word},
    web::Page,
};

/// Does the filter's text stand in any cell of the row, or in one of the VMs that go with it.
pub fn matches(server: &Server, wanted: &str, page: &Page) -> bool {
    let holds = |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().contains(wanted));
    let status = |word: Option<&Word>| {
        word.is_some_and(|word| holds(Some(word.original())) || holds(Some(&page.word(word))))
    };
    let vm = |vm: &Vm| {
        holds(vm.name.as_deref())
            || holds(vm.id.as_ref().map(RowId::as_str))
            || holds(vm.os.as_deref())
            || holds(vm.fixed_ip.as_deref())
            || holds(vm.floating_ip.as_deref())
            || status(vm.status.as_ref())
    };
    if wanted.is_empty() || server.vms().iter().any(vm) {
        return true;
    }
    match server {
        Server::Vm(_) => false,
        Server::LoadBalancer(it) => {
            holds(it.name.as_deref())
                || holds(it.id.as_ref().map(RowId::as_str))
                || holds(it.fixed_ip.as_deref())
                || holds(it.floating_ip.as_deref())
                || status(it.status.as_ref())
        }
    }
}

/// What a row is sorted by: names and words as people read them, addresses by their numbers.
pub fn sort(servers: &mut [Server], by: &str) {
    let (column, reversed) = match by.strip_prefix('-') {
        Some(column) => (column, true),
        None => (by, false),
    };
    let key: fn(&Server) -> String = match column {
        "name" => |server| server.name().unwrap_or_default().to_lowercase(),
        "floating" => |server| address_key(floating_ip(server)),
        "fixed" => |server| address_key(fixed_ip(server)),
        "os" => |server| match server {
            Server::Vm(vm) => vm.os.clone().unwrap_or_default().to_lowercase(),
            Server::LoadBalancer(_) => String::new(),
        },
        "status" => |server| {
            let word = server.status();
            let code = word.map(|word| word.code().unwrap_or(word.original()));
            code.unwrap_or_default().to_owned()
        },
        // As the API lists them.
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
                .map(|it| floating_ip(it).unwrap_or("–").to_owned())
                .collect()
        };
        sort(&mut all, "floating");
        assert_eq!(told(&all), ["10.0.0.3", "10.0.0.20", "odd", "–"]);
        sort(&mut all, "-floating");
        assert_eq!(told(&all), ["–", "odd", "10.0.0.20", "10.0.0.3"]);
    }
}
