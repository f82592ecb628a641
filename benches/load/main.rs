//! Load test of the portal, of a bare relay of the same API, and of limits: `cargo bench --bench load`.
//!
//! Portal, relay and static API are separate processes; 32 connections request the same page of each. Linux only.
//! `LOAD_SECONDS` is the time for each page, `LOAD_ACCEPT_ENCODING` the clients' `Accept-Encoding` (default `identity`).

#![allow(clippy::print_stdout, reason = "the figures")]

mod limits;
mod measure;
mod process;
mod relay;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use measure::{Figures, Target};
use mimalloc::MiMalloc;
use process::Process;
use support::{Rows, serve_source};

/// The portal's, so that the relay's memory compares.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A page, its team, its path below the team, and the relay's upstream path.
const PAGES: [(&str, &str, &str, &str); 7] = [
    ("tickets, 10 rows", "small", "tickets", "tickets"),
    (
        "ticket of the guide",
        "small",
        "tickets/guide",
        "tickets/guide",
    ),
    ("ticket, 200 KB", "small", "tickets/200kb", "tickets/200kb"),
    ("ticket, 1 MB", "small", "tickets/1mb", "tickets/1mb"),
    (
        "servers, 2 x 50",
        "small",
        "vms",
        "not-applied-vms,applied-vms",
    ),
    (
        "servers, 2 x 5,000",
        "large",
        "vms",
        "not-applied-vms,applied-vms",
    ),
    ("events, 20 rows", "small", "events", "events"),
];

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["source", servers] => serve_forever(source(servers).await).await,
        ["relay", base] => serve_forever(relay::serve(base).await).await,
        ["--bench", ..] => {
            let folder = tempfile::tempdir().expect("a folder");
            process::set_up(folder.path());
            compare(folder.path()).await;
            limits::report(folder.path()).await;
        }
        // Started by a test runner.
        _ => {}
    }
}

async fn source(servers: &str) -> String {
    serve_source(Rows {
        servers: servers.parse().expect("a number"),
        tickets: 10,
        events: 20,
    })
    .await
}

/// Prints its address for the parent process.
async fn serve_forever(base: String) {
    println!("{base}");
    std::future::pending::<()>().await;
}

async fn compare(folder: &Path) {
    let sources = [("small", "50"), ("large", "5000")]
        .map(|(team, servers)| (team, Process::start_self(&["source", servers])));
    let base = |team| {
        let source = sources.iter().find(|(name, _)| *name == team);
        &source.expect("a team").1.base
    };
    let portal = process::start_portal(folder, base("small"), base("large"));
    let cookie = process::sign_in(&portal.base).await;
    println!(
        "{:<20} {:>9} {:>9} {:>6}  {:>8} {:>8} {:>6}  {:>8} {:>8}  {:>6}",
        "page",
        "portal/s",
        "relay/s",
        "ratio",
        "cpu ms",
        "relay",
        "ratio",
        "peak MB",
        "relay",
        "calls"
    );
    for (name, team, path, relayed) in PAGES {
        // A new relay for each page, so that its peak memory is this page's.
        let relay = Process::start_self(&["relay", base(team)]);
        let portal_page = Target {
            process: &portal,
            url: format!("{}/t/{team}/{path}", portal.base),
            cookie: Some(&cookie),
            source: base(team),
        };
        let relay_page = Target {
            process: &relay,
            url: format!("{}/{relayed}", relay.base),
            cookie: None,
            source: base(team),
        };
        print_row(
            name,
            &portal_page.measure().await,
            &relay_page.measure().await,
        );
    }
}

fn print_row(name: &str, portal: &Figures, relay: &Figures) {
    println!(
        "{name:<20} {:>9.0} {:>9.0} {:>6.2}  {:>8.2} {:>8.2} {:>6.2}  {:>8.1} {:>8.1}  {:>6.2}",
        portal.per_second,
        relay.per_second,
        portal.per_second / relay.per_second,
        portal.cpu_ms,
        relay.cpu_ms,
        portal.cpu_ms / relay.cpu_ms,
        portal.peak_mb,
        relay.peak_mb,
        portal.calls,
    );
}
