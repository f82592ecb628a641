//! Page times on a static API through the real router, with and without authentication: `cargo bench --bench pages`.

#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
#[path = "../tests/it/support/mod.rs"]
mod portal;
mod support;

use divan::Bencher;
use portal::{Portal, TestClient};
use support::{Rows, serve_source};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

async fn signed_in(rows: Rows) -> (Portal, TestClient) {
    let source = serve_source(rows).await;
    let portal = Portal::start_with(|config| config.api_base = Some(source)).await;
    // Of a team without token credentials.
    let admin = portal.sign_in("stranger").await;
    (portal, admin)
}

/// Measures a page of a team's admin; every list has so many rows.
fn page(bencher: Bencher, path: &str, rows: usize) {
    let rows = Rows {
        servers: rows,
        tickets: rows,
        events: rows,
    };
    let runtime = Runtime::new().expect("starts");
    let (portal, mut admin) = runtime.block_on(signed_in(rows));
    bencher.bench_local(|| {
        let page = runtime.block_on(admin.get(path));
        assert_eq!(page.status, 200, "{path}");
        page.body.len()
    });
    drop(portal);
}

#[divan::bench(args = [10, 50, 5_000])]
fn servers(bencher: Bencher, rows: usize) {
    page(bencher, "/t/other/vms", rows);
}

#[divan::bench(args = [10, 50])]
fn tickets(bencher: Bencher, rows: usize) {
    page(bencher, "/t/other/tickets", rows);
}

#[divan::bench(args = [10, 50])]
fn events(bencher: Bencher, rows: usize) {
    page(bencher, "/t/other/events", rows);
}

#[divan::bench(args = ["guide", "200kb", "1mb"])]
fn ticket(bencher: Bencher, id: &str) {
    page(bencher, &format!("/t/other/tickets/{id}"), 1);
}

/// A page without a call of the API: session, user, rights, layout.
#[divan::bench]
fn authenticated(bencher: Bencher) {
    page(bencher, "/account", 1);
}

/// The same layers without a session.
#[divan::bench]
fn anonymous(bencher: Bencher) {
    let runtime = Runtime::new().expect("starts");
    let portal = runtime.block_on(Portal::start());
    let mut client = portal.client();
    bencher.bench_local(|| runtime.block_on(client.get("/login")).body.len());
}
