//! The base of every HTTP client: TLS, proxies, and what no request of the portal may do.
//!
//! The text of an error of the client names the address, and addresses hold keys: use [`reqwest::Error::without_url`]
//! before one is shown.

use std::time::Duration;

use reqwest::{Client, ClientBuilder};
use url::{Host, Url};

/// How long a connection is kept for the next call. The far side closes idle ones later than this, so that a call
/// seldom meets a connection that is just being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// A client for servers elsewhere, and one for this machine's.
#[derive(Debug, Clone)]
pub struct HttpClients {
    /// Uses the proxy of the environment, if there is one.
    proxied: Client,
    /// For servers on this machine: an egress proxy could not reach them.
    direct: Client,
    /// Whether the system has root certificates.
    pub has_roots: bool,
}

impl HttpClients {
    /// Both clients, from the same settings on top of `builder`.
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub fn new(configure: impl Fn(ClientBuilder) -> ClientBuilder) -> Result<Self, reqwest::Error> {
        let common = || configure(builder());
        // A minimal container has no root certificates, for which the platform's verifier refuses to be made. An empty
        // list of them instead: plain HTTP works, and HTTPS fails where it is used.
        let has_roots = common().build().is_ok();
        let client = || {
            if has_roots {
                common()
            } else {
                common().tls_certs_only([])
            }
        };
        Ok(Self {
            proxied: client().build()?,
            direct: client().no_proxy().build()?,
            has_roots,
        })
    }

    #[must_use]
    pub fn client(&self, url: &Url) -> &Client {
        if is_this_machine(url) {
            &self.direct
        } else {
            &self.proxied
        }
    }
}

/// A client that follows nothing, repeats nothing and tells nobody where it comes from.
fn builder() -> ClientBuilder {
    // reqwest is built without a TLS provider of its own and panics where none is installed.
    // An error means that one already is.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("secmon-portal/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .pool_idle_timeout(IDLE_TIMEOUT)
}

/// Whether an address leads to this machine.
#[must_use]
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
