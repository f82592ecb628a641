//! Start-up time, memory, and the effect of one team's broken API on another team.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::{Client, header::COOKIE};

use crate::{
    measure::client,
    process::{Process, sign_in, start_portal, start_simulator},
    support::{Rows, serve_source},
};

pub async fn report(folder: &Path) {
    let healthy = serve_source(Rows {
        servers: 10,
        tickets: 10,
        events: 10,
    });
    let healthy = healthy.await;
    start_up(folder, &healthy).await;
    hanging_api(folder, &healthy).await;
    for (fault, name) in [
        ("reads:huge", "20 API responses of 300 MB"),
        ("reads:gzip-bomb", "20 gzip responses that expand to 300 MB"),
    ] {
        let simulator = start_simulator(folder, fault);
        let portal = start_portal(folder, &simulator.base, &healthy);
        let signed_in = SignedInClient::new(&portal).await;
        join_all((1..=20).map(|page| signed_in.get(format!("small/tickets?page={page}")))).await;
        print(
            &format!("{name}: peak memory"),
            &memory(portal.peak_memory_mb()),
        );
    }
}

async fn start_up(folder: &Path, healthy: &str) {
    let mut times = Vec::new();
    for _ in 0..10 {
        let started = Instant::now();
        let portal = start_portal(folder, healthy, healthy);
        let page = client().get(format!("{}/login", portal.base)).send().await;
        page.expect("a page");
        times.push(started.elapsed());
    }
    print(
        "start until the first page, 10 starts",
        &median_and_max(times),
    );
}

/// 200 requests wait for one team's API; the other team's pages still respond.
async fn hanging_api(folder: &Path, healthy: &str) {
    let simulator = start_simulator(folder, "reads:hang");
    let portal = start_portal(folder, &simulator.base, healthy);
    let signed_in = SignedInClient::new(&portal).await;
    print("memory at rest", &memory(portal.memory_in_use_mb()));
    let hanging: Vec<_> = (1..=200)
        .map(|page| {
            let signed_in = signed_in.clone();
            tokio::spawn(async move { signed_in.get(format!("small/tickets?page={page}")).await })
        })
        .collect();
    let mut times = Vec::new();
    for _ in 0..100 {
        let started = Instant::now();
        signed_in.get("large/tickets".to_owned()).await;
        times.push(started.elapsed());
    }
    let name = "a page while 200 requests hang on another team's API, 100 requests";
    print(name, &median_and_max(times));
    print("memory meanwhile", &memory(portal.memory_in_use_mb()));
    hanging.iter().for_each(tokio::task::JoinHandle::abort);
}

#[derive(Clone)]
struct SignedInClient {
    client: Client,
    base: String,
    cookie: String,
}

impl SignedInClient {
    async fn new(portal: &Process) -> Self {
        Self {
            client: client(),
            base: portal.base.clone(),
            cookie: sign_in(&portal.base).await,
        }
    }

    /// Requests a team's page and ignores its status.
    async fn get(&self, path: String) {
        let url = format!("{}/t/{path}", self.base);
        let request = self.client.get(url).header(COOKIE, &self.cookie);
        let page = request.send().await.expect("a page");
        page.bytes().await.expect("a body");
    }
}

fn median_and_max(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let (median, max) = (times[times.len() / 2], times[times.len() - 1]);
    format!("median {median:.1?}, maximum {max:.1?}")
}

fn memory(mb: f64) -> String {
    format!("{mb:.0} MB")
}

fn print(name: &str, figure: &str) {
    println!("{name:<70} {figure}");
}
