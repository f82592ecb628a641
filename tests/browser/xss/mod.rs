//! A hostile API: every vector in every field, with the content security policy disabled. Nothing runs, fetches or
//! leaves its box.

mod api;
mod lists;
mod raw;
mod tickets;

use secmon_portal::model::Role;

use crate::{client::TestClient, portal::TestPortal};

/// The detector's functions.
const DETECTOR: &str = include_str!("detector.js");

/// Reports every script that runs as an error on the console, from every frame.
const CONFESS: &str = "Object.defineProperty(window, 'alert', {
    value: number => console.error(`a stranger's script ran: ${number}`), writable: false, configurable: false,
});";

/// An admin in a browser without a content policy.
async fn unprotected(portal: &TestPortal) -> TestClient {
    portal.add_user("admin", "관리자", Role::Admin).await;
    let mut client = TestClient::new(portal).await;
    client.bypass_csp().await;
    client.add_init_script(CONFESS).await;
    client.sign_in("admin").await;
    client
}

/// The result of one of the functions of [`DETECTOR`].
async fn run_detector(client: &TestClient, function: &str) -> Vec<String> {
    client
        .evaluate(&format!("({DETECTOR}).{function}(document)"))
        .await
}

/// Proves that the policy is off: an unsanitized vector runs, fetches and covers the portal's own page, and is detected.
async fn assert_detector_works(client: &mut TestClient, sink: &api::Sink) {
    let raw = format!(
        "<img src=x: onerror=alert(1)><img src=http://{}/raw><div data-part=x><p id=x style='position:fixed;inset:0'>x</p></div>",
        sink.address
    );
    let add = format!("document.querySelector('main').insertAdjacentHTML('beforeend', {raw:?})");
    let _: Option<bool> = client.evaluate(&format!("void {add}")).await;
    let arrived = format!(
        "performance.getEntriesByName('http://{}/raw').length > 0",
        sink.address
    );
    client.wait_until(&arrived).await;
    let problems = run_detector(client, "problems").await.join("\n");
    for words in [
        "is placed fixed",
        "has id",
        "has style",
        "covers",
        "the header is covered",
    ] {
        assert!(problems.contains(words), "{words}: {problems}");
    }
    let problems = client.problems().await.join("\n");
    for words in [
        "a stranger's script ran: 1",
        &format!("a request to http://{}/raw", sink.address),
    ] {
        assert!(problems.contains(words), "{words}: {problems}");
    }
    assert_eq!(sink.heard().len(), 1, "{:?}", sink.heard());
}
