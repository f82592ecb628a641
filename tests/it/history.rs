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
    assert_snapshot!(outline(&page), @r"
    # Change history
    Changes of control as the API recorded them, newest first. They name no person.
    1–10 of 12 in all
    Page 1 of 2
    [Next](/t/acme/history?page=2)
    [Last](/t/acme/history?page=2)
    | Registered | Change | Status | What | Details | Reason | Billing | Number |
    | 2025-04-11 14:30:40 KST | New | Received | db-replica-209 | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4011 |
    | 2025-02-02 16:12:27 KST | Release | Received | db-replica-10 | 보안관제 해제가 완료되었습니다. | Requested by a user | Not billed | 4010 |
    | 2024-10-10 16:37:08 KST | New | Received | db-replica-209 | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4009 |
    | 2024-08-13 17:35:25 KST | New | Received | api-결제-09 | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4008 |
    | 2024-05-15 13:36:56 KST | New | Received | bastion-09 | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4007 |
    | 2024-03-01 08:34:40 KST | New | Received | redis-cache-09 | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4006 |
    | 2023-10-06 04:17:24 KST | New | Received | db-replica-203 db-replica-204 db-replica-205 db-replica-206 db-replica-207 | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4005 |
    | 2023-06-15 18:33:06 KST | Release | Received | bastion-08 검색엔진-08 bastion-09 redis-cache-09 api-결제-09 | 보안관제 해제가 완료되었습니다. | Requested by a user | Not billed | 4004 |
    | 2023-05-11 10:05:39 KST | Release | Received | web-prod-301 web-prod-302 web-prod-303 db-replica-10 | 보안관제 해제가 완료되었습니다. | Requested by a user | Not billed | 4003 |
    | 2022-12-27 14:00:52 KST | New | Received | admin-관리자-104 admin-관리자-105 admin-관리자-106 admin-관리자-107 admin-관리자-108 | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4002 |
    1–10 of 12 in all
    Page 1 of 2
    [Next](/t/acme/history?page=2)
    [Last](/t/acme/history?page=2)
    ");
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
