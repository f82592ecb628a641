//! The base of every HTTP client: TLS, proxies, no redirects.
//!
//! Errors of reqwest hold the URL, and URLs hold keys: use [`reqwest::Error::without_url`] before showing one.

use std::time::Duration;

use reqwest::{Client, ClientBuilder};
use url::{Host, Url};

/// Shorter than common servers' own, so that a call seldom meets a connection that is just being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// One client for remote servers and one for this machine.
#[derive(Debug, Clone)]
pub struct HttpClients {
    /// Uses the proxy of the environment, if any.
    proxied: Client,
    /// For servers on this machine, which an egress proxy cannot reach.
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
        // Without root certificates, as in a minimal container, the platform's verifier cannot be built. With an empty
        // list plain HTTP works, and HTTPS fails when it is used.
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

/// No redirects, retries or referers.
fn builder() -> ClientBuilder {
    // reqwest panics without a TLS provider. An error means that one is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("secmon-portal/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .pool_idle_timeout(IDLE_TIMEOUT)
}

/// Whether a URL leads to this machine.
#[must_use]
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
