//! Coverage, its history, and server changes, from recorded list readings.

use std::time::Duration;

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::simulator::Fault;

use crate::{
    control::{add, form, release},
    support::{ACME, Page, Portal, TestClient, outline},
};

/// Rows of the server list under a filter.
async fn shown(client: &mut TestClient, choice: &str) -> Vec<String> {
    let page = client.get(&format!("/t/acme/vms?show={choice}")).await;
    page.ids("table.servers")
}

/// Change and user of each row in the overview's table of changes.
fn changes(page: &Page) -> Vec<(String, String)> {
    let rows = page.rows("tr[data-change]").into_iter();
    rows.map(|row| (row[1].clone(), row[2].clone())).collect()
}

#[tokio::test]
async fn overview_tells_coverage_and_since_when() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    viewer.get("/t/acme/vms").await;
    let page = viewer.get("/t/acme").await;
    assert_snapshot!(outline(&page), @"
    # Acme
    Korea (Pangyo) region · Your role: Viewer
    ## Coverage
    22 of 40 servers are monitored. 1 waiting 17 not monitored
    As of 2025-06-11 12:00:00 KST
    ## Unmonitored servers
    The latest 10.
    | Server | Addresses | Not monitored since |
    | admin-관리자-101 | 192.168.0.7 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-102 | 192.168.0.8 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-103 | 192.168.0.9 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-104 | 192.168.0.10 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-105 | 192.168.0.11 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-106 | 192.168.0.12 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-107 | 192.168.0.13 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-108 | 192.168.0.14 | 2025-06-11 12:00:00 KST or earlier |
    | api-결제-07 | 192.168.0.31 | 2025-06-11 12:00:00 KST or earlier |
    | api-결제-09 | 133.186.111.8, 192.168.0.38 | 2025-06-11 12:00:00 KST or earlier |
    [7 more unmonitored servers](/t/acme/vms#not-monitored-list)
    ## Changes in the last 7 days
    In the last 7 days the portal has seen no server come or go, and no monitoring begin or end.
    [ServersSee which servers are monitored and which are not; add and release them.](/t/acme/vms)
    [Response ticketsIncident responses by the monitoring center, newest first.](/t/acme/tickets)
    [Detected eventsDetected events, up to three months back. Times are Korean time (KST, UTC+9).](/t/acme/events)
    [Monitoring historyMonitoring changes as the API recorded them, newest first.](/t/acme/history)
    [Change requestsServers added or released through this portal, newest first. Each request is tracked in the API's lists to its end.](/t/acme/requests)
    ## Recent requests
    Nothing has been added or released through this portal yet.
    ");
}

#[tokio::test]
async fn release_is_shown_with_its_time_and_user() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_mins(10)).await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    release(&mut operator, &[&vm]).await;
    portal.clock.advance(TimeDelta::minutes(11));
    operator.get("/t/acme/vms").await;
    let page = operator.get("/t/acme").await;
    let name = portal.name(&vm);
    let told = "No longer monitored asked by operator".to_owned();
    assert_eq!(changes(&page)[0], (name.clone(), told));
    let row = page.rows("tr[data-id]").remove(0);
    assert_eq!(
        (row[0].as_str(), row[2].as_str()),
        (name.as_str(), "2025-06-11 12:11:00 KST")
    );
    assert_eq!(shown(&mut operator, "elsewhere").await, [""; 0]);
    assert!(shown(&mut operator, "changed").await.contains(&vm));
}

#[tokio::test]
async fn release_outside_the_portal_is_marked_until_added_again() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_mins(1)).await;
    let mut operator = portal.sign_in("operator").await;
    operator.get("/t/acme/vms").await;
    let (balancer, behind) = portal.load_balancer(true);
    assert!(portal.simulator.release_behind_the_back(ACME, &balancer));
    portal.clock.advance(TimeDelta::minutes(2));
    let page = operator.get("/t/acme/vms").await;
    assert_eq!(
        page.count("#not-monitored-list .badge-elsewhere"),
        behind.len()
    );
    assert!(
        page.text_of(&format!("tr[data-id='{}']", behind[0]))
            .contains("Released outside this portal not monitored since 2025-06-11 12:02:00 KST")
    );
    // A load balancer is shown as a whole.
    let mut whole = vec![balancer.clone()];
    whole.extend(behind.clone());
    assert_eq!(shown(&mut operator, "elsewhere").await, whole);
    let overview = operator.get("/t/acme").await;
    let told = changes(&overview);
    assert_eq!(told.len(), 10);
    assert!(overview.text_of("main").contains("The latest 10."));
    assert_eq!(told[0].1, "No longer monitored outside the portal");
    // All that the filter shows, and nothing else, can be added at once.
    let list = operator.get("/t/acme/vms?show=elsewhere").await;
    let all = list.attributes("#not-monitored-list .select-matching", "formaction");
    assert!(all.is_empty(), "one thing needs no button for all");
    add(&mut operator, &[&balancer]).await;
    portal.clock.advance(TimeDelta::minutes(2));
    operator.get("/t/acme/vms").await;
    assert_eq!(shown(&mut operator, "elsewhere").await, [""; 0]);
}

#[tokio::test]
async fn console_release_is_not_explained_by_an_earlier_one() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_mins(1)).await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    release(&mut operator, &[&vm]).await;
    portal.clock.advance(TimeDelta::minutes(2));
    add(&mut operator, &[&vm]).await;
    portal.clock.advance(TimeDelta::minutes(2));
    operator.get("/t/acme/vms").await;
    assert!(portal.simulator.release_behind_the_back(ACME, &vm));
    portal.clock.advance(TimeDelta::minutes(2));
    operator.get("/t/acme/vms").await;
    let overview = operator.get("/t/acme").await;
    let of_it = changes(&overview);
    let of_it = of_it.iter().filter(|(name, _)| *name == portal.name(&vm));
    let told: Vec<_> = of_it.map(|(_, told)| told.as_str()).collect();
    assert_eq!(
        told,
        [
            "No longer monitored outside the portal",
            "Monitored asked by operator",
            "No longer monitored asked by operator",
        ]
    );
    assert_eq!(shown(&mut operator, "elsewhere").await, [vm]);
}

#[tokio::test]
async fn new_server_stands_out_until_added() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_mins(1)).await;
    let mut operator = portal.sign_in("operator").await;
    let page = operator.get("/t/acme/vms").await;
    assert!(
        !page.has(".badge-new-server"),
        "what was there at first is not new"
    );
    let like = portal.vms(false, 1).remove(0);
    let made: Vec<String> = ["새-서버-1", "새-서버-2"]
        .iter()
        .filter_map(|name| portal.simulator.make_server_like(ACME, &like, name))
        .collect();
    portal.clock.advance(TimeDelta::minutes(1));
    let page = operator.get("/t/acme/vms").await;
    assert_eq!(page.count(".badge-new-server"), 2);
    assert_eq!(shown(&mut operator, "new").await, made);
    let overview = operator.get("/t/acme").await;
    let rows = overview.rows("tr[data-id]");
    assert!(rows[0][0].ends_with("New server"), "{rows:?}");
    // "All that match" of this filter covers these two, and names the filter.
    let list = operator.get("/t/acme/vms?show=new").await;
    let all = list
        .attributes("#not-monitored-list .select-matching", "formaction")
        .remove(0);
    let form = list.form("form#not-monitored").to(&all);
    let asked = operator.submit(&form).await;
    assert_eq!(asked.ids("main"), made);
    assert!(
        asked
            .text_of(".effects")
            .contains("All that matches New servers that nobody has added is selected")
    );
    operator.submit(&asked.form("form.confirm")).await;
    portal.clock.advance(TimeDelta::minutes(2));
    let page = operator.get("/t/acme/vms").await;
    assert!(!page.has(".badge-new-server"));
    let overview = operator.get("/t/acme").await;
    assert_eq!(changes(&overview)[0].1, "Monitored asked by operator");
}

#[tokio::test]
async fn overview_of_teams_sums_coverage() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_mins(1)).await;
    let mut everywhere = portal.sign_in("site-admin").await;
    let page = everywhere.get("/").await;
    assert_eq!(page.texts(".card-link .coverage-line"), [""; 0]);
    everywhere.get("/t/acme/vms").await;
    everywhere.get("/t/other/vms").await;
    let vm = portal.vms(true, 1).remove(0);
    assert!(portal.simulator.release_behind_the_back(ACME, &vm));
    portal.clock.advance(TimeDelta::minutes(2));
    everywhere.get("/t/acme/vms").await;
    let page = everywhere.get("/").await;
    assert_snapshot!(outline(&page), @"
    # Teams
    ## Coverage of all teams
    36 of 80 servers are monitored. 1 waiting 43 not monitored
    2 in all
    [Acme Korea (Pangyo) region · Admin 22 of 40 servers are monitored. 18 not monitored As of 2025-06-11 12:02:00 KST](/t/acme)
    [Other Korea (Pangyo) region · Admin 14 of 40 servers are monitored. 1 waiting 25 not monitored As of 2025-06-11 12:00:00 KST](/t/other)
    ## Unmonitored servers
    The latest 10.
    | Server | Team | Addresses | Not monitored since |
    | db-replica-03 Released outside this portal | Acme | 192.168.0.15 | 2025-06-11 12:02:00 KST |
    | admin-관리자-101 | Acme | 192.168.0.7 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-102 | Acme | 192.168.0.8 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-103 | Acme | 192.168.0.9 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-104 | Acme | 192.168.0.10 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-105 | Acme | 192.168.0.11 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-106 | Acme | 192.168.0.12 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-107 | Acme | 192.168.0.13 | 2025-06-11 12:00:00 KST or earlier |
    | admin-관리자-108 | Acme | 192.168.0.14 | 2025-06-11 12:00:00 KST or earlier |
    | api-결제-07 | Acme | 192.168.0.31 | 2025-06-11 12:00:00 KST or earlier |
    ## Changes in the last 7 days
    | Seen | Server | Team | Change |
    | 2025-06-11 12:02:00 KST | db-replica-03 | Acme | No longer monitored outside the portal |
    | 2025-06-11 12:02:00 KST | db-replica-07 | Acme | Monitored outside the portal |
    ");
}

#[tokio::test]
async fn lists_are_polled_at_the_interval_by_one_portal() {
    let portal = Portal::start().await;
    let poller = portal.control.poller(Some(Duration::from_mins(5)));
    let mut reads = Vec::new();
    for minutes in [1, 5, 1, 5, 6] {
        portal.clock.advance(TimeDelta::minutes(minutes));
        portal.calls();
        portal.run_due(poller.clone()).await;
        portal.run_due(poller.clone()).await;
        reads.push(portal.calls().len());
    }
    // Both lists of both teams.
    assert_eq!(reads, [0, 4, 0, 4, 4]);
    let mut viewer = portal.sign_in("viewer").await;
    portal.calls();
    let page = viewer.get("/t/acme").await;
    assert_eq!(portal.calls(), [], "the overview tells what is known");
    assert!(
        page.text_of(".freshness")
            .contains("2025-06-11 12:18:00 KST")
    );
}

#[tokio::test]
async fn overview_tells_the_last_reading_without_api_calls() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.simulator.set_fault(Some(ACME), Fault::Refused);
    let page = viewer.get("/t/acme").await;
    assert_eq!(
        page.texts(".empty")[0],
        "No data yet. It will appear shortly; opening Servers reads the lists at once."
    );
    assert_eq!(viewer.get("/t/acme/vms").await.status, 502);
    portal.simulator.set_fault(Some(ACME), None);
    viewer.get("/t/acme/vms").await;
    portal.simulator.set_fault(Some(ACME), Fault::Refused);
    portal.clock.advance(TimeDelta::hours(1));
    viewer.get("/t/acme/vms").await;
    portal.calls();
    let page = viewer.get("/t/acme").await;
    assert_eq!(portal.calls(), []);
    assert_eq!(page.text_of(".freshness"), "As of 2025-06-11 12:00:00 KST");
}

#[tokio::test]
async fn overview_warns_until_the_lists_can_be_read() {
    let portal = Portal::start().await;
    let every = Some(Duration::from_mins(5));
    let poller = portal.control.poller(every);
    let mut viewer = portal.sign_in("viewer").await;
    portal.simulator.set_fault(Some(ACME), Fault::Refused);
    for _ in 0..2 {
        portal.clock.advance(TimeDelta::minutes(6));
        portal.run_due(poller.clone()).await;
    }
    let page = viewer.get("/t/acme").await;
    assert_eq!(
        page.alert(),
        "The lists could not be read the last 2 times, so that what stands here may be out of date. Open Servers to see why"
    );
    let mut stranger = portal.sign_in("stranger").await;
    assert!(!stranger.get("/t/other").await.has("[role=alert]"));
    portal.simulator.set_fault(Some(ACME), None);
    viewer.get("/t/acme/vms").await;
    assert!(!viewer.get("/t/acme").await.has("[role=alert]"));
}

#[tokio::test]
async fn filter_is_kept_through_sort_and_actions() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let page = operator
        .get("/t/acme/vms?q=web&show=changed&sort=-name")
        .await;
    assert_eq!(
        page.attributes("#show option[selected]", "value"),
        ["changed"]
    );
    let form = form(&mut operator, "add").await;
    assert_eq!(form.value("back"), Some("/t/acme/vms"));
    let all = operator.get("/t/acme/vms?show=new&q=zzz").await;
    assert_eq!(all.link(".filter a"), "/t/acme/vms");
    let sorted = page.attributes("th a", "href");
    assert!(
        sorted
            .iter()
            .all(|sorted| sorted.contains("q=web&show=changed")),
        "{sorted:?}"
    );
}
