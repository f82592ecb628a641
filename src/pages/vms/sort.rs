//! The order of the server lists.

use std::net::Ipv4Addr;

use crate::{
    model::{Server, normalize},
    web::filter::FilterValue,
};

/// A column and a direction, `-` for descending. Without one the API's order stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort(&'static str);

impl FilterValue for Sort {
    const ALL: &'static [Self] = &[
        Self("name"),
        Self("-name"),
        Self("floating"),
        Self("-floating"),
        Self("fixed"),
        Self("-fixed"),
        Self("os"),
        Self("-os"),
        Self("status"),
        Self("-status"),
    ];

    fn code(self) -> &'static str {
        self.0
    }
}

/// Sorts names and terms in their normal form, IP addresses by number.
pub fn sort(servers: &mut [Server], by: Option<Sort>) {
    let Some(Sort(by)) = by else { return };
    let column = by.trim_start_matches('-');
    servers.sort_by_cached_key(|server| sort_key(server, column));
    if by.starts_with('-') {
        servers.reverse();
    }
}

fn sort_key(server: &Server, column: &str) -> String {
    let (floating_ip, fixed_ip, os) = match server {
        Server::LoadBalancer(lb) => (&lb.floating_ip, &lb.fixed_ip, None),
        Server::Vm(vm) => (&vm.floating_ip, &vm.fixed_ip, vm.os.as_deref()),
    };
    match column {
        "floating" => address_key(floating_ip.as_deref()),
        "fixed" => address_key(fixed_ip.as_deref()),
        "os" => normalize(os.unwrap_or_default()),
        "status" => {
            let term = server.status();
            let code = term.map(|term| term.code().unwrap_or(term.original()));
            code.unwrap_or_default().to_owned()
        }
        _ => normalize(server.name().unwrap_or_default()),
    }
}

/// IPv4 addresses by number, then other texts, then nothing.
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
    fn ip_addresses_sort_by_number() {
        let vm = |ip: Option<&str>| {
            Server::Vm(Vm {
                floating_ip: ip.map(str::to_owned),
                ..Vm::default()
            })
        };
        let mut all = [Some("10.0.0.20"), None, Some("10.0.0.3"), Some("odd")].map(vm);
        let ips = |all: &[Server]| {
            let ips = all.iter().map(|server| server.vms()[0].floating_ip.clone());
            ips.map(|ip| ip.unwrap_or("–".to_owned()))
                .collect::<Vec<_>>()
        };
        sort(&mut all, Some(Sort("floating")));
        assert_eq!(ips(&all), ["10.0.0.3", "10.0.0.20", "odd", "–"]);
        sort(&mut all, Some(Sort("-floating")));
        assert_eq!(ips(&all), ["–", "odd", "10.0.0.20", "10.0.0.3"]);
    }
}
