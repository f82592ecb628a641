//! The door to the provider: sends one request and reads its answer within limits, following nothing.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http};
use reqwest::{Client, ClientBuilder, Response};
use tokio::time::timeout;
use url::{Host, Url};

use super::{BuildError, Failure};

/// A discovery document and a set of keys have some thousand bytes.
const LONGEST: usize = 512 * 1024;

pub(super) struct Http {
    /// Goes through the proxy of the environment, if there is one.
    proxied: Client,
    /// For a provider on this machine: an egress proxy could not reach it.
    direct: Client,
    limit: Duration,
}

impl Http {
    /// With the most time that one call may take, all of it.
    pub fn new(limit: Duration) -> Result<Self, BuildError> {
        // reqwest is built without a TLS provider of its own and panics where none is installed.
        // An error means that one already is.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let common = || client(limit);
        // A minimal container has no root certificates, for which the platform's verifier refuses to be made. An
        // empty list of them instead: HTTPS fails where it is used, and the portal starts.
        let has_roots = common().build().is_ok();
        let client = || {
            if has_roots {
                common()
            } else {
                common().tls_certs_only([])
            }
        };
        Ok(Self {
            proxied: client().build().map_err(|_| BuildError)?,
            direct: client().no_proxy().build().map_err(|_| BuildError)?,
            limit,
        })
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| Failure::NotAProvider)?;
        if !is_safe(&url) {
            return Err(Failure::NotAProvider);
        }
        let client = if is_this_machine(&url) {
            &self.direct
        } else {
            &self.proxied
        };
        let request = reqwest::Request::try_from(request).map_err(|_| Failure::NotAProvider)?;
        let answered = timeout(self.limit, async {
            // Its error text would hold the address, and addresses can hold secrets: none of it is used.
            let response = client.execute(request).await;
            read(response.map_err(|_| Failure::Unreachable)?).await
        });
        answered.await.map_err(|_| Failure::TimedOut)?
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Failure>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn client(limit: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("secmon-portal/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // A code can be given once.
        .retry(reqwest::retry::never())
        .connect_timeout(limit / 2)
        .pool_idle_timeout(Duration::from_secs(15))
}

/// What a provider says of itself could lead anywhere: only to addresses by which nobody listens in.
pub(super) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(url))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Counts what came out of decompression.
async fn read(mut response: Response) -> Result<HttpResponse, Failure> {
    let mut answer = http::Response::builder().status(response.status());
    if let Some(headers) = answer.headers_mut() {
        *headers = response.headers().clone();
    }
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await.map_err(|_| Failure::Unreachable)?;
        let Some(chunk) = chunk else { break };
        if body.len() + chunk.len() > LONGEST {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    answer.body(body).map_err(|_| Failure::NotAProvider)
}
