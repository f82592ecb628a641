//! Adding and releasing while the API fails: each item's outcome is reported, and nothing is done twice.

use std::time::Duration;

use chrono::TimeDelta;
use secmon_portal::{
    model::ChangeAction,
    simulator::{Endpoint, Fault, Outage},
};

use crate::{
    control::{add, form, outcome, outcomes, release},
    support::{ACME, Portal},
};

/// A portal that gives the API up after two seconds.
pub async fn impatient() -> Portal {
    Portal::start_with(|config| config.timeout = Duration::from_secs(2)).await
}

/// The outcome shown for one server while the API fails in that way.
async fn told(action: ChangeAction, fault: &str) -> String {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    let outage: Outage = fault.parse().expect("a fault");
    portal.simulator.set_fault(None, outage);
    portal.changes();
    let page = match action {
        ChangeAction::Add => add(&mut operator, &portal.vms(false, 1)).await,
        ChangeAction::Release => release(&mut operator, &portal.vms(true, 1)).await,
    };
    assert_eq!(portal.changes().len(), 1, "a change is never repeated");
    outcome(&page)
}

#[tokio::test]
async fn add_without_an_answer_is_reported_as_done_once_listed() {
    for fault in ["changes:hang-after", "changes:fail-after"] {
        let told = told(ChangeAction::Add, fault).await;
        assert!(
            told.starts_with("Accepted and listed as waiting."),
            "{fault}: {told}"
        );
    }
}

#[tokio::test]
async fn failed_add_is_reported_with_its_reason() {
    for (fault, reason) in [
        ("changes:bad-gateway", "Unexpected response from the API."),
        ("changes:html", "Unexpected response from the API."),
        (
            "changes:refused",
            "The API refused it. 요청을 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.",
        ),
        ("changes:too-many-requests", "The API refused it."),
    ] {
        let told = told(ChangeAction::Add, fault).await;
        let expected = format!("Not added. {reason}");
        assert!(told.starts_with(&expected), "{fault}: {told}");
    }
}

#[tokio::test]
async fn add_without_an_answer_is_unknown_until_the_gateway_timeout() {
    for fault in ["changes:hang", "changes:drop", "changes:gateway-timeout"] {
        let portal = impatient().await;
        let mut operator = portal.sign_in("operator").await;
        let outage: Outage = fault.parse().expect("a fault");
        portal.simulator.set_fault(None, outage);
        let vm = portal.vms(false, 1);
        let page = add(&mut operator, &vm).await;
        let told = outcome(&page);
        let expected = "Not known yet. The API timed out.";
        assert!(told.starts_with(expected), "{fault}: {told}");
        let address = page.address.clone();
        portal.clock.advance(TimeDelta::seconds(59));
        let told = outcome(&operator.get(&address).await);
        assert!(told.starts_with(expected), "{fault}: {told}");
        portal.clock.advance(TimeDelta::seconds(2));
        let told = outcome(&operator.get(&address).await);
        let expected = "Not added. The API timed out.";
        assert!(told.starts_with(expected), "{fault}: {told}");
    }
}

#[tokio::test]
async fn add_effective_after_the_timeout_is_reported_as_done() {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    portal.simulator.set_fault(None, Fault::Hang.on_changes());
    let vm = portal.vms(false, 1);
    let page = add(&mut operator, &vm).await;
    assert!(outcome(&page).starts_with("Not known yet."));
    assert!(portal.simulator.add_behind_the_back(ACME, &vm[0]));
    let page = operator.get(&page.address).await;
    assert!(outcome(&page).starts_with("Accepted and listed as waiting."));
}

#[tokio::test]
async fn release_without_an_answer_is_unknown() {
    for fault in ["changes:hang", "changes:hang-after", "changes:bad-gateway"] {
        let told = told(ChangeAction::Release, fault).await;
        assert!(told.starts_with("Not known yet."), "{fault}: {told}");
    }
    for fault in [
        "changes:refused",
        "changes:too-many-requests",
        "changes:unavailable",
    ] {
        let told = told(ChangeAction::Release, fault).await;
        assert!(
            told.starts_with("Not released. The API refused it."),
            "{fault}: {told}"
        );
    }
}

#[tokio::test]
async fn unknown_release_is_done_once_the_lists_show_it() {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    portal
        .simulator
        .set_fault(None, Fault::HangAfter.on_changes());
    let page = release(&mut operator, &portal.vms(true, 1)).await;
    assert!(outcome(&page).starts_with("Not known yet."));
    portal.clock.advance(TimeDelta::minutes(2));
    let page = operator.get(&page.address).await;
    assert_eq!(
        outcome(&page),
        "Done: the API no longer lists it as monitored. as of 2025-06-11 12:02:00 KST"
    );
}

#[tokio::test]
async fn partial_change_is_reported_item_by_item() {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    portal
        .simulator
        .set_fault(None, Fault::PartialChange.on_changes());
    let page = add(&mut operator, &portal.vms(false, 4)).await;
    let states: Vec<_> = outcomes(&page)
        .into_iter()
        .map(|(id, told)| {
            (
                portal.simulator.status(ACME, &id),
                told.split('.').next() == Some("Not added"),
            )
        })
        .collect();
    assert_eq!(
        states,
        [
            (Some("미신청"), true),
            (Some("미신청"), true),
            (Some("접수대기"), false),
            (Some("접수대기"), false),
        ]
    );
}

#[tokio::test]
async fn form_can_be_sent_again_when_the_lists_fail() {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    let form = form(&mut operator, "add").await.check(&[&vm]);
    portal.simulator.set_fault(None, Fault::Html.on_reads());
    let answer = operator.submit(&form).await;
    assert_eq!(portal.changes(), []);
    portal.simulator.set_fault(None, None);
    let page = operator.follow(answer).await;
    let told = outcome(&page);
    assert!(
        told.starts_with("Not added. The API's lists could not be read, so it was not sent."),
        "{told}"
    );
    assert!(page.has(&format!("#not-monitored-list [data-id='{vm}']")));
}

#[tokio::test]
async fn outcome_is_unknown_when_the_lists_fail_after_sending() {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    let form = form(&mut operator, "add")
        .await
        .check(&portal.vms(false, 1));
    portal
        .simulator
        .set_fault(Some(ACME), Fault::Hang.on_changes());
    let lists_fail = async {
        portal.is_called(Endpoint::AddVms).await;
        portal.simulator.set_fault(None, Fault::Html.on_reads());
    };
    let (answer, ()) = tokio::join!(operator.submit(&form), lists_fail);
    let page = operator.follow(answer).await;
    // The lists fail as well, but the request's outcome is shown.
    assert_eq!(page.status, 502);
    assert!(page.alert().contains("Unexpected response from the API"));
    let told = outcome(&page);
    assert!(
        told.starts_with("Not known yet. The API timed out."),
        "{told}"
    );
}

#[tokio::test]
async fn confirmation_is_not_shown_when_the_lists_fail() {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1);
    let form = form(&mut operator, "release").await.check(&vm);
    portal.simulator.set_fault(None, Fault::Html.on_reads());
    let page = operator.submit(&form).await;
    assert_eq!(page.status, 502);
    assert!(page.alert().contains("Unexpected response from the API"));
    // Nothing to try again with: the way is back to the list.
    assert_eq!(page.link("[role=alert] a.btn-primary"), "/t/acme/vms");
    assert_eq!(portal.changes(), []);
}
