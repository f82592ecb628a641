//! A server's rows in the archive.

use chrono::TimeDelta;

use super::total;
use crate::{
    exports::{column, csv_of},
    support::{ACME, Portal},
};

#[tokio::test]
async fn server_page_finds_its_rows_in_the_whole_archive() {
    let portal = Portal::start_with(|config| {
        config.api.vms = 40;
        config.api.tickets = 90;
    })
    .await;
    portal.fill_archive().await;
    let mut viewer = portal.sign_in("viewer").await;
    let tickets = csv_of(&mut viewer, "/t/acme/tickets.csv").await;
    let targets = column(&tickets, "Destination IP");
    let ids = column(&tickets, "Number");
    let servers = csv_of(&mut viewer, "/t/acme/vms.csv").await;
    let ips = column(&servers, "Floating IP");
    // The last tickets of the list are beyond what a scan of the source reaches.
    let place = targets.iter().rposition(|target| ips.contains(target));
    let ip = &targets[place.expect("a ticket about a server")];
    let at = ips.iter().position(|other| other == ip).expect("is there");
    let server = &column(&servers, "ID")[at];
    let page = viewer.get(&format!("/t/acme/vms/{server}")).await;
    let found = page.ids("[data-related=tickets]");
    let about = targets.iter().zip(&ids);
    let expected = about.filter(|(target, _)| *target == ip).map(|(_, id)| id);
    let expected: Vec<_> = expected.cloned().collect();
    assert_eq!(found, expected[..expected.len().min(20)]);
    let list = page.link("main > p a[href*=tickets]");
    assert!(list.contains(&format!("address={ip}")), "{list}");
    let list = viewer.get(&list).await;
    assert_eq!(total(&list), expected.len());
    let events = page.link("main > p a[href*=events]");
    let events = viewer.get(&events).await;
    let shown = page.texts("[data-related=events] td.when");
    assert_eq!(shown.len(), total(&events).min(20));
    assert_eq!(shown, events.texts("tbody td.when")[..shown.len()]);
}

#[tokio::test]
async fn rows_of_a_shared_name_are_no_server_s_own() {
    let portal = Portal::start_with(|config| {
        config.api.vms = 40;
        config.api.tickets = 90;
    })
    .await;
    let mut viewer = portal.sign_in("viewer").await;
    viewer.get("/t/acme/vms").await;
    portal.fill_archive().await;
    let tickets = csv_of(&mut viewer, "/t/acme/tickets.csv").await;
    let targets = column(&tickets, "Destination IP");
    let servers = csv_of(&mut viewer, "/t/acme/vms.csv").await;
    let ids = column(&servers, "ID");
    let ips = column(&servers, "Floating IP");
    let with_tickets = |place: &usize| targets.contains(&ips[*place]);
    let named = (0..ids.len()).find(with_tickets).expect("has tickets");
    let other = (0..ids.len()).find(|place| !ips[*place].is_empty() && !with_tickets(place));
    let (named, other) = (&ids[named], &ids[other.expect("has none")]);
    let name = portal.name(named);
    assert!(portal.simulator.rename_server(ACME, other, &name));
    portal.clock.advance(TimeDelta::minutes(6));
    viewer.get("/t/acme/vms").await;
    let page = viewer.get(&format!("/t/acme/vms/{other}")).await;
    assert_eq!(page.text_of("h1"), name);
    assert!(page.ids("[data-related=tickets]").is_empty());
    // The only server of the name is the one that the tickets were about.
    assert!(portal.simulator.rename_server(ACME, named, "renamed"));
    portal.clock.advance(TimeDelta::minutes(6));
    viewer.get("/t/acme/vms").await;
    let page = viewer.get(&format!("/t/acme/vms/{other}")).await;
    assert!(!page.ids("[data-related=tickets]").is_empty());
}
