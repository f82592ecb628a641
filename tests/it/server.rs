//! The page of one VM or load balancer.

use std::{collections::HashSet, time::Duration};

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::simulator::Fault;

use crate::{
    control::{add, outcome, release},
    support::{ACME, Page, Portal, TestClient, outline},
};

/// The server's facts on the page, one per line.
fn facts(page: &Page) -> String {
    let names = page.texts(".facts dt").into_iter();
    let told = page.texts(".facts dd").into_iter();
    let lines = names
        .zip(told)
        .map(|(name, told)| format!("{name}: {told}"));
    lines.collect::<Vec<_>>().join("\n")
}

async fn open(client: &mut TestClient, id: &str) -> Page {
    client.get(&format!("/t/acme/vms/{id}")).await
}

#[tokio::test]
async fn vm_page_shows_details_since_when_and_requests() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    release(&mut operator, &[&vm]).await;
    portal.clock.advance(TimeDelta::hours(1));
    let page = open(&mut operator, &vm).await;
    assert_eq!(page.text_of("h1"), portal.name(&vm));
    assert_snapshot!(outline(&page).replace(&vm, "ID"), @"
    [Back to Servers](/t/acme/vms)
    # db-replica-03
    Status
    Not monitored
    Floating IP
    –
    Fixed IP
    192.168.0.15
    OS
    Ubuntu 20.04.6 LTS
    Not monitored since
    2025-06-11 13:00:00 KST
    ID
    …
    (Add to monitoring…)
    ## Change requests
    | Asked at | Asked by | Asked | Result |
    | 2025-06-11 12:00:00 KST | operator | Release from monitoring | Done: the API no longer lists it as monitored. as of 2025-06-11 13:00:00 KST |
    ## Status history
    2025-06-11 13:00:00 KST
    No longer monitored
    [asked by operator](/t/acme/requests/…)
    ## Monitoring history
    Matched by name; may include other servers of the same name. 1 of all 26.
    | Registered | Change | What | Asked by | Details |
    | 2025-06-11 12:00:00 KST | Release | db-replica-03 | operator | 보안관제 해제가 완료되었습니다. |
    ## Response tickets
    Tickets from or to its addresses. 0 of the newest 30; older ones were not looked through.
    ## Detected events
    Events of the last 7 days from or to its addresses. 0 of the newest 30; older ones were not looked through.
    ");
}

#[tokio::test]
async fn load_balancer_and_its_vms_link_to_each_other() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let (balancer, behind) = portal.load_balancer(false);
    let page = open(&mut viewer, &balancer).await;
    assert_eq!(page.text_of("h1"), portal.name(&balancer));
    assert_eq!(page.ids("main .plain"), behind);
    let vm = viewer
        .get(&page.link(&format!("li[data-id='{}'] a", behind[0])))
        .await;
    assert!(
        facts(&vm).contains(&format!("Load balancer: {}", portal.name(&balancer))),
        "{}",
        facts(&vm)
    );
    assert!(!vm.has("form.server-change"), "a viewer may not change it");
}

#[tokio::test]
async fn load_balancer_page_shows_its_release_and_vm_history() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_mins(30)).await;
    let mut operator = portal.sign_in("operator").await;
    let (balancer, behind) = portal.load_balancer(true);
    open(&mut operator, &balancer).await;
    portal.clock.advance(TimeDelta::minutes(5));
    release(&mut operator, &[&balancer]).await;
    let page = open(&mut operator, &balancer).await;
    let told = facts(&page);
    assert!(
        told.contains("Monitored since: 2025-06-11 12:00:00 KST or earlier"),
        "{told}"
    );
    assert!(
        told.contains("Release requested: since 2025-06-11 12:05:00 KST"),
        "{told}"
    );
    let vm = open(&mut operator, &behind[0]).await;
    assert!(facts(&vm).contains("Release requested"), "it goes along");
    portal.clock.advance(TimeDelta::minutes(31));
    let page = open(&mut operator, &balancer).await;
    let told = facts(&page);
    assert!(
        told.contains("Not monitored since: 2025-06-11 12:36:00 KST"),
        "{told}"
    );
    assert!(!told.contains("Release requested"), "{told}");
    let seen = page.texts(".changes li");
    assert_eq!(seen.len(), behind.len(), "{seen:?}");
    let of_first = format!(
        "2025-06-11 12:36:00 KST {} No longer monitored asked by operator",
        vm.text_of("h1")
    );
    assert!(seen.contains(&of_first), "{seen:?}");
}

#[tokio::test]
async fn server_is_added_from_its_page_with_the_outcome_there() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let (balancer, behind) = portal.load_balancer(false);
    // A VM behind a load balancer changes only with it, and the page says so.
    let list = operator.get("/t/acme/vms?q=a&sort=-name").await;
    let there = list.link(&format!("tr[data-id='{}'] a.name", behind[0]));
    let page = operator.get(&there).await;
    assert!(
        page.text_of("form.server-change")
            .ends_with("Its load balancer and all VMs behind it go along.")
    );
    let asked = operator.submit(&page.form("form.server-change")).await;
    assert_eq!(asked.ids("main"), std::slice::from_ref(&balancer));
    let told = operator
        .submit_and_follow(&asked.form("form.confirm"))
        .await;
    assert!(told.address.starts_with(&there), "{}", told.address);
    assert!(outcome(&told).starts_with("Accepted"), "{}", outcome(&told));
    assert_eq!(
        told.count("main table tbody tr th a time"),
        1,
        "the request is listed"
    );
    // The link back keeps the list's filter and order.
    assert_eq!(told.link("a.back"), "/t/acme/vms?q=a&sort=-name");
    assert_eq!(portal.changes().len(), 1);
}

#[tokio::test]
async fn server_page_finds_tickets_and_events_by_its_addresses() {
    let portal = Portal::start_with(|config| {
        config.api.vms = 400;
        config.api.tickets = 300;
    })
    .await;
    let mut viewer = portal.sign_in("viewer").await;
    let list = viewer.get("/t/acme/vms").await;
    let rows = list.rows("table.servers tbody tr[data-id]").into_iter();
    let of_lists: Vec<(String, String)> = rows
        .map(|row| row[1].clone())
        .zip(list.ids("table.servers tbody"))
        .collect();
    let mut shown: Vec<(String, String)> = Vec::new();
    for number in 1..=3 {
        let page = viewer.get(&format!("/t/acme/tickets?page={number}")).await;
        let ips = page.texts("td[data-label='Destination IP'] code");
        shown.extend(ips.into_iter().zip(page.ids("tbody")));
    }
    let (ip, server) = of_lists
        .iter()
        .find(|(ip, _)| shown.iter().any(|(of_ticket, _)| of_ticket == ip))
        .expect("some ticket is about some server");
    let expected: Vec<&String> = shown
        .iter()
        .filter(|(it, _)| it == ip)
        .map(|(_, id)| id)
        .collect();
    portal.calls();
    let page = open(&mut viewer, server).await;
    let found = page.ids("[data-related=tickets]");
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    let ips: HashSet<String> = page
        .texts("[data-related=events] td[data-label='Destination IP'] code")
        .into_iter()
        .collect();
    assert!(ips.is_subset(&HashSet::from([ip.clone()])), "{ips:?}");
    let told = page.texts("main > p.muted").join("\n");
    assert!(
        told.contains(&format!(
            "{} of the newest 30; older ones were not looked through.",
            expected.len()
        )),
        "{told}"
    );
    let calls = portal.calls();
    assert!(calls.len() <= 2 + 9, "{calls:?}");
    // A ticket's link leads to the ticket.
    let ticket = viewer
        .get(&page.link("[data-related=tickets] tbody tr:first-child a"))
        .await;
    assert!(ticket.has("[data-part=analysis]"));
}

#[tokio::test]
async fn deleted_server_still_has_a_page() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    let name = portal.name(&vm);
    add(&mut operator, &[&vm]).await;
    assert!(portal.simulator.remove_server(ACME, &vm));
    for _ in 0..2 {
        portal.clock.advance(TimeDelta::minutes(6));
        operator.get("/t/acme/vms").await;
    }
    let page = open(&mut operator, &vm).await;
    assert_eq!((page.status, page.text_of("h1")), (200, name));
    assert!(
        facts(&page).starts_with("Status: The API does not list it."),
        "{}",
        facts(&page)
    );
    assert!(!page.has("form.server-change"));
    assert!(page.text_of(".changes").ends_with("No longer listed"));
}

#[tokio::test]
async fn unknown_server_and_other_teams_server_are_not_found() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for id in ["no-such-server", "%3Cb%3E", "..%2Fx", "a%00b"] {
        assert_eq!(open(&mut viewer, id).await.status, 404, "{id}");
    }
    let mut stranger = portal.sign_in("stranger").await;
    let vm = portal.vms(true, 1).remove(0);
    assert_eq!(open(&mut stranger, &vm).await.status, 404);
    assert_eq!(
        stranger.get(&format!("/t/other/vms/{vm}")).await.status,
        404
    );
}

#[tokio::test]
async fn server_page_shows_stored_data_while_the_api_fails() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    add(&mut operator, &[&vm]).await;
    portal.simulator.set_fault(Some(ACME), Fault::Refused);
    let page = open(&mut operator, &vm).await;
    assert_eq!((page.status, page.text_of("h1")), (502, portal.name(&vm)));
    assert!(
        page.text_of("main").contains("operator Add to monitoring"),
        "{}",
        page.text_of("main")
    );
    assert!(page.count("[role=alert]") >= 1);
}
