//! Events, history and a server's rows on the archive.

mod events;
mod history;
mod server;

use crate::support::{Page, Portal, TestClient};

/// A portal whose archive is filled, and somebody signed in.
async fn archived(username: &str) -> (Portal, TestClient) {
    let portal = Portal::start().await;
    portal.fill_archive().await;
    let visitor = portal.sign_in(username).await;
    portal.calls();
    (portal, visitor)
}

fn total(page: &Page) -> usize {
    let total = page.attributes("[data-source=archive]", "data-total");
    total[0].parse().expect("a number")
}
