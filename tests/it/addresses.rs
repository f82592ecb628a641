//! The page of an address and of a range of them.

use secmon_portal::{
    model::{ListQuery, TICKETS},
    store::ArchivedTicket,
};

use crate::support::{Portal, TestClient};

async fn archived() -> (Portal, TestClient) {
    let portal = Portal::start_with(|config| config.api.events = 200).await;
    portal.fill_archive().await;
    let client = portal.sign_in("viewer").await;
    (portal, client)
}

/// The archived tickets with a source.
async fn tickets(portal: &Portal) -> Vec<ArchivedTicket> {
    let team = portal.team("acme").await;
    let query = ListQuery::new(&TICKETS);
    let rows = portal.store.archive_rows(&team.id, &query, 1000).await;
    let mut rows: Vec<ArchivedTicket> = rows.expect("are read");
    rows.retain(|row| row.ticket.source_ip.is_some());
    rows
}

#[tokio::test]
async fn address_page_shows_everything_that_names_it() {
    let (portal, mut viewer) = archived().await;
    let tickets = tickets(&portal).await;
    let source = tickets[0].ticket.source_ip.clone().expect("has a source");
    let page = viewer.get(&format!("/t/acme/addresses/{source}")).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.text_of("h1"), format!("Address {source}"));
    let from_it = tickets
        .iter()
        .filter(|row| row.ticket.source_ip.as_ref() == Some(&source));
    let as_source = "[data-appearance=address-tickets-source]";
    assert_eq!(
        page.attributes(as_source, "data-total"),
        [from_it.count().to_string()]
    );
    let list = page.link(&format!("{as_source} a"));
    assert_eq!(list, format!("/t/acme/tickets?source={source}"));
    assert_eq!(
        viewer
            .get(&list)
            .await
            .attributes("[data-source]", "data-total"),
        page.attributes(as_source, "data-total")
    );
    let id = tickets[0].ticket.id.as_ref().expect("has an id");
    assert!(page.has(&format!("tr[data-id='{id}']")));
    assert!(page.has("[data-fact=first-seen] time"));
    assert!(page.has("[data-fact=last-seen] time"));
    for kind in ["tickets", "events", "history"] {
        let complete = page.attributes(&format!("[data-kind={kind}]"), "data-complete");
        assert_eq!(complete, ["yes"], "{kind}");
    }
}

#[tokio::test]
async fn range_in_an_address_may_be_written_with_its_slash() {
    let (portal, mut viewer) = archived().await;
    let tickets = tickets(&portal).await;
    let mut totals = Vec::new();
    for range in ["0.0.0.0/0", "0.0.0.0%2F0", "0.0.0.0/0/"] {
        let page = viewer.get(&format!("/t/acme/addresses/{range}")).await;
        assert_eq!(page.status, 200, "{range}");
        assert_eq!(page.text_of("h1"), "Address 0.0.0.0/0");
        totals.extend(page.attributes("[data-appearance=address-tickets-source]", "data-total"));
        assert!(page.has("svg.day-chart[aria-label] rect"));
        assert!(page.has("tr[data-day]"));
    }
    assert_eq!(totals, vec![tickets.len().to_string(); 3]);
    let none = viewer.get("/t/acme/addresses/2001:db8:ffff::/48").await;
    assert_eq!(none.status, 200);
    assert!(
        none.text
            .contains("The archive has no record of this address.")
    );
}

#[tokio::test]
async fn what_is_no_address_gets_a_page_with_a_search() {
    let (_portal, mut viewer) = archived().await;
    let page = viewer.get("/t/acme/addresses/web-01%3Cb%3E").await;
    assert_eq!(page.status, 404);
    assert!(page.alert().starts_with("“web-01<b>” is neither"));
    assert_eq!(page.form("main form").value("q"), Some("web-01<b>"));
    assert_eq!(viewer.get("/t/other/addresses/10.0.0.1").await.status, 404);
}

#[tokio::test]
async fn address_page_of_a_server_leads_to_it() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    viewer.get("/t/acme/vms").await;
    let team = portal.team("acme").await;
    let servers = portal
        .store
        .known_servers(&team.id)
        .await
        .expect("are read");
    let server = &servers[0];
    let address = server.address.split(", ").next().expect("has an address");
    let page = viewer.get(&format!("/t/acme/addresses/{address}")).await;
    assert_eq!(page.ids("main"), std::slice::from_ref(&server.id));
    // The archive is empty, and the page says so.
    assert!(page.alert().contains("The archive is empty"));
}
