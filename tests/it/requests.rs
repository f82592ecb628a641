//! The list of change requests: filters, order, and exports.

use crate::{
    control::{form, release},
    exports::{column, csv_of},
    support::{Page, Portal, TestClient},
};

/// A portal with an addition by the operator, and an hour later a release by the admin.
async fn portal() -> (Portal, String, String) {
    let portal = Portal::start().await;
    let (added, released) = (
        portal.vms(false, 1).remove(0),
        portal.vms(true, 1).remove(0),
    );
    let mut operator = portal.sign_in("operator").await;
    let add = form(&mut operator, "add").await.check(&[&added]);
    let add = add.smuggle("id", "no-such-server");
    assert_eq!(operator.submit(&add).await.status, 303);
    portal.clock.advance(chrono::TimeDelta::hours(1));
    let mut admin = portal.sign_in("admin").await;
    release(&mut admin, &[&released]).await;
    (portal, added, released)
}

async fn requesters(client: &mut TestClient, query: &str) -> Vec<String> {
    let page = client.get(&format!("/t/acme/requests?{query}")).await;
    assert_eq!(page.status, 200, "{query}");
    let total = page.attributes("[data-total]", "data-total");
    let requesters = page.texts("tbody td:nth-child(3)");
    assert_eq!(total, [requesters.len().to_string()], "{query}");
    requesters
}

#[tokio::test]
async fn requests_are_filtered_by_text_user_state_and_period() {
    let (portal, added, released) = portal().await;
    let mut viewer = portal.sign_in("viewer").await;
    let (added, released) = (portal.name(&added), portal.name(&released));
    for (query, expected) in [
        ("", vec!["admin", "operator"]),
        ("sort=at", vec!["operator", "admin"]),
        (&format!("q={added}"), vec!["operator"]),
        (&format!("q={}", released.to_uppercase()), vec!["admin"]),
        ("q=no-such-server", vec!["operator"]),
        ("q=-no-such-server", vec!["admin"]),
        ("user=admin", vec!["admin"]),
        ("user=nobody", vec![]),
        ("state=done&user=operator", vec!["operator"]),
        ("state=skipped", vec!["operator"]),
        ("state=failed", vec![]),
        ("from=2025-06-11T12:30", vec!["admin"]),
        ("to=2025-06-11T12:30", vec!["operator"]),
        ("to=2025-06-10", vec![]),
        ("user=admin&state=waiting", vec![]),
    ] {
        assert_eq!(requesters(&mut viewer, query).await, expected, "{query}");
    }
    let page = viewer.get("/t/acme/requests?from=yesterday").await;
    assert_eq!(page.status, 422);
    assert!(page.alert().contains("yesterday"));
}

#[tokio::test]
async fn request_links_keep_filter_order_and_limit() {
    let (portal, ..) = portal().await;
    let mut viewer = portal.sign_in("viewer").await;
    let kept = "user=admin&sort=at&limit=50";
    let page = viewer.get(&format!("/t/acme/requests?{kept}&utm=x")).await;
    let files = |page: &Page| page.attributes(".files a", "href");
    assert_eq!(
        files(&page),
        ["csv", "xlsx"].map(|format| format!("/t/acme/requests.{format}?{kept}"))
    );
    let page = viewer.get("/t/acme/requests?limit=7").await;
    assert_eq!(files(&page)[0], "/t/acme/requests.csv");
}

#[tokio::test]
async fn request_export_holds_every_item_of_the_filter() {
    let (portal, added, released) = portal().await;
    let mut viewer = portal.sign_in("viewer").await;
    let all = csv_of(&mut viewer, "/t/acme/requests.csv").await;
    assert_eq!(column(&all, "Asked by"), ["admin", "operator", "operator"]);
    let ids = column(&all, "ID");
    assert_eq!(ids, [released, added, "no-such-server".to_owned()]);
    assert_eq!(column(&all, "State")[1..], ["done", "skipped"]);
    let filtered = csv_of(&mut viewer, "/t/acme/requests.csv?user=admin").await;
    assert_eq!(filtered.len(), 2);
    let unknown = csv_of(&mut viewer, "/t/acme/requests.csv?state=junk").await;
    assert_eq!(unknown.len(), 1);
    let answer = viewer.get("/t/acme/requests.xlsx?from=junk").await;
    assert_eq!(answer.status, 422);
}
