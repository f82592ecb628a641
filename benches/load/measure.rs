//! Repeated requests for one page, and their cost in the serving process.

use std::time::{Duration, Instant};

use reqwest::{
    Client,
    header::{ACCEPT_ENCODING, COOKIE},
    redirect::Policy,
};

use crate::process::Process;

const CONNECTIONS: usize = 32;

pub struct Target<'a> {
    pub process: &'a Process,
    pub url: String,
    pub cookie: Option<&'a str>,
    /// The base URL of the API behind it.
    pub source: &'a str,
}

/// Of one page.
pub struct Figures {
    pub per_second: f64,
    /// User and system time of one request.
    pub cpu_ms: f64,
    pub peak_mb: f64,
    /// API calls of one request.
    pub calls: f64,
}

/// One connection, as long as requests follow each other.
pub fn client() -> Client {
    // An error means that a provider is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().no_proxy().no_gzip().http1_only();
    let builder = builder.redirect(Policy::none());
    // Plain HTTP needs no root certificates, which a minimal container lacks.
    builder.tls_certs_only([]).build().expect("a client")
}

impl Target<'_> {
    pub async fn measure(&self) -> Figures {
        self.run(Duration::from_millis(300)).await;
        self.process.reset_peak_memory();
        let (cpu, calls) = (self.process.cpu(), self.calls().await);
        let started = Instant::now();
        let requests = self.run(seconds()).await;
        let elapsed = started.elapsed();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let per_request = |count: usize| count as f64 / requests as f64;
        let cpu = self.process.cpu().saturating_sub(cpu);
        Figures {
            per_second: 1.0 / (elapsed.as_secs_f64() * per_request(1)),
            cpu_ms: cpu.as_secs_f64() * 1000.0 * per_request(1),
            peak_mb: self.process.peak_memory_mb(),
            calls: per_request(self.calls().await - calls),
        }
    }

    /// Number of completed requests.
    async fn run(&self, time: Duration) -> usize {
        let end = Instant::now() + time;
        let connections = (0..CONNECTIONS).map(|_| {
            let (url, cookie) = (self.url.clone(), self.cookie.map(str::to_owned));
            tokio::spawn(connection(url, cookie, end))
        });
        let mut requests = 0;
        for connection in connections.collect::<Vec<_>>() {
            requests += connection.await.expect("no panic");
        }
        requests
    }

    async fn calls(&self) -> usize {
        let url = format!("{}/calls", self.source);
        let response = client().get(url).send().await.expect("a response");
        let calls = response.text().await.expect("a number");
        calls.parse().expect("a number")
    }
}

async fn connection(url: String, cookie: Option<String>, end: Instant) -> usize {
    let client = client();
    let mut requests = 0;
    while Instant::now() < end {
        let mut request = client.get(&url).header(ACCEPT_ENCODING, accept_encoding());
        if let Some(cookie) = &cookie {
            request = request.header(COOKIE, cookie);
        }
        let response = request.send().await.expect("a response");
        assert_eq!(response.status(), 200, "{url}");
        response.bytes().await.expect("a body");
        requests += 1;
    }
    requests
}

fn seconds() -> Duration {
    let seconds = std::env::var("LOAD_SECONDS").ok();
    Duration::from_secs(seconds.map_or(10, |text| text.parse().expect("LOAD_SECONDS")))
}

fn accept_encoding() -> String {
    std::env::var("LOAD_ACCEPT_ENCODING").unwrap_or_else(|_| "identity".to_owned())
}
