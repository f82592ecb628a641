//! Upstream that attacks: every vector in every place that a text of the API reaches, with the content policy taken
//! away. Nothing may run, nothing be fetched, nothing leave its box.

mod api;
mod lists;
mod raw;
mod tickets;

use secmon_portal::model::Role;

use crate::{portal::TestPortal, visitor::TestClient};

/// The functions that look at a page.
const DETECTOR: &str = include_str!("detector.js");

/// What runs says so where it is heard: as an error on the console, from every frame.
const CONFESS: &str = "Object.defineProperty(window, 'alert', {
    value: number => console.error(`a stranger's script ran: ${number}`), writable: false, configurable: false,
});";

/// An admin, who sees every page, in a browser that would let everything happen.
async fn unprotected(portal: &TestPortal) -> TestClient {
    portal.add_user("admin", "관리자", Role::Admin).await;
    let mut visitor = TestClient::of(portal).await;
    visitor.ignores_policies().await;
    visitor.brings(CONFESS).await;
    visitor.signs_in("admin").await;
    visitor
}

/// What one of [`DETECTOR`] says of the page.
async fn looks(visitor: &TestClient, function: &str) -> Vec<String> {
    visitor
        .reads(&format!("({DETECTOR}).{function}(document)"))
        .await
}

/// The policy is really away: what nobody cleaned runs, is fetched and covers on the portal's own page, and is seen.
async fn sees_what_nobody_cleaned(visitor: &mut TestClient, sink: &api::Sink) {
    let raw = format!(
        "<img src=x: onerror=alert(1)><img src=http://{}/raw><div data-part=x><p id=x style='position:fixed;inset:0'>x</p></div>",
        sink.address
    );
    let add = format!("document.querySelector('main').insertAdjacentHTML('beforeend', {raw:?})");
    let _: Option<bool> = visitor.reads(&format!("void {add}")).await;
    let arrived = format!(
        "performance.getEntriesByName('http://{}/raw').length > 0",
        sink.address
    );
    visitor.waits_until(&arrived).await;
    let problems = looks(visitor, "problems").await.join("\n");
    for words in [
        "is placed fixed",
        "has id",
        "has style",
        "covers",
        "the header is covered",
    ] {
        assert!(problems.contains(words), "{words}: {problems}");
    }
    let complaints = visitor.complaints().await.join("\n");
    for words in [
        "a stranger's script ran: 1",
        &format!("a request to http://{}/raw", sink.address),
    ] {
        assert!(complaints.contains(words), "{words}: {complaints}");
    }
    assert_eq!(sink.heard().len(), 1, "{:?}", sink.heard());
}
