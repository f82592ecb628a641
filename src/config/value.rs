//! Parsers of setting values, and their error messages.
//!
//! No message repeats the value: a URL may hold a password.

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    path::{Component, PathBuf},
    time::Duration,
};

use bytesize::ByteSize;
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

use super::{Interval, Pace};

/// Long enough for a user to read the warning before the end.
const MIN_SESSION: Duration = Duration::from_mins(1);
const MAX_SESSION: Duration = Duration::from_hours(30 * 24);

/// A page of the API with its largest tickets needs some hundred KB.
const MIN_API_BODY: ByteSize = ByteSize::kib(64);
/// With a higher limit a few concurrent pages would fill the memory.
const MAX_API_BODY: ByteSize = ByteSize::gib(1);

/// A call over the internet needs more than a round trip.
const MIN_API_TIMEOUT: Duration = Duration::from_millis(100);

const MIN_INTERVAL: Duration = Duration::from_secs(10);
const MAX_INTERVAL: Duration = Duration::from_hours(24);

const MIN_KEEP_ALIVE: Duration = Duration::from_secs(1);
const MAX_KEEP_ALIVE: Duration = Duration::from_hours(1);

type Parsed<T> = Result<T, String>;

/// Gateways give up on an answer after 60 s, so each call ends before that.
const GATEWAY_LIMIT: Duration = Duration::from_mins(1);

/// Parses `IP:port`, or resolves `host:port` to its first IPv4 address, as browsers do for `localhost`.
pub(super) fn address(text: &str) -> Parsed<SocketAddr> {
    if let Ok(address) = text.trim().parse() {
        return Ok(address);
    }
    let found: Vec<SocketAddr> = text
        .trim()
        .to_socket_addrs()
        .map_err(|_| "must be an address and a port, such as 127.0.0.1:8080")?
        .collect();
    let first_v4 = found.iter().find(|address| address.is_ipv4());
    first_v4
        .or(found.first())
        .copied()
        .ok_or_else(|| "names a host that has no address".into())
}

/// Parses a folder into an absolute path without `..`, so that the database URL and other paths agree.
pub(super) fn folder(text: &str) -> Parsed<PathBuf> {
    let absolute =
        std::path::absolute(text).map_err(|error| format!("cannot be found: {error}"))?;
    let mut clean = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    Ok(clean)
}

/// Reads the base address of an API: http or https, with nothing behind the path.
pub(super) fn base_address(text: &str) -> Parsed<Url> {
    let url = Url::parse(text.trim()).map_err(|error| format!("is not an address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("must begin with http:// or https://".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must hold no user name and no password: addresses are logged".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with the path: no ? and no #".into());
    }
    Ok(url)
}

/// Reads the portal's own address. The portal lives at the root of its host: links and cookies count on that.
pub(super) fn origin(text: &str) -> Parsed<Url> {
    let url = base_address(text)?;
    if url.path() != "/" {
        return Err("must be the address of a host, without a path".into());
    }
    let is_unspecified = match url.host() {
        Some(Host::Ipv4(address)) => address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_unspecified(),
        _ => false,
    };
    if is_unspecified {
        return Err("must be the address that people open, such as https://portal.example".into());
    }
    Ok(url)
}

/// Parses the issuer of an OpenID Connect provider, unchanged: tokens repeat it to the letter.
pub(super) fn issuer(text: &str) -> Parsed<String> {
    let url = base_address(text)?;
    let is_this_machine = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() != "https" && !is_this_machine {
        return Err("must begin with https://, since it decides who signs in".into());
    }
    Ok(text.trim().to_owned())
}

/// Reads a line of text.
pub(super) fn line(text: &str) -> Parsed<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err("must be one line of text".into());
    }
    Ok(text.to_owned())
}

/// Parses the prefix of the token in a header.
pub(super) fn token_prefix(text: &str) -> Parsed<String> {
    let text = text.trim();
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err("must be one word of printable ASCII".into());
    }
    Ok(text.to_owned())
}

/// Reads the longest time that a call may take.
pub(super) fn timeout(text: &str) -> Parsed<Duration> {
    let time = humantime::parse_duration(text.trim())
        .map_err(|error| format!("is not a time such as 10s: {error}"))?;
    if time < MIN_API_TIMEOUT {
        return Err("must be at least 100ms".into());
    }
    if time >= GATEWAY_LIMIT {
        return Err("must be less than 60s: a gateway gives up on the page then".into());
    }
    Ok(time)
}

/// Parses the interval of background work, with a minimum that spares the API.
pub(super) fn interval(text: &str) -> Parsed<Interval> {
    if text.trim() == "off" {
        return Ok(Interval(None));
    }
    let time = humantime::parse_duration(text.trim())
        .map_err(|error| format!("is neither off nor a time such as 5m: {error}"))?;
    if !(MIN_INTERVAL..=MAX_INTERVAL).contains(&time) {
        return Err("must be off, or at least 10s and at most 24h".into());
    }
    Ok(Interval(Some(time)))
}

/// Parses a number of calls per second.
pub(super) fn pace(text: &str) -> Parsed<Pace> {
    if text.trim() == "unlimited" {
        return Ok(Pace(Duration::ZERO));
    }
    let calls: f64 = text
        .trim()
        .parse()
        .map_err(|_| "must be unlimited or a number of calls per second, such as 2")?;
    if !(0.1..=1000.0).contains(&calls) {
        return Err("must be unlimited, or at least 0.1 and at most 1000".into());
    }
    Ok(Pace(Duration::from_secs_f64(1.0 / calls)))
}

/// Reads how long a session may live.
pub(super) fn session_time(text: &str) -> Parsed<Duration> {
    let time = humantime::parse_duration(text.trim())
        .map_err(|error| format!("is not a time such as 8h: {error}"))?;
    if !(MIN_SESSION..=MAX_SESSION).contains(&time) {
        return Err("must be at least 1m and at most 30days".into());
    }
    Ok(time)
}

/// Reads how long a connection may be idle.
pub(super) fn keep_alive(text: &str) -> Parsed<Duration> {
    let time = humantime::parse_duration(text.trim())
        .map_err(|error| format!("is not a time such as 120s: {error}"))?;
    if !(MIN_KEEP_ALIVE..=MAX_KEEP_ALIVE).contains(&time) {
        return Err("must be at least 1s and at most 1h".into());
    }
    Ok(time)
}

/// Reads the largest body of an answer. A bare number is bytes, and seldom meant so.
pub(super) fn size(text: &str) -> Parsed<ByteSize> {
    let size: ByteSize = text
        .trim()
        .parse()
        .map_err(|_| "must be a size, such as 16MiB")?;
    if !(MIN_API_BODY..=MAX_API_BODY).contains(&size) {
        return Err("must be at least 64KiB and at most 1GiB, with its unit, such as 16MiB".into());
    }
    Ok(size)
}

/// Reads a network, or an address as the network of that one address.
pub(super) fn network(text: &str) -> Parsed<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>()
        .map(|network| network.trunc())
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "must hold addresses or CIDRs, such as 10.0.0.0/8".into())
}

/// Reads a filter for the log. It stays text, since the filter itself cannot be copied.
pub(super) fn log_filter(text: &str) -> Parsed<String> {
    let text = text.trim();
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("is not a tracing filter: {error}")),
    }
}
