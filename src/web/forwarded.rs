//! The client's address and scheme, as trusted proxies report them: `Forwarded` (RFC 7239), or `X-Forwarded-For` and
//! `X-Forwarded-Proto`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::telemetry::OncePerMinute;

const FORWARDED: &str = "forwarded";
const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

static UNREADABLE_WARNING: OncePerMinute = OncePerMinute::new();

/// The scheme of the browser's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    pub address: IpAddr,
    /// Unknown without a trusted proxy that reports it.
    pub scheme: Option<Scheme>,
}

impl Client {
    /// Headers count only when `peer`, the other end of the connection, is a trusted proxy.
    #[must_use]
    pub fn new(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
        if !is_trusted(&peer) {
            let names = [FORWARDED, FORWARDED_FOR, FORWARDED_PROTO];
            let is_direct =
                !trusted.is_empty() && !names.iter().any(|name| headers.contains_key(*name));
            return Self {
                address: peer,
                // The portal speaks no TLS itself.
                scheme: is_direct.then_some(Scheme::Http),
            };
        }
        let hops = Hops::from_headers(headers);
        Self {
            address: nearest_untrusted(peer, &hops.nodes, is_trusted),
            scheme: hops.scheme,
        }
    }
}

/// The request's hops, from the browser to the portal.
#[derive(Debug, Default)]
struct Hops {
    /// `None` for a node that is no address: `unknown`, obfuscated or broken.
    nodes: Vec<Option<IpAddr>>,
    /// That of the browser's own connection.
    scheme: Option<Scheme>,
}

impl Hops {
    /// `X-Forwarded-For` wins: most proxies set it, and pass a client's `Forwarded` through.
    fn from_headers(headers: &HeaderMap) -> Self {
        if headers.contains_key(FORWARDED_FOR) {
            let proto = list(headers, FORWARDED_PROTO).into_iter().flatten().next();
            return Self {
                nodes: list(headers, FORWARDED_FOR)
                    .into_iter()
                    .map(|node| parse_node(&node?))
                    .collect(),
                scheme: proto.and_then(|proto| parse_scheme(&proto)),
            };
        }
        let elements = list(headers, FORWARDED);
        let parameter = |name: &str| {
            let of_element = |element: &Option<String>| parameter(element.as_deref()?, name);
            elements.iter().map(of_element).collect::<Vec<_>>()
        };
        let told = parameter("proto").into_iter().flatten().next();
        let alone = || list(headers, FORWARDED_PROTO).into_iter().flatten().next();
        Self {
            nodes: parameter("for")
                .into_iter()
                .map(|node| parse_node(&node?))
                .collect(),
            scheme: told.or_else(alone).and_then(|proto| parse_scheme(&proto)),
        }
    }
}

/// The last address that is no trusted proxy's: clients can forge everything before it.
fn nearest_untrusted(
    peer: IpAddr,
    nodes: &[Option<IpAddr>],
    is_trusted: impl Fn(&IpAddr) -> bool,
) -> IpAddr {
    let mut nearest = peer;
    for node in nodes.iter().rev() {
        let Some(address) = node else {
            if UNREADABLE_WARNING.is_due() {
                tracing::warn!(
                    proxy = %nearest,
                    "a trusted proxy sends no readable client address: all its clients count as the proxy"
                );
            }
            break;
        };
        nearest = *address;
        if !is_trusted(&nearest) {
            break;
        }
    }
    nearest
}

/// A header's comma-separated elements over all of its lines; `None` for a line that is no text.
fn list(headers: &HeaderMap, name: &str) -> Vec<Option<String>> {
    let mut elements = Vec::new();
    for line in headers.get_all(name) {
        let Ok(line) = line.to_str() else {
            elements.push(None);
            continue;
        };
        let parts = split_unquoted(line, ',');
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        elements.extend(parts.map(|part| Some(part.to_owned())));
    }
    elements
}

/// Splits a text at each `separator` outside quotes.
fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let split = text.split(|c: char| {
        let ends = c == separator && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && is_quoted && !is_escaped;
        ends
    });
    split.map(str::trim).collect()
}

/// The value of a parameter of a `Forwarded` element, without its quotes.
fn parameter(element: &str, name: &str) -> Option<String> {
    let pairs = split_unquoted(element, ';');
    let value = pairs.into_iter().find_map(|pair| {
        let (its_name, value) = pair.split_once('=')?;
        let is_it = its_name.trim().eq_ignore_ascii_case(name);
        is_it.then(|| value.trim())
    })?;
    let unquoted = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    Some(unquoted.unwrap_or(value).replace('\\', ""))
}

/// An address, with or without a port; IPv6 also in brackets.
fn parse_node(node: &str) -> Option<IpAddr> {
    if let Ok(address) = node.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    if let Some(bracketed) = node.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        let is_whole = port.is_empty() || port.starts_with(':');
        return is_whole.then(|| IpAddr::V6(address).to_canonical());
    }
    let (address, _port) = node.split_once(':')?;
    address.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

fn parse_scheme(proto: &str) -> Option<Scheme> {
    match proto.to_ascii_lowercase().as_str() {
        "http" => Some(Scheme::Http),
        "https" => Some(Scheme::Https),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.1.1.1";

    fn client(peer: &str, lines: &[(&'static str, &str)]) -> Client {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().expect("a header"));
        }
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        Client::new(peer.parse().expect("an address"), &headers, &trusted)
    }

    fn address(peer: &str, lines: &[(&'static str, &str)]) -> String {
        client(peer, lines).address.to_string()
    }

    #[test]
    fn headers_count_from_trusted_proxies_only() {
        let forged = [("x-forwarded-for", "198.51.100.7")];
        assert_eq!(address("192.0.2.1", &forged), "192.0.2.1");
        assert_eq!(address(PROXY, &forged), "198.51.100.7");
        let forged = [("forwarded", "for=198.51.100.7")];
        assert_eq!(address("192.0.2.1", &forged), "192.0.2.1");
    }

    #[test]
    fn forwarded_for_is_read_from_its_end() {
        for (value, expected) in [
            ("1.1.1.1, 198.51.100.7, 10.2.2.2", "198.51.100.7"),
            ("10.3.3.3, 10.2.2.2", "10.3.3.3"),
            ("198.51.100.7,", "198.51.100.7"),
            (" , 198.51.100.7 , ", "198.51.100.7"),
            ("203.0.113.9:51234", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("203.0.113.9:51234, 10.2.2.2:80", "203.0.113.9"),
            ("198.51.100.7, nonsense", PROXY),
            ("198.51.100.7, nonsense, 10.2.2.2", "10.2.2.2"),
            ("[2001:db8::1", PROXY),
            ("[2001:db8::1]x", PROXY),
            ("unknown", PROXY),
            ("", PROXY),
        ] {
            let found = address(PROXY, &[("x-forwarded-for", value)]);
            assert_eq!(found, expected, "{value}");
        }
    }

    #[test]
    fn several_lines_are_one_list() {
        let lines = [
            ("x-forwarded-for", "1.1.1.1"),
            ("x-forwarded-for", "198.51.100.7"),
            ("x-forwarded-for", "10.2.2.2"),
        ];
        assert_eq!(address(PROXY, &lines), "198.51.100.7");
        let lines = [
            ("forwarded", "for=198.51.100.7"),
            ("forwarded", "for=10.2.2.2"),
        ];
        assert_eq!(address(PROXY, &lines), "198.51.100.7");
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_says() {
        for (value, expected) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("For=\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("for=1.1.1.1, for=\"198.51.100.7:47011\"", "198.51.100.7"),
            ("for=198.51.100.7, for=10.2.2.2;by=10.1.1.1", "198.51.100.7"),
            ("for=198.51.100.7;host=\"a,b;c\"", "198.51.100.7"),
            ("for=unknown", PROXY),
            ("for=_hidden, for=_SEVKISEK", PROXY),
            ("for=\"_gazonk\"", PROXY),
            ("by=10.1.1.1", PROXY),
            ("for=\"198.51.100.7", PROXY),
        ] {
            let found = address(PROXY, &[("forwarded", value)]);
            assert_eq!(found, expected, "{value}");
        }
    }

    #[test]
    fn forwarded_for_wins_over_forwarded() {
        let lines = [
            ("forwarded", "for=1.1.1.1"),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        assert_eq!(address(PROXY, &lines), "198.51.100.7");
    }

    #[test]
    fn scheme_follows_the_browser() {
        let (http, https) = (Some(Scheme::Http), Some(Scheme::Https));
        for (peer, lines, expected) in [
            (PROXY, &[("x-forwarded-proto", "https")][..], https),
            (PROXY, &[("x-forwarded-proto", "HTTP")], http),
            (PROXY, &[("x-forwarded-proto", "https,http")], https),
            (PROXY, &[("forwarded", "for=1.1.1.1;proto=https")], https),
            (PROXY, &[("forwarded", "for=1.1.1.1")], None),
            (PROXY, &[("x-forwarded-for", "1.1.1.1")], None),
            (PROXY, &[], None),
            ("192.0.2.1", &[], http),
            ("192.0.2.1", &[("x-forwarded-proto", "https")], None),
        ] {
            assert_eq!(client(peer, lines).scheme, expected, "{peer} {lines:?}");
        }
        let peer = "192.0.2.1".parse().expect("an address");
        let unknown = Client::new(peer, &HeaderMap::new(), &[]);
        assert_eq!(unknown.scheme, None, "a proxy may stand before it");
    }
}
