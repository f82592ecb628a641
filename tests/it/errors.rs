//! Error pages: message, audience, and withheld details.

mod requests;

use std::time::Duration;

use insta::assert_snapshot;
use secmon_portal::simulator::{Endpoint, Outage};

use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::{
    control::{add, release},
    support::{ACME, ACME_KEY, OTHER_KEY, Page, Portal, TOKEN, TestClient, outline},
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
    not-found: 502 The API does not know this address
    too-large: 502 This is too large for the API
    too-many-requests: 503 The API was called too often
    bad-gateway: 502 The Security Monitoring API has an outage
    unavailable: 502 The Security Monitoring API has an outage
    gateway-timeout: 504 The Security Monitoring API timed out
    refused: 502 The Security Monitoring API refused
    html: 502 Unexpected response from the API
    broken-json: 502 Unexpected response from the API
    wrong-shape: 502 Unexpected response from the API
    empty: 502 Unexpected response from the API
    hang: 504 The Security Monitoring API timed out
    huge: 502 This is too large for the API
    gzip-bomb: 502 This is too large for the API
    drop: 503 The Security Monitoring API cannot be reached
    cut-off: 502 Unexpected response from the API
    ");
}

/// Asserts cause, responsibility, advice and a retry link.
fn assert_helpful(page: &Page) {
    let alert = page.alert();
    for part in ["Cause", "What to do", "Request ID"] {
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
    Cause
    See what the API said. It may be the state of the team's service, or its key.
    What to do
    Try again in a moment; if it stays, contact NHN Cloud support.
    [Try again](/t/acme/history?page=2)
    [To the start page](/)
    Request ID for support: …
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
