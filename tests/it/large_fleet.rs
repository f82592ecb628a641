//! Five thousand servers: selection, request and outcome are complete.

use secmon_portal::simulator::Endpoint;

use crate::{
    control::outcomes,
    support::{ACME, Page, Portal, TestClient},
};

/// In bytes, compressed.
const MAX_PAGE: usize = 300 * 1024;

async fn large() -> (Portal, TestClient) {
    let portal = Portal::start_with(|config| config.api.vms = 5000).await;
    let balancers = portal.simulator.load_balancers(ACME).len();
    assert!(
        (280..340).contains(&balancers),
        "{balancers} load balancers"
    );
    let operator = portal.sign_in("operator").await;
    (portal, operator)
}

/// How much of a page goes over the wire.
async fn sent(client: &TestClient, address: &str) -> usize {
    let mut browser = client.clone().with_header("accept-encoding", "gzip");
    let page = browser.get(address).await;
    assert_eq!(page.status, 200, "{address}");
    assert_eq!(page.header("content-encoding"), Some("gzip"), "{address}");
    page.body.len()
}

#[tokio::test]
async fn page_stays_small_and_its_filter_searches_all() {
    let (portal, mut operator) = large().await;
    let ids = portal.simulator.not_monitored_ids(ACME);
    let size = sent(&operator, "/t/acme/vms").await;
    assert!(size < MAX_PAGE, "{size}");
    let page = operator.get("/t/acme/vms").await;
    let shown = page.count("#not-monitored-list input[name=id]");
    assert!(shown < ids.len(), "it is paged");
    let last = portal.name(ids.last().expect("there are some"));
    let found = operator.get(&format!("/t/acme/vms?q={last}")).await;
    let names = found.texts("#not-monitored-list .name");
    assert!(names.contains(&last), "{names:?}");
}

#[tokio::test]
async fn large_selection_is_sent_and_reported_whole() {
    let (portal, mut operator) = large().await;
    for action in ["add", "release"] {
        let list = if action == "add" {
            "not-monitored"
        } else {
            "monitored"
        };
        let page = operator.get("/t/acme/vms").await;
        let button = format!("form#{list} .select-matching");
        let wanted = number(&page.text_of(&button));
        assert!(wanted > 1000, "{wanted}");
        let there = page.attributes(&button, "formaction");
        let form = page.form(&format!("form#{list}")).to(&there[0]);
        portal.calls();
        let asked = operator.submit(&form).await;
        assert_eq!(asked.status, 200, "{action}: {}", asked.text);
        assert_eq!(asked.count("table tr[data-id]"), wanted, "{action}");
        let lists = [Endpoint::NotAppliedVms, Endpoint::AppliedVms];
        let calls = portal.calls();
        assert!(calls.iter().all(|call| lists.contains(call)), "{calls:?}");
        let told = operator
            .submit_and_follow(&asked.form("form.confirm"))
            .await;
        assert_outcomes(&told, wanted);
        let size = sent(&operator, &told.address).await;
        assert!(size < MAX_PAGE, "{action}: {size}");
    }
    for page in ["", "/audit", "/requests", "/vms"] {
        let size = sent(&operator, &format!("/t/acme{page}")).await;
        assert!(size < MAX_PAGE, "{page}: {size}");
    }
}

/// Asserts an accepted outcome for every item.
fn assert_outcomes(page: &Page, wanted: usize) {
    let outcomes = outcomes(page);
    assert_eq!(outcomes.len(), wanted);
    let accepted = |(_, told): &&(String, String)| told.starts_with("Accepted");
    let other = outcomes.iter().find(|outcome| !accepted(outcome));
    assert_eq!(other, None);
}

/// The number in `Add all 1,234 of the list…`.
fn number(words: &str) -> usize {
    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect(words)
}
