//! The vendor's monitoring history, with attribution to users.

use std::time::Duration;

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::simulator::Endpoint;

use crate::{
    control::{add, form, release},
    support::{ACME, Portal, TestClient, outline},
};

#[tokio::test]
async fn history_is_listed_newest_first_with_every_field() {
    let portal = Portal::start_with(|config| config.api.history = 12).await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.calls();
    let page = viewer.get("/t/acme/history").await;
    assert_eq!(portal.calls(), [Endpoint::History]);
    assert_snapshot!(outline(&page), @"
    # Monitoring history
    Monitoring changes as the API recorded them, newest first. The API names no person. Where names and time fit a request made through this portal, the portal says who asked. Where several servers have the name, it adds “a server of this name”: the change may be about another one.
    Download:
    [CSV](/t/acme/history.csv)
    [Excel](/t/acme/history.xlsx)
    1–10 of 12 in all
    Page 1 of 2
    [Next](/t/acme/history?page=2)
    [Last](/t/acme/history?page=2)
    | Registered | Change | Status | What | Asked by | Details | Reason | Billing | Number |
    | 2025-04-11 14:30:40 KST | New | Received | db-replica-209 | outside the portal | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4011 |
    | 2025-02-02 16:12:27 KST | Release | Received | db-replica-10 | outside the portal | 보안관제 해제가 완료되었습니다. | Requested by a user | Not billed | 4010 |
    | 2024-10-10 16:37:08 KST | New | Received | db-replica-209 | outside the portal | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4009 |
    | 2024-08-13 17:35:25 KST | New | Received | api-결제-09 | outside the portal | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4008 |
    | 2024-05-15 13:36:56 KST | New | Received | bastion-09 | outside the portal | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4007 |
    | 2024-03-01 08:34:40 KST | New | Received | redis-cache-09 | outside the portal | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4006 |
    | 2023-10-06 04:17:24 KST | New | Received | db-replica-203 db-replica-204 db-replica-205 db-replica-206 db-replica-207 | outside the portal | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4005 |
    | 2023-06-15 18:33:06 KST | Release | Received | bastion-08 검색엔진-08 bastion-09 redis-cache-09 api-결제-09 | outside the portal | 보안관제 해제가 완료되었습니다. | Requested by a user | Not billed | 4004 |
    | 2023-05-11 10:05:39 KST | Release | Received | web-prod-301 web-prod-302 web-prod-303 db-replica-10 | outside the portal | 보안관제 해제가 완료되었습니다. | Requested by a user | Not billed | 4003 |
    | 2022-12-27 14:00:52 KST | New | Received | admin-관리자-104 admin-관리자-105 admin-관리자-106 admin-관리자-107 admin-관리자-108 | outside the portal | 보안관제 추가가 완료되었습니다. | Requested by a user | Billed | 4002 |
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
async fn new_request_is_the_first_row_of_the_history() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    add(&mut operator, &[&vm]).await;
    let page = operator.get("/t/acme/history").await;
    let newest = page.rows("tbody tr").remove(0);
    assert_eq!(newest[0], "2025-06-11 12:00:00 KST");
    assert_eq!(newest[3], portal.name(&vm));
}

/// Column of the requesting user.
const ASKED_BY: usize = 4;

async fn asked_by(client: &mut TestClient) -> Vec<String> {
    let page = client.get("/t/acme/history").await;
    let rows = page.rows("tbody tr").into_iter();
    rows.map(|row| row[ASKED_BY].clone()).collect()
}

#[tokio::test]
async fn history_names_the_user_or_says_outside_the_portal() {
    let portal = Portal::start_with(|config| config.api.history = 3).await;
    let mut operator = portal.sign_in("operator").await;
    let mut viewer = portal.sign_in("viewer").await;
    // One behind another's back, one through the portal: a load balancer with its VMs.
    let (balancer, _) = portal.load_balancer(false);
    let alone = portal.vms(false, 1).remove(0);
    assert!(portal.simulator.add_behind_the_back(ACME, &alone));
    portal.clock.advance(TimeDelta::minutes(5));
    add(&mut operator, &[&balancer]).await;
    let outside = "outside the portal";
    let expected = ["operator", outside, outside, outside, outside];
    assert_eq!(asked_by(&mut viewer).await, expected);
    // The name links to the request.
    let page = viewer.get("/t/acme/history").await;
    let request = viewer.get(&page.link("td.requested-by a")).await;
    assert_eq!(request.count("tr[data-state]"), 1);
}

#[tokio::test]
async fn later_console_change_is_not_attributed_to_the_operator() {
    let portal = Portal::start_with(|config| {
        config.api.history = 0;
        config.api.delay = Duration::from_mins(1);
    })
    .await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    add(&mut operator, &[&vm]).await;
    portal.clock.advance(TimeDelta::minutes(10));
    assert!(portal.simulator.release_behind_the_back(ACME, &vm));
    portal.clock.advance(TimeDelta::hours(2));
    assert!(portal.simulator.add_behind_the_back(ACME, &vm));
    let outside = "outside the portal";
    assert_eq!(
        asked_by(&mut operator).await,
        [outside, outside, "operator"]
    );
}

#[tokio::test]
async fn unsent_request_explains_no_history_row() {
    let portal = Portal::start_with(|config| config.api.history = 0).await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    // Adding a monitored server sends nothing.
    let form = form(&mut operator, "add").await.smuggle("id", &vm);
    operator.submit(&form).await;
    assert!(portal.simulator.release_behind_the_back(ACME, &vm));
    portal.clock.advance(TimeDelta::minutes(2));
    assert!(portal.simulator.add_behind_the_back(ACME, &vm));
    let outside = "outside the portal";
    assert_eq!(asked_by(&mut operator).await, [outside, outside]);
}

#[tokio::test]
async fn console_release_is_not_attributed_to_an_earlier_request() {
    let portal = Portal::start_with(|config| {
        config.api.history = 0;
        config.api.delay = Duration::from_secs(10);
    })
    .await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    let mut row_of = async |what: &str| {
        portal.clock.advance(TimeDelta::seconds(20));
        let rows = asked_by(&mut operator).await;
        assert!(rows.iter().skip(1).all(|row| row == "operator"), "{what}");
        rows[0].clone()
    };
    let mut other = portal.sign_in("operator").await;
    release(&mut other, &[&vm]).await;
    assert_eq!(row_of("released").await, "operator");
    add(&mut other, &[&vm]).await;
    assert_eq!(row_of("added").await, "operator");
    assert!(portal.simulator.release_behind_the_back(ACME, &vm));
    assert_eq!(row_of("at the console").await, "outside the portal");
}

#[tokio::test]
async fn request_is_not_attributed_to_a_namesake() {
    let portal = Portal::start_with(|around| around.api.history = 0).await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    let name = portal.name(&vm);
    let namesake = portal.simulator.make_server_like(ACME, &vm, &name);
    let namesake = namesake.expect("is made");
    release(&mut operator, &[&vm]).await;
    let shown = async |client: &mut TestClient, id: &str| {
        let page = client.get(&format!("/t/acme/vms/{id}")).await;
        page.texts("[data-related=history] td.requested-by")
    };
    assert_eq!(shown(&mut operator, &vm).await, ["operator"]);
    assert_eq!(
        shown(&mut operator, &namesake).await,
        ["a server of this name"]
    );
    let both = "operator a server of this name";
    assert_eq!(asked_by(&mut operator).await, [both]);
    let file = operator.get("/t/acme/history.csv").await;
    let file = String::from_utf8(file.body).expect("is text");
    assert!(
        file.contains("\"operator, a server of this name\""),
        "{file}"
    );
    // A row without a request may be about either.
    assert!(portal.simulator.add_behind_the_back(ACME, &namesake));
    portal.clock.advance(TimeDelta::minutes(5));
    for id in [&vm, &namesake] {
        let newest = shown(&mut operator, id).await.remove(0);
        assert_eq!(newest, "outside the portal a server of this name");
    }
}
