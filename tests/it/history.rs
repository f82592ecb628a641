//! The history of control, as the vendor keeps it.

use insta::assert_snapshot;
use secmon_portal::simulator::Endpoint;

use crate::{
    control::add,
    support::{Portal, outline},
};

#[tokio::test]
async fn the_newest_changes_come_first_with_every_field() {
    let portal = Portal::start_with(|it| it.api.history = 12).await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.calls();
    let page = viewer.get("/t/acme/history").await;
    assert_eq!(portal.calls(), [Endpoint::History]);
    assert_snapshot!(outline(&page), @"");
}

#[tokio::test]
async fn pages_lead_to_each_other() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/history").await;
    assert_eq!(page.texts(".pager-total"), ["1–10 of 25 in all"; 2]);
    let next = viewer.get(&page.link("a[rel=next]")).await;
    assert_eq!(next.address, "/t/acme/history?page=2");
    let last = viewer.get(&next.link("a[rel=next]")).await;
    assert_eq!(last.count("tbody tr[data-id]"), 5);
    assert!(!last.has("a[rel=next]"));
    let first = viewer.get(&next.link("a[rel=prev]")).await;
    assert_eq!(first.ids("table"), page.ids("table"));
}

#[tokio::test]
async fn what_was_just_added_stands_at_the_top() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    add(&mut operator, &[&vm]).await;
    let page = operator.get("/t/acme/history").await;
    let newest = page.rows("tbody tr").remove(0);
    assert_eq!(newest[0], "2025-06-11 12:00:00 KST");
    assert_eq!(newest[3], portal.name(&vm));
}
