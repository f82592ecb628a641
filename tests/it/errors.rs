//! Error pages: message, audience, and withheld details.

use std::time::Duration;

use insta::assert_snapshot;
use secmon_portal::simulator::{Endpoint, Outage};

use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::{
    control::{add, release},
    support::{ACME, ACME_KEY, OTHER_KEY, PASSWORD, Page, Portal, TOKEN, TestClient, outline},
};

/// A portal that waits for the API two seconds at most, and takes little.
async fn impatient() -> Portal {
    Portal::start_with(|config| {
        config.timeout = Duration::from_secs(2);
        config.max_body = 256 * 1024;
    })
    .await
}

#[tokio::test]
async fn every_api_failure_has_its_page_and_status() {
    let portal = impatient().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut told = Vec::new();
    for fault in [
        "unauthorized",
        "forbidden",
        "not-found",
        "too-large",
        "too-many-requests",
        "bad-gateway",
        "unavailable",
        "gateway-timeout",
        "refused",
        "html",
        "broken-json",
        "wrong-shape",
        "empty",
        "hang",
        "huge",
        "gzip-bomb",
        "drop",
        "cut-off",
    ] {
        let outage: Outage = fault.parse().expect("a fault");
        portal.simulator.set_fault(None, outage);
        let mut tab = viewer.clone();
        let (list, vms) = tokio::join!(
            viewer.get("/t/acme/tickets?page=2"),
            tab.get("/t/acme/vms?q=web")
        );
        for page in [&list, &vms] {
            assert_helpful(page);
        }
        assert_eq!(
            (list.status, list.texts("h1")),
            (vms.status, vms.texts("[role=alert] h2"))
        );
        told.push(format!("{fault}: {} {}", list.status, list.text_of("h1")));
    }
    assert_snapshot!(told.join("\n"), @r"
    unauthorized: 502 The API did not accept this team's key
    forbidden: 502 The API does not let this portal in
    not-found: 502 The API does not know what was asked for
    too-large: 502 This is too large for the API
    too-many-requests: 503 The API was called too often
    bad-gateway: 502 The Security Monitoring API is out of order
    unavailable: 502 The Security Monitoring API is out of order
    gateway-timeout: 504 The Security Monitoring API did not answer in time
    refused: 502 The Security Monitoring API refused
    html: 502 The API sent something unknown
    broken-json: 502 The API sent something unknown
    wrong-shape: 502 The API sent something unknown
    empty: 502 The API sent something unknown
    hang: 504 The Security Monitoring API did not answer in time
    huge: 502 This is too large for the API
    gzip-bomb: 502 This is too large for the API
    drop: 503 The Security Monitoring API cannot be reached
    cut-off: 502 The API sent something unknown
    ");
}

/// Asserts cause, responsibility, advice and a retry link.
fn assert_helpful(page: &Page) {
    let alert = page.alert();
    for part in ["Whose problem it is", "What you can do", "Request:"] {
        assert!(alert.contains(part), "{part} is missing in {alert}");
    }
    assert!(!alert.contains("error-"), "a message is missing: {alert}");
    assert_eq!(page.link("[role=alert] a.btn-primary"), page.address);
    let id = page.header("x-request-id").expect("has an id");
    assert_eq!(page.text_of("[role=alert] code"), id);
    assert!(page.has("nav.tabs"), "the team's pages stay within reach");
}

#[tokio::test]
async fn error_page_says_what_failed_why_and_what_to_do() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let outage: Outage = "refused".parse().expect("a fault");
    portal.simulator.set_fault(None, outage);
    let page = viewer.get("/t/acme/history?page=2").await;
    assert_snapshot!(outline(&page), @r"
    alert:
    502
    # The Security Monitoring API refused
    The API answered that it will not do this.
    The API said:
    요청을 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.
    Whose problem it is
    See what the API said. It may be the state of the team's service, or its key.
    What you can do
    Try again in a moment; if it stays, ask NHN Cloud support.
    [Try again](/t/acme/history?page=2)
    [To the start page](/)
    Give this number when you ask for help. Request: …
    ");
}

#[tokio::test]
async fn retry_works_once_the_api_recovers() {
    let portal = impatient().await;
    let mut viewer = portal.sign_in("viewer").await;
    let outage: Outage = "html".parse().expect("a fault");
    portal.simulator.set_fault(None, outage);
    let page = viewer.get("/t/acme/tickets?page=2").await;
    assert_eq!(page.status, 502);
    portal.simulator.set_fault(None, None);
    let page = viewer.get(&page.link("[role=alert] a.btn-primary")).await;
    assert_eq!(
        (page.status, &*page.address),
        (200, "/t/acme/tickets?page=2")
    );
}

#[tokio::test]
async fn pages_without_api_calls_work_while_it_fails() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    portal.calls();
    for address in ["/t/acme", "/t/acme/audit", "/account"] {
        assert_eq!(admin.get(address).await.status, 200);
    }
    assert_eq!(portal.calls(), []);
}

#[tokio::test]
async fn hanging_api_of_one_team_delays_no_other() {
    let portal = Portal::start().await;
    let outage: Outage = "hang".parse().expect("a fault");
    portal.simulator.set_fault(Some(ACME), outage);
    let mut stranger = portal.sign_in("stranger").await;
    let mut hanging = Vec::new();
    for _ in 0..12 {
        let mut viewer = portal.sign_in("viewer").await;
        hanging.push(Box::pin(async move { viewer.get("/t/acme/tickets").await }));
    }
    let hanging = futures_util::future::select_all(hanging);
    let other = async {
        portal.is_called(Endpoint::Tickets).await;
        stranger.get("/t/other/tickets").await
    };
    tokio::select! {
        (page, ..) = hanging => panic!("{} came first", page.status),
        page = other => assert_eq!(page.status, 200),
    }
}

const ADDRESSES: [&str; 12] = [
    "/",
    "/account",
    "/admin/teams",
    "/admin/users",
    "/t/acme",
    "/t/acme/vms",
    "/t/acme/history?page=2",
    "/t/acme/tickets?page=2",
    "/t/acme/tickets/1",
    "/t/acme/events?start=2025-05-01T00:00&page=2",
    "/t/acme/audit",
    "/t/other/history",
];

#[tokio::test]
async fn response_holds_no_key_or_token() {
    let portal = impatient().await;
    let ask_all = async |client: &TestClient| {
        let tabs = ADDRESSES.map(|address| {
            let mut tab = client.clone();
            async move { tab.get(address).await }
        });
        futures_util::future::join_all(tabs).await
    };
    for person in ["site-admin", "operator", "viewer"] {
        ask_all(&portal.sign_in(person).await).await;
    }
    let viewer = portal.sign_in("viewer").await;
    for fault in [
        "unauthorized",
        "not-found",
        "hang",
        "drop",
        "refused",
        "html",
    ] {
        let outage: Outage = fault.parse().expect("a fault");
        portal.simulator.set_fault(None, outage);
        ask_all(&viewer).await;
    }
    portal.simulator.set_fault(None, None);
    let mut operator = portal.sign_in("operator").await;
    let outage: Outage = "changes:unauthorized".parse().expect("a fault");
    portal.simulator.set_fault(None, outage);
    add(&mut operator, &portal.vms(false, 1)).await;
    release(&mut operator, &portal.vms(true, 1)).await;
    operator.get("/t/acme/audit").await;
    let everything = portal.everything_answered();
    assert!(everything.len() > 100_000);
    let (_, token_secret) = TOKEN.split_once(':').expect("has two halves");
    for secret in [ACME_KEY, OTHER_KEY, token_secret, "appkeys/"] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn not_found_page_keeps_the_user_layout() {
    let portal = Portal::start().await;
    let page = portal.client().get("/no/such/page").await;
    assert_eq!(page.status, 404);
    assert_eq!(page.texts("h1"), ["This page was not found"]);
    let page = portal
        .sign_in("viewer")
        .await
        .get("/t/acme/tickets/1")
        .await;
    assert_eq!(page.status, 404);
    assert!(page.has("nav.tabs"));
}

#[tokio::test]
async fn post_to_an_unknown_address_says_nothing_was_done() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let told = "What you sent was not done. Nothing was changed.";
    let page = operator.post("/t/no-such-team/vms/add", &[]).await;
    assert_eq!(page.status, 404);
    assert!(page.text.contains(told), "{}", page.text);
    let page = operator.get("/t/no-such-team/vms").await;
    assert!(!page.text.contains(told), "nothing was sent");
}

#[tokio::test]
async fn method_not_allowed_names_the_allowed_methods() {
    let portal = Portal::start().await;
    let page = portal.client().get("/t/acme/vms/add").await;
    assert_eq!((page.status, page.header("allow")), (405, Some("POST")));
    assert!(page.has("[role=alert] h1"));
    let page = portal.client().post("/t/acme/vms", &[]).await;
    assert_eq!((page.status, page.header("allow")), (405, Some("GET,HEAD")));
}

#[tokio::test]
async fn unreadable_form_is_answered_with_a_page() {
    let portal = Portal::start().await;
    let page = portal.client().post("/login", &[("username", "x")]).await;
    assert_eq!(page.status, 422);
    assert!(page.alert().contains("The form cannot be read"));
    let large = "x".repeat(2 * 1024 * 1024);
    let page = portal
        .client()
        .post("/login", &[("username", &large)])
        .await;
    assert_eq!(page.status, 413);
    assert!(page.alert().contains("too large"));
}

#[tokio::test]
async fn form_with_a_duplicate_field_is_refused() {
    let portal = Portal::start().await;
    let mut client = portal.client();
    let twice = [
        ("username", "viewer"),
        ("username", "admin"),
        ("password", PASSWORD),
    ];
    let page = client.post("/login", &twice).await;
    assert_eq!(page.status, 422);
    assert!(page.alert().contains("The form cannot be read"));
    assert_eq!(
        client.get("/account").await.status,
        303,
        "nobody is signed in"
    );
}

#[tokio::test]
async fn database_failure_is_reported_without_details() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.store.close().await;
    let page = viewer.get("/t/acme").await;
    assert_eq!(page.status, 500);
    assert_eq!(page.texts("h1"), ["The portal has a problem"]);
    assert!(!page.text.to_lowercase().contains("pool"));
}

#[tokio::test]
async fn retry_after_of_years_is_capped_at_an_hour() {
    for (status, wish) in [
        (429, "18446744073709551615"),
        (503, "18446744073709551614"),
        (503, "31536000"),
    ] {
        let api = MockServer::start().await;
        let answer = ResponseTemplate::new(status).insert_header("retry-after", wish);
        Mock::given(any()).respond_with(answer).mount(&api).await;
        let portal = Portal::start_with(|config| config.api_base = Some(api.uri())).await;
        let mut viewer = portal.sign_in("viewer").await;
        let page = viewer.get("/t/acme/tickets").await;
        let told: u64 = page
            .header("retry-after")
            .and_then(|told| told.parse().ok())
            .expect("is told");
        assert!(told <= 60 * 60, "{wish}: {told}");
    }
}
