//! The search of a team: one field for everything.

use chrono::TimeDelta;
use secmon_portal::{
    model::{EVENTS, ListQuery, TICKETS, TicketId},
    simulator::Outage,
    store::{ArchivedEvent, ArchivedTicket},
};
use url::form_urlencoded::byte_serialize;

use crate::support::{ACME, OTHER, Page, Portal, TestClient};

async fn archived() -> (Portal, TestClient) {
    let portal = Portal::start_with(|config| config.api.events = 60).await;
    portal.fill_archive().await;
    let mut client = portal.sign_in("viewer").await;
    // The lists of servers are read.
    client.get("/t/acme/vms").await;
    (portal, client)
}

async fn search(viewer: &mut TestClient, text: &str) -> Page {
    let text: String = byte_serialize(text.as_bytes()).collect();
    viewer.get(&format!("/t/acme/search?q={text}")).await
}

async fn first_ticket(portal: &Portal) -> ArchivedTicket {
    let team = portal.team("acme").await;
    let query = ListQuery::new(&TICKETS);
    let rows = portal.store.archive_rows(&team.id, &query, 1).await;
    rows.expect("are read").remove(0)
}

#[tokio::test]
async fn search_finds_tickets_by_name_and_marks_the_match() {
    let (portal, mut viewer) = archived().await;
    let ticket = first_ticket(&portal).await.ticket;
    let name = ticket.name.expect("has a name");
    let word = name.split(['_', ' ']).next().expect("has a word");
    let page = search(&mut viewer, &word.to_uppercase()).await;
    assert_eq!(page.status, 200);
    let marked = page.texts("[data-group=tickets] th mark");
    assert!(marked.iter().any(|mark| mark == word), "{word}: {marked:?}");
    // The list has as many rows as the search says.
    let all = page.link("[data-group=tickets] a[data-all]");
    let list = viewer.get(&all).await;
    assert_eq!(
        list.attributes("[data-source]", "data-total"),
        page.attributes("section[data-group=tickets]", "data-total")
    );
}

#[tokio::test]
async fn search_shows_the_place_of_a_match_in_the_analysis() {
    let (_portal, mut viewer) = archived().await;
    let page = search(&mut viewer, "공격자").await;
    let excerpts = page.texts("[data-group=tickets] [data-excerpt] mark");
    assert!(!excerpts.is_empty());
    assert!(excerpts.iter().all(|mark| mark == "공격자"), "{excerpts:?}");
}

#[tokio::test]
async fn exact_ids_lead_straight_to_their_pages() {
    let (portal, mut viewer) = archived().await;
    let ticket = portal.simulator.ticket_ids(ACME).remove(0);
    let server = portal.vms(true, 1).remove(0);
    let (balancer, _) = portal.load_balancer(true);
    for (id, there) in [
        (&ticket, format!("/t/acme/tickets/{ticket}")),
        (&server, format!("/t/acme/vms/{server}")),
        (&balancer, format!("/t/acme/vms/{balancer}")),
    ] {
        let page = search(&mut viewer, &format!(" {id} ")).await;
        assert_eq!(page.status, 303);
        assert_eq!(page.location(), Some(there));
    }
    let foreign = portal.simulator.ticket_ids(OTHER).remove(0);
    assert!(foreign.parse::<TicketId>().is_ok());
    assert_eq!(search(&mut viewer, &foreign).await.status, 200);
}

#[tokio::test]
async fn ticket_that_is_not_archived_yet_is_found_at_the_source() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let ticket = portal.simulator.ticket_ids(ACME).remove(0);
    let page = search(&mut viewer, &ticket).await;
    assert_eq!(page.location(), Some(format!("/t/acme/tickets/{ticket}")));
    portal.calls();
    let page = search(&mut viewer, "web").await;
    assert_eq!(page.status, 200);
    assert!(portal.calls().is_empty(), "a word is no ticket's id");
    assert!(page.alert().contains("The archive is empty"));
}

#[tokio::test]
async fn search_finds_events_by_address_name_and_port() {
    let (portal, mut viewer) = archived().await;
    let team = portal.team("acme").await;
    let query = ListQuery::new(&EVENTS);
    let rows = portal.store.archive_rows(&team.id, &query, 1).await;
    let mut rows: Vec<ArchivedEvent> = rows.expect("are read");
    let event = rows.remove(0).event;
    for (text, parameter) in [
        (event.source_ip.expect("has a source"), "address"),
        (event.destination_port.expect("has a port"), "port"),
        (event.name.expect("has a name"), "q"),
    ] {
        let page = search(&mut viewer, &text).await;
        let lists = page.attributes("[data-group=events] a[data-all]", "href");
        let start = format!("/t/acme/events?{parameter}=");
        assert!(
            lists.iter().any(|list| list.starts_with(&start)),
            "{text}: {lists:?}"
        );
        assert_eq!(page.has("a[data-address]"), parameter == "address");
    }
}

#[tokio::test]
async fn search_finds_servers_and_nothing_of_other_teams() {
    let (portal, mut viewer) = archived().await;
    let server = portal.vms(true, 1).remove(0);
    let name = portal.name(&server);
    let page = search(&mut viewer, &format!("\"{name}\"")).await;
    assert!(page.ids("[data-group=servers]").contains(&server));
    assert_eq!(page.texts("[data-group=servers] mark")[0], name);
    let mut stranger = portal.sign_in("stranger").await;
    let text: String = byte_serialize(name.as_bytes()).collect();
    let elsewhere = stranger.get(&format!("/t/other/search?q={text}")).await;
    assert!(!elsewhere.ids("main").contains(&server));
    assert_eq!(stranger.get("/t/acme/search?q=a").await.status, 404);
}

#[tokio::test]
async fn search_without_a_word_searches_nothing() {
    let (_portal, mut viewer) = archived().await;
    for text in ["", "   ", "\u{200b}"] {
        let page = search(&mut viewer, text).await;
        assert_eq!(page.status, 200);
        assert!(!page.has("[data-group]"), "{text:?}");
        assert!(page.has("header form[role=search] input[name=q]"));
    }
    let page = search(&mut viewer, "뷁뷁뷁뷁").await;
    assert_eq!(page.text_of("main .empty"), "No results.");
}

#[tokio::test]
async fn search_works_while_the_source_is_down() {
    let (portal, mut viewer) = archived().await;
    let ticket = first_ticket(&portal).await.ticket;
    portal.clock.advance(TimeDelta::minutes(10));
    let outage: Outage = "unavailable".parse().expect("a fault");
    portal.simulator.set_fault(None, outage);
    let page = search(&mut viewer, &ticket.name.expect("has a name")).await;
    assert_eq!(page.status, 200);
    assert!(page.has("[data-group=tickets] tr[data-id]"));
    assert!(page.alert().contains("does not answer"), "{}", page.alert());
}
