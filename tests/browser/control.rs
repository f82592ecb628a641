//! An operator's work end to end, with and without scripts.

use secmon_portal::{model::Role, simulator::Endpoint};

use crate::{client::TestClient, portal::TestPortal};

/// The check box of a server.
fn choose(id: &str) -> String {
    format!("input[name=id][value={id:?}]")
}

/// A load balancer and a VM that are not monitored.
fn to_add(portal: &TestPortal) -> (String, String) {
    let free = portal.simulator.not_monitored_ids(0);
    let balancers = portal.simulator.load_balancers(0);
    let is_balancer = |id: &&String| balancers.iter().any(|(balancer, _)| balancer == *id);
    let balancer = free.iter().find(is_balancer).expect("a load balancer");
    let vm = free.iter().find(|id| !is_balancer(id)).expect("a VM");
    (balancer.clone(), vm.clone())
}

fn name(portal: &TestPortal, id: &str) -> String {
    portal.simulator.name(0, id).expect("has a name")
}

fn changes(portal: &TestPortal, endpoint: Endpoint) -> usize {
    let calls = portal.simulator.calls();
    calls
        .iter()
        .filter(|call| call.endpoint == endpoint)
        .count()
}

/// Uses only controls that work without scripts.
async fn work_through(portal: &TestPortal, client: &mut TestClient) {
    client.sign_in("operator").await;
    client.open("/t/shop/vms").await;
    let (balancer, vm) = to_add(portal);
    for id in [&balancer, &vm] {
        assert_eq!(listed(client, "not-monitored", id).await, 1, "{id}");
        client.click(&choose(id)).await;
    }
    client
        .click_and_wait("form#not-monitored button:not([type=button])")
        .await;
    let asked = client.texts("main").await.concat();
    assert!(asked.contains(&name(portal, &vm)), "{asked}");
    assert_eq!(changes(portal, Endpoint::AddVms), 0, "it asks first");
    client.click_and_wait("form.confirm button").await;
    let told = client.texts("[role=status]").await.concat();
    for id in [&balancer, &vm] {
        assert!(told.contains(&name(portal, id)), "{told}");
        assert_eq!(listed(client, "monitored", id).await, 1, "{id}");
        assert_eq!(listed(client, "not-monitored", id).await, 0, "{id}");
    }
    let monitored = portal.simulator.monitored_ids(0);
    assert!(monitored.contains(&balancer) && monitored.contains(&vm));

    client.click(&choose(&vm)).await;
    client
        .click_and_wait("form#monitored button:not([type=button])")
        .await;
    let asked = client.texts("main").await.concat();
    assert!(asked.contains(&name(portal, &vm)), "{asked}");
    assert!(!asked.contains(&name(portal, &balancer)), "{asked}");
    assert_eq!(changes(portal, Endpoint::ReleaseVms), 0, "it asks first");
    client.click_and_wait("form.confirm button").await;
    let told = client.texts("[role=status]").await.concat();
    assert!(told.contains(&name(portal, &vm)), "{told}");
    assert_eq!(listed(client, "monitored", &vm).await, 0);
    assert_eq!(listed(client, "not-monitored", &vm).await, 1);
    assert!(!portal.simulator.monitored_ids(0).contains(&vm));
    assert_eq!(changes(portal, Endpoint::AddVms), 1);
    assert_eq!(changes(portal, Endpoint::ReleaseVms), 1);

    client
        .click_and_wait(".tabs a[href='/t/shop/tickets']")
        .await;
    client.click_and_wait("a[rel=next]").await;
    let list = client.path().await;
    assert_eq!(list, "/t/shop/tickets?page=2");
    let ids = client.attributes("tbody tr[data-id]", "data-id").await;
    client.click_and_wait("tbody tr[data-id] th a").await;
    assert_eq!(client.attributes("article", "data-id").await, ids[..1]);
    assert!(client.is_visible("[data-part=analysis]").await);
    client.click_and_wait("a.back").await;
    assert_eq!(client.path().await, list);
    let same = client.attributes("tbody tr[data-id]", "data-id").await;
    assert_eq!(same, ids);
}

/// How often a list shows a server.
async fn listed(client: &TestClient, list: &str, id: &str) -> usize {
    let row = format!("[data-list={list:?}] tr[data-id={id:?}]");
    client.texts(&row).await.len()
}

async fn portal() -> TestPortal {
    let portal = TestPortal::start().await;
    portal.add_user("operator", "박운영", Role::Operator).await;
    portal
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_adds_and_releases() {
    let portal = portal().await;
    let mut client = TestClient::new(&portal).await;
    work_through(&portal, &mut client).await;
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operator_adds_and_releases_without_scripts() {
    let portal = portal().await;
    let mut client = TestClient::new(&portal).await;
    client.disable_scripts().await;
    work_through(&portal, &mut client).await;
    client.close().await;
}

/// A slow API, so that the second click comes during the first request.
async fn double_click_twice(portal: &TestPortal, client: &mut TestClient) {
    client.sign_in("operator").await;
    client.open("/t/shop/vms").await;
    let (_, vm) = to_add(portal);
    client.click(&choose(&vm)).await;
    let latency = std::time::Duration::from_millis(300);
    portal.simulator.set_latency(latency);
    client
        .click_and_wait("form#not-monitored button:not([type=button])")
        .await;
    client.double_click_and_wait("form.confirm button").await;
    assert_eq!(listed(client, "monitored", &vm).await, 1);
    let told = client.texts("[role=status]").await.concat();
    assert!(told.contains(&name(portal, &vm)), "{told}");

    client.click(&choose(&vm)).await;
    client
        .click_and_wait("form#monitored button:not([type=button])")
        .await;
    client.double_click_and_wait("form.confirm button").await;
    assert_eq!(listed(client, "monitored", &vm).await, 0);
    assert_eq!(changes(portal, Endpoint::AddVms), 1);
    assert_eq!(changes(portal, Endpoint::ReleaseVms), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn double_click_sends_once() {
    let portal = portal().await;
    let mut client = TestClient::new(&portal).await;
    double_click_twice(&portal, &mut client).await;
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn double_click_works_once_without_scripts() {
    let portal = portal().await;
    let mut client = TestClient::new(&portal).await;
    client.disable_scripts().await;
    double_click_twice(&portal, &mut client).await;
    client.close().await;
}
