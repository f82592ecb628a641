//! Hostile text in lists, servers, requests, messages and the audit log: it stays text.

use std::collections::BTreeMap;

use super::{
    api::{Api, Sink},
    assert_detector_works, run_detector, unprotected,
};
use crate::{client::TestClient, portal::TestPortal};

/// Per page, every element with the names of its attributes.
type Skeletons = BTreeMap<String, Vec<String>>;

#[tokio::test(flavor = "multi_thread")]
async fn upstream_text_is_text_on_every_page() {
    let sink = Sink::start().await;
    // As text some stand together: what is read as more than text shows, and then hides nothing any more.
    let together = |texts: &[String]| texts.join(" ");
    let hostile = Api::new(sink.texts().chunks(5).map(together).collect());
    let tame = (0..hostile.len()).map(|number| format!("harmless {number}."));
    let tame = Api::new(tame.collect());

    let portal = TestPortal::start_before(hostile.serve().await).await;
    let mut client = unprotected(&portal).await;
    client.open("/t/shop").await;
    assert_detector_works(&mut client, &sink).await;
    let attacked = visit_every_page(&mut client, &hostile).await;
    assert_eq!(client.problems().await, [""; 0]);
    assert_eq!(sink.heard().len(), 1, "{:?}", sink.heard());
    show_every_message(&mut client, &hostile, &attacked["refused"]).await;
    assert_eq!(sink.heard().len(), 1, "{:?}", sink.heard());
    client.close().await;

    let portal = TestPortal::start_before(tame.serve().await).await;
    let mut client = unprotected(&portal).await;
    let quiet = visit_every_page(&mut client, &tame).await;
    client.close().await;
    for ((page, attacked), quiet) in attacked.iter().zip(quiet.values()) {
        let differs = attacked
            .iter()
            .zip(quiet)
            .position(|(one, other)| one != other);
        let differs = differs.map(|at| (&attacked[at], &quiet[at]));
        assert_eq!(differs, None, "{page}");
        assert_eq!(attacked.len(), quiet.len(), "{page}");
        assert!(quiet.len() > 60, "{page}");
    }
}

/// Pages with servers, tickets, events and history, before any change.
const BEFORE: [(&str, &str); 8] = [
    ("Servers", "/t/shop/vms"),
    ("Servers, sorted", "/t/shop/vms?sort=-name"),
    ("history", "/t/shop/history"),
    ("tickets", "/t/shop/tickets"),
    ("events", "/t/shop/events"),
    ("a load balancer", "/t/shop/vms/lb-20"),
    ("a VM behind one", "/t/shop/vms/behind-30"),
    ("a VM", "/t/shop/vms/vm-10"),
];

/// Pages with change requests.
const AFTER: [(&str, &str); 6] = [
    ("teams", "/"),
    ("overview", "/t/shop"),
    ("audit log", "/t/shop/audit"),
    ("a VM that was added", "/t/shop/vms/vm-1"),
    ("a load balancer that was released", "/t/shop/vms/lb-1"),
    ("requests", "/t/shop/requests"),
];

/// Adds and releases servers with hostile names, and visits every page that shows them.
async fn visit_every_page(client: &mut TestClient, api: &Api) -> Skeletons {
    let mut seen = Skeletons::new();
    for (name, path) in BEFORE {
        client.open(path).await;
        check_page(client, name, &mut seen).await;
    }
    for related in ["tickets", "events"] {
        let rows = format!("[data-related={related}] tbody tr");
        assert!(client.is_visible(&rows).await, "{related} with its address");
    }
    submit_changes(client, &mut seen).await;
    for (name, path) in AFTER {
        client.open(path).await;
        check_page(client, name, &mut seen).await;
    }
    client.click_and_wait("tbody th a").await;
    check_page(client, "a request", &mut seen).await;
    client.open("/t/shop/settings").await;
    api.refuses(true);
    client
        .click_and_wait("form[action='/t/shop/settings/key/try'] button")
        .await;
    check_page(client, "a key, refused", &mut seen).await;
    for (name, path) in [
        ("refused", "/t/shop/tickets"),
        ("Servers, refused", "/t/shop/vms"),
        ("a VM, refused", "/t/shop/vms/vm-1"),
    ] {
        client.open_failing(path).await;
        check_page(client, name, &mut seen).await;
    }
    seen
}

/// Submits both kinds of change, which the API refuses with a hostile message.
async fn submit_changes(client: &mut TestClient, seen: &mut Skeletons) {
    for (list, ids) in [
        ("not-monitored", ["vm-1", "vm-2", "vm-3"]),
        ("monitored", ["lb-1", "lb-2", "lb-3"]),
    ] {
        client.open("/t/shop/vms").await;
        for id in ids {
            client.click(&format!("input[name=id][value={id:?}]")).await;
        }
        let send = format!("form#{list} button:not([type=button])");
        client.click_and_wait(&send).await;
        check_page(client, &format!("confirmation, {list}"), seen).await;
        client.click_and_wait("form.confirm button").await;
        check_page(client, &format!("outcome, {list}"), seen).await;
        assert!(client.is_visible(".happened q").await, "what the API said");
    }
}

async fn check_page(client: &mut TestClient, name: &str, seen: &mut Skeletons) {
    assert_eq!(run_detector(client, "list").await, [""; 0], "{name}");
    let text: String = client
        .evaluate("document.querySelector('main').textContent")
        .await;
    let reached = text.contains("lert(") || text.contains("harmless");
    assert!(reached, "{name} tells nothing of upstream: {text}");
    let skeleton = run_detector(client, "skeleton").await;
    seen.insert(name.to_owned(), skeleton);
}

/// The page has the same structure for every refusal.
async fn show_every_message(client: &mut TestClient, api: &Api, same: &[String]) {
    for _ in 0..api.messages() {
        client.open_failing("/t/shop/tickets").await;
        assert_eq!(run_detector(client, "skeleton").await, same);
        assert_eq!(client.texts(".failure-message").await.len(), 1);
        assert_eq!(client.problems().await, [""; 0]);
    }
}
