//! An operator's work from end to end, with scripts and without.

use secmon_portal::{model::Role, simulator::Endpoint};

use crate::{portal::TestPortal, visitor::TestClient};

/// The box that chooses a server of a list.
fn choose(id: &str) -> String {
    format!("input[name=id][value={id:?}]")
}

/// Servers that are not monitored: a load balancer, a VM of its own.
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

/// The day's work. It clicks what is there for everybody.
async fn works(portal: &TestPortal, visitor: &mut TestClient) {
    visitor.signs_in("operator").await;
    visitor.opens("/t/shop/vms").await;
    let (balancer, vm) = to_add(portal);
    for id in [&balancer, &vm] {
        assert_eq!(listed(visitor, "not-monitored", id).await, 1, "{id}");
        visitor.clicks(&choose(id)).await;
    }
    visitor
        .clicks_through("form#not-monitored button:not([type=button])")
        .await;
    let asked = visitor.texts("main").await.concat();
    assert!(asked.contains(&name(portal, &vm)), "{asked}");
    assert_eq!(changes(portal, Endpoint::AddVms), 0, "it asks first");
    visitor.clicks_through("form.confirm button").await;
    let told = visitor.texts("[role=status]").await.concat();
    for id in [&balancer, &vm] {
        assert!(told.contains(&name(portal, id)), "{told}");
        assert_eq!(listed(visitor, "monitored", id).await, 1, "{id}");
        assert_eq!(listed(visitor, "not-monitored", id).await, 0, "{id}");
    }
    let monitored = portal.simulator.monitored_ids(0);
    assert!(monitored.contains(&balancer) && monitored.contains(&vm));

    visitor.clicks(&choose(&vm)).await;
    visitor
        .clicks_through("form#monitored button:not([type=button])")
        .await;
    let asked = visitor.texts("main").await.concat();
    assert!(asked.contains(&name(portal, &vm)), "{asked}");
    assert!(!asked.contains(&name(portal, &balancer)), "{asked}");
    assert_eq!(changes(portal, Endpoint::ReleaseVms), 0, "it asks first");
    visitor.clicks_through("form.confirm button").await;
    let told = visitor.texts("[role=status]").await.concat();
    assert!(told.contains(&name(portal, &vm)), "{told}");
    assert_eq!(listed(visitor, "monitored", &vm).await, 0);
    assert_eq!(listed(visitor, "not-monitored", &vm).await, 1);
    assert!(!portal.simulator.monitored_ids(0).contains(&vm));
    assert_eq!(changes(portal, Endpoint::AddVms), 1);
    assert_eq!(changes(portal, Endpoint::ReleaseVms), 1);

    visitor
        .clicks_through(".tabs a[href='/t/shop/tickets']")
        .await;
    visitor.clicks_through("a[rel=next]").await;
    let list = visitor.path().await;
    assert_eq!(list, "/t/shop/tickets?page=2");
    let ids = visitor.attributes("tbody tr[data-id]", "data-id").await;
    visitor.clicks_through("tbody tr[data-id] th a").await;
    assert_eq!(visitor.attributes("article", "data-id").await, ids[..1]);
    assert!(visitor.sees("[data-part=analysis]").await);
    visitor.clicks_through("a.back").await;
    assert_eq!(visitor.path().await, list);
    let same = visitor.attributes("tbody tr[data-id]", "data-id").await;
    assert_eq!(same, ids);
}

/// How often a server stands in one of the two lists.
async fn listed(visitor: &TestClient, list: &str, id: &str) -> usize {
    let row = format!("[data-list={list:?}] tr[data-id={id:?}]");
    visitor.texts(&row).await.len()
}

async fn portal() -> TestPortal {
    let portal = TestPortal::start().await;
    portal.add_user("operator", "박운영", Role::Operator).await;
    portal
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_adds_releases_and_reads() {
    let portal = portal().await;
    let mut visitor = TestClient::of(&portal).await;
    works(&portal, &mut visitor).await;
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_adds_releases_and_reads_without_scripts() {
    let portal = portal().await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.disables_scripts().await;
    works(&portal, &mut visitor).await;
    visitor.leaves().await;
}

/// The API takes its time, so that the second click comes while the first is on its way.
async fn double_clicks(portal: &TestPortal, visitor: &mut TestClient) {
    visitor.signs_in("operator").await;
    visitor.opens("/t/shop/vms").await;
    let (_, vm) = to_add(portal);
    visitor.clicks(&choose(&vm)).await;
    let latency = std::time::Duration::from_millis(300);
    portal.simulator.set_latency(latency);
    visitor
        .clicks_through("form#not-monitored button:not([type=button])")
        .await;
    visitor.double_clicks_through("form.confirm button").await;
    assert_eq!(listed(visitor, "monitored", &vm).await, 1);
    let told = visitor.texts("[role=status]").await.concat();
    assert!(told.contains(&name(portal, &vm)), "{told}");

    visitor.clicks(&choose(&vm)).await;
    visitor
        .clicks_through("form#monitored button:not([type=button])")
        .await;
    visitor.double_clicks_through("form.confirm button").await;
    assert_eq!(listed(visitor, "monitored", &vm).await, 0);
    assert_eq!(changes(portal, Endpoint::AddVms), 1);
    assert_eq!(changes(portal, Endpoint::ReleaseVms), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_sends_once() {
    let portal = portal().await;
    let mut visitor = TestClient::of(&portal).await;
    double_clicks(&portal, &mut visitor).await;
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_does_its_work_once_without_scripts_too() {
    let portal = portal().await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.disables_scripts().await;
    double_clicks(&portal, &mut visitor).await;
    visitor.leaves().await;
}
