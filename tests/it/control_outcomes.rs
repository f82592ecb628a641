//! Ends of requests: overdue, undone, superseded, expired, or with a deleted server.

use std::time::Duration;

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::{model::ItemState, simulator::Fault};

use crate::{
    control::{add, outcome, outcomes, release},
    control_tracking::slow,
    support::{ACME, Portal},
};

#[tokio::test]
async fn item_is_overdue_after_an_hour() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_hours(3)).await;
    let mut operator = portal.sign_in("operator").await;
    let added = add(&mut operator, &portal.vms(false, 1)).await;
    portal.later(TimeDelta::minutes(59)).await;
    assert_eq!(portal.states().await, [ItemState::Waiting]);
    portal.later(TimeDelta::minutes(4)).await;
    assert_eq!(portal.states().await, [ItemState::Overdue]);
    let page = operator.get(&added.address).await;
    let told = outcome(&page);
    assert!(told.starts_with("Overdue: an hour has passed"), "{told}");
    // Late is not never.
    portal.later(TimeDelta::hours(2)).await;
    assert_eq!(portal.states().await, [ItemState::Done]);
}

#[tokio::test]
async fn item_undone_outside_the_portal_is_reported() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 2);
    let added = add(&mut operator, &vms).await;
    portal.later(TimeDelta::minutes(40)).await;
    assert_eq!(portal.states().await, [ItemState::Done, ItemState::Done]);
    assert!(portal.simulator.release_behind_the_back(ACME, &vms[0]));
    portal.clock.advance(TimeDelta::hours(1));
    // A later release by the portal does not undo the add: both are done.
    release(&mut operator, &vms[1..]).await;
    portal.later(TimeDelta::minutes(31)).await;
    let told = outcomes(&operator.get(&added.address).await);
    let told: Vec<_> = told.iter().map(|(_, told)| told.as_str()).collect();
    assert!(
        told[0].starts_with(
            "Reverted: the API no longer lists it as monitored. Changed outside this portal."
        ),
        "{}",
        told[0]
    );
    assert!(told[1].starts_with("Done"), "{}", told[1]);
}

#[tokio::test]
async fn undone_item_is_reported_without_opening_its_request() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_mins(1)).await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    add(&mut operator, &[&vm]).await;
    portal.later(TimeDelta::minutes(2)).await;
    assert_eq!(portal.states().await, [ItemState::Done]);
    assert!(portal.simulator.release_behind_the_back(ACME, &vm));
    portal.reads();
    portal.later(TimeDelta::minutes(2)).await;
    assert_eq!(portal.reads(), 0, "the lists are not read for it");
    operator.get("/t/acme/vms").await;
    assert_eq!(portal.states().await, [ItemState::Undone]);
}

#[tokio::test]
async fn refused_item_is_reported_as_done_once_listed() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(true, 2);
    portal
        .simulator
        .set_fault(Some(ACME), Fault::PartialChange.on_changes());
    let refused = release(&mut operator, &vms).await;
    let refused = outcomes(&refused);
    assert!(
        refused
            .iter()
            .all(|(_, told)| told.starts_with("Not released. The API refused it.")),
        "{refused:?}"
    );
    portal.clock.advance(TimeDelta::minutes(31));
    operator.get("/t/acme/vms").await;
    assert_eq!(portal.states().await, [ItemState::Done, ItemState::NotDone]);
    let overview = operator.get("/t/acme").await;
    let change = overview.rows("tr[data-change]").remove(0);
    assert_eq!(change[2], "No longer monitored asked by operator");
    // A much later effect is not that of the refused call.
    portal.clock.advance(TimeDelta::hours(1));
    assert!(portal.simulator.release_behind_the_back(ACME, &vms[1]));
    portal.clock.advance(TimeDelta::minutes(31));
    operator.get("/t/acme/vms").await;
    assert_eq!(portal.states().await, [ItemState::Done, ItemState::NotDone]);
    let overview = operator.get("/t/acme").await;
    let change = overview.rows("tr[data-change]").remove(0);
    assert_eq!(change[2], "No longer monitored outside the portal");
}

#[tokio::test]
async fn add_ends_when_a_release_overtakes_it() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let (balancer, _) = portal.load_balancer(false);
    let added = add(&mut operator, &[&balancer]).await;
    portal.later(TimeDelta::minutes(1)).await;
    assert_eq!(portal.states().await, [ItemState::Waiting]);
    release(&mut operator, &[&balancer]).await;
    portal.later(TimeDelta::minutes(40)).await;
    assert_eq!(portal.states().await, [ItemState::Done], "the release");
    let told = outcome(&operator.get(&added.address).await);
    assert!(told.contains("Superseded by a later request"), "{told}");
    portal.reads();
    portal.later(TimeDelta::hours(2)).await;
    assert_eq!(portal.reads(), 0, "nothing is under way any more");
}

#[tokio::test]
async fn request_expires_when_a_day_tells_no_outcome() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_hours(72)).await;
    let mut operator = portal.sign_in("operator").await;
    let added = add(&mut operator, &portal.vms(false, 1)).await;
    portal.later(TimeDelta::minutes(61)).await;
    assert_eq!(portal.states().await, [ItemState::Overdue]);
    // It ends also while the API cannot be reached.
    portal
        .simulator
        .set_fault(Some(ACME), Fault::Unavailable.on_reads());
    portal.later(TimeDelta::hours(23)).await;
    assert_eq!(portal.states().await, [ItemState::Expired]);
    portal.simulator.set_fault(Some(ACME), None);
    let mut operator = portal.sign_in("operator").await;
    let page = operator.get(&added.address).await;
    assert_eq!(
        page.attributes("[role=status] tr[data-id]", "data-state"),
        ["expired"]
    );
    assert_snapshot!(page.rows("[role=status] tr[data-id]")[0][2..].join(" | "), @"Expired: the portal could not find out whether it was added. The API's lists did not show the outcome within 24 hours, so tracking ended. as of 2025-06-12 12:01:00 KST | Check the server under Servers. If its state is wrong, request again or contact NHN Cloud support.");
    let mut manager = portal.sign_in("manager").await;
    let log = manager.get("/t/acme/audit?action=control-settled").await;
    assert!(log.rows("table.list > tbody > tr")[0][4].contains("expired 1"));
    portal.reads();
    portal.later(TimeDelta::hours(2)).await;
    assert_eq!(portal.reads(), 0, "nothing is under way any more");
    // It can be requested again.
    let vms = portal.vms(false, 1);
    add(&mut operator, &vms).await;
    assert_eq!(portal.states().await, [ItemState::Waiting]);
}

#[tokio::test]
async fn request_ends_when_its_server_was_deleted() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    let released = release(&mut operator, &[&vm]).await;
    portal.later(TimeDelta::minutes(1)).await;
    assert!(portal.simulator.remove_server(ACME, &vm));
    for minutes in [5, 10] {
        portal.later(TimeDelta::minutes(minutes)).await;
        assert_eq!(portal.states().await, [ItemState::Accepted]);
    }
    portal.later(TimeDelta::hours(1)).await;
    assert_eq!(portal.states().await, [ItemState::Expired]);
    let told = outcome(&operator.get(&released.address).await);
    assert!(told.contains("It was probably deleted."), "{told}");
}

#[tokio::test]
async fn audit_log_tells_the_end_of_a_request() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    add(&mut operator, &portal.vms(false, 2)).await;
    portal.later(TimeDelta::minutes(40)).await;
    let mut manager = portal.sign_in("manager").await;
    let page = manager.get("/t/acme/audit").await;
    let rows = page.rows("table.list > tbody > tr");
    let ended: Vec<_> = rows
        .iter()
        .filter(|row| {
            row.get(2)
                .is_some_and(|row| row == "Control request ended asked by operator")
        })
        .collect();
    assert_eq!(ended.len(), 1);
    // The portal ended it; the row names the request's user.
    assert_eq!(ended[0][1], "The portal");
    assert!(
        ended[0][4].starts_with("2 items monitored 2 current state"),
        "{ended:?}"
    );
    let verified = portal.store.verify_audit().await;
    verified.expect("is whole");
}
