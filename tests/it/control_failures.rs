//! Adding and releasing when the API fails in the middle: each item's outcome is told, and nothing is done twice.

use std::time::Duration;

use chrono::TimeDelta;
use secmon_portal::{
    model::{Actor, ChangeAction, ItemEvent, ItemState, Via},
    simulator::{Endpoint, Fault, Outage},
    store::{AuditRecord, ItemKind, NewChangeRequest, RequestItem, Settled, StartedRequest},
};

use crate::{
    control::{add, form, outcome, outcomes, release},
    support::{ACME, Portal},
};

/// A portal that gives the API up after two seconds.
async fn impatient() -> Portal {
    Portal::start_with(|config| config.timeout = Duration::from_secs(2)).await
}

/// What an operator is told of one server while the API fails in a way.
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
async fn an_add_that_was_done_without_an_answer_is_told_as_done() {
    for fault in ["changes:hang-after", "changes:fail-after"] {
        let told = told(ChangeAction::Add, fault).await;
        assert!(
            told.starts_with("The API accepted it and lists it as waiting."),
            "{fault}: {told}"
        );
    }
}

#[tokio::test]
async fn an_add_that_was_not_done_is_told_so_with_the_reason() {
    for (fault, reason) in [
        (
            "changes:bad-gateway",
            "The API's answer could not be understood.",
        ),
        ("changes:html", "The API's answer could not be understood."),
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
async fn an_add_without_an_answer_is_not_known_until_the_gateway_has_given_up() {
    for fault in ["changes:hang", "changes:drop", "changes:gateway-timeout"] {
        let portal = impatient().await;
        let mut operator = portal.sign_in("operator").await;
        let outage: Outage = fault.parse().expect("a fault");
        portal.simulator.set_fault(None, outage);
        let vm = portal.vms(false, 1);
        let page = add(&mut operator, &vm).await;
        let told = outcome(&page);
        let expected = "Not known yet. The API did not answer in time.";
        assert!(told.starts_with(expected), "{fault}: {told}");
        let address = page.address.clone();
        portal.clock.advance(TimeDelta::seconds(59));
        let told = outcome(&operator.get(&address).await);
        assert!(told.starts_with(expected), "{fault}: {told}");
        portal.clock.advance(TimeDelta::seconds(2));
        let told = outcome(&operator.get(&address).await);
        let expected = "Not added. The API did not answer in time.";
        assert!(told.starts_with(expected), "{fault}: {told}");
    }
}

#[tokio::test]
async fn an_add_that_takes_effect_after_the_portal_gave_up_is_told_as_done() {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    portal.simulator.set_fault(None, Fault::Hang.on_changes());
    let vm = portal.vms(false, 1);
    let page = add(&mut operator, &vm).await;
    assert!(outcome(&page).starts_with("Not known yet."));
    assert!(portal.simulator.add_behind_the_back(ACME, &vm[0]));
    let page = operator.get(&page.address).await;
    assert!(outcome(&page).starts_with("The API accepted it and lists it as waiting."));
}

#[tokio::test]
async fn a_release_without_an_answer_is_not_known_yet() {
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
async fn a_release_that_was_not_known_is_told_as_done_once_the_lists_show_it() {
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
async fn half_a_change_is_told_item_by_item() {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    portal
        .simulator
        .set_fault(None, Fault::HalfDone.on_changes());
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
async fn when_the_lists_fail_nothing_is_sent_and_the_form_can_be_sent_again() {
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
async fn when_the_lists_fail_after_the_change_the_outcome_is_not_known() {
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
    // The lists cannot be shown either, but what became of the request is.
    assert_eq!(page.status, 502);
    assert!(page.alert().contains("The API sent something unknown"));
    let told = outcome(&page);
    assert!(
        told.starts_with("Not known yet. The API did not answer in time."),
        "{told}"
    );
}

#[tokio::test]
async fn what_will_be_sent_is_written_down_before_it_is_sent() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 2);
    let form = form(&mut operator, "add").await.check(&vms);
    portal.simulator.set_fault(None, Fault::Hang.on_changes());
    let inspected = async {
        portal.is_called(Endpoint::AddVms).await;
        let acme = portal.team("acme").await;
        let requests = portal
            .store
            .recent_control(&acme.id, 5)
            .await
            .expect("is read");
        assert_eq!(requests.len(), 1);
        assert!(
            requests[0]
                .items
                .iter()
                .all(|item| item.state == ItemState::Sending)
        );
        assert_eq!(requests[0].items.len(), 2);
        let mut viewer = portal.sign_in("viewer").await;
        let page = viewer.get("/t/acme").await;
        assert_eq!(page.texts(".happened .state-sending"), ["Being sent."; 2]);
    };
    tokio::select! {
        _ = operator.submit(&form) => panic!("nothing was answered"),
        () = inspected => {}
    }
}

#[tokio::test]
async fn a_request_goes_on_when_the_browser_goes_away() {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    let form = form(&mut operator, "add").await.check(&[&vm]);
    portal
        .simulator
        .set_fault(None, Fault::HangAfter.on_changes());
    tokio::select! {
        _ = operator.submit(&form) => panic!("nothing was answered"),
        () = portal.is_called(Endpoint::AddVms) => {}
    }
    portal.control.finish().await;
    let page = operator.get("/t/acme").await;
    let told = page.text_of("tr[data-state] td:nth-child(3)");
    assert!(
        told.starts_with("The API accepted it and lists it as waiting."),
        "{told}"
    );
}

#[tokio::test]
async fn what_a_portal_that_died_left_behind_is_told_honestly() {
    let portal = Portal::start().await;
    let vms = portal.vms(true, 2);
    let id = written_down(&portal, &vms).await;
    let moved = portal
        .store
        .move_items(&id, 0..1, ItemEvent::Send, None)
        .await;
    moved.expect("is written");
    let mut viewer = portal.sign_in("viewer").await;
    let address = format!("/t/acme/vms?request={id}");
    let told = async |visitor: &mut crate::support::TestClient| {
        let page = visitor.get(&address).await;
        outcomes(&page)
            .into_iter()
            .map(|(_, told)| told)
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&mut viewer).await, ["Being sent.", "Not sent yet."]);
    portal.clock.advance(TimeDelta::minutes(6));
    assert_eq!(
        told(&mut viewer).await,
        [
            "Not known yet. The portal stopped while it was being sent.",
            "Not released. The portal stopped before it was sent. as of 2025-06-11 12:06:00 KST"
        ]
    );
}

#[tokio::test]
async fn a_thousand_things_are_added_in_parts_and_one_failing_part_does_not_stop_the_others() {
    let portal = Portal::start_with(|config| config.api.vms = 3500).await;
    let mut operator = portal.sign_in("operator").await;
    let ids: Vec<_> = portal
        .simulator
        .not_monitored_ids(ACME)
        .into_iter()
        .take(1000)
        .collect();
    assert_eq!(ids.len(), 1000);
    let form = ids
        .iter()
        .fold(form(&mut operator, "add").await, |form, id| {
            form.smuggle("id", id)
        });
    portal
        .simulator
        .set_fault(None, Fault::BadGateway.on_changes().times(1));
    portal.changes();
    let page = operator.submit_and_follow(&form).await;
    assert_eq!(portal.changes().len(), 10);
    let outcomes = outcomes(&page);
    assert_eq!(outcomes.len(), 1000);
    let failed = outcomes
        .iter()
        .filter(|(_, told)| told.starts_with("Not added."))
        .count();
    assert_eq!(failed, 100);
    for (id, told) in outcomes {
        let waits = portal.simulator.status(ACME, &id) == Some("접수대기");
        assert_eq!(
            waits,
            told.starts_with("The API accepted it"),
            "{id}: {told}"
        );
    }
}

#[tokio::test]
async fn a_thousand_things_are_released_by_addresses_that_are_not_too_long() {
    let portal = Portal::start_with(|config| config.api.vms = 3500).await;
    for id in portal.simulator.not_monitored_ids(ACME) {
        assert!(portal.simulator.add_behind_the_back(ACME, &id));
    }
    let mut operator = portal.sign_in("operator").await;
    let ids: Vec<_> = portal
        .simulator
        .monitored_ids(ACME)
        .into_iter()
        .take(1000)
        .collect();
    assert_eq!(ids.len(), 1000);
    let form = ids
        .iter()
        .fold(form(&mut operator, "release").await, |form, id| {
            form.smuggle("id", id)
        });
    let asked = operator.submit(&form).await;
    assert_eq!(asked.count("tr[data-id]"), 1000);
    portal
        .simulator
        .set_fault(None, Fault::BadGateway.on_changes().times(1));
    portal.changes();
    let page = operator
        .submit_and_follow(&asked.form("form.confirm"))
        .await;
    let calls = portal.changes();
    let lengths: Vec<_> = calls
        .iter()
        .map(|call| call.query.as_ref().map_or(0, String::len))
        .collect();
    assert!(
        lengths.iter().all(|length| *length < 8 * 1024 - 100),
        "{lengths:?}"
    );
    let outcomes = outcomes(&page);
    assert_eq!(outcomes.len(), 1000);
    let first_part = calls[0]
        .query
        .as_ref()
        .expect("names ids")
        .matches(',')
        .count()
        + 1;
    let open = outcomes
        .iter()
        .filter(|(_, told)| told.starts_with("Not known yet."))
        .count();
    assert_eq!(open, first_part);
    let accepted = outcomes
        .iter()
        .filter(|(_, told)| told.starts_with("The API accepted it"))
        .count();
    assert_eq!(accepted, 1000 - first_part);
}

#[tokio::test]
async fn when_the_lists_fail_nobody_is_asked_to_confirm() {
    let portal = impatient().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1);
    let form = form(&mut operator, "release").await.check(&vm);
    portal.simulator.set_fault(None, Fault::Html.on_reads());
    let page = operator.submit(&form).await;
    assert_eq!(page.status, 502);
    assert!(page.alert().contains("The API sent something unknown"));
    // Nothing to try again with: the way is back to the list.
    assert_eq!(page.link("[role=alert] a.btn-primary"), "/t/acme/vms");
    assert_eq!(portal.changes(), []);
}

/// The id of a request to release servers, of which nothing has been sent.
async fn written_down(portal: &Portal, vms: &[String]) -> String {
    let (acme, operator) = (portal.team("acme").await, portal.user("operator").await);
    let item = |id: &String| RequestItem {
        id: id.clone(),
        kind: ItemKind::Vm,
        name: format!("name of {id}"),
        address: String::new(),
        servers: 1,
        vm_names: Vec::new(),
        state: ItemState::Planned,
        reason: None,
        message: None,
        settled: None,
    };
    let request = NewChangeRequest {
        planned: portal.clock.korean(),
        team: acme.id.clone(),
        user: operator.id.clone(),
        action: ChangeAction::Release,
        stated_reason: None,
        token: uuid::Uuid::now_v7().to_string(),
        selection: "a selection".to_owned(),
        items: vms.iter().map(item).collect(),
    };
    let by = AuditRecord::by(Actor::user(&operator, Via::Anonymous));
    let started = portal.store.start_control(request, &by).await;
    let StartedRequest::New { id, .. } = started.expect("is written") else {
        panic!("it is new");
    };
    id
}

#[tokio::test]
async fn changes_of_one_request_at_once_do_not_deadlock() {
    let portal = Portal::start().await;
    for round in 0..10 {
        let vms: Vec<_> = (0..4)
            .map(|number| format!("vm-{round}-{number}"))
            .collect();
        let id = written_down(&portal, &vms).await;
        let store = &portal.store;
        let sent = store.begin_sending(&id, 0..4).await;
        assert!(sent.expect("is written"));
        portal.clock.advance(TimeDelta::minutes(1));
        let shown = |position| Settled {
            position,
            from: ItemState::NotKnown,
            state: ItemState::Done,
            reason: None,
        };
        let settled: Vec<_> = (0..4).rev().map(shown).collect();
        let (moved, abandoned, told, finished) = tokio::join!(
            store.move_items(&id, 0..4, ItemEvent::Accept, None),
            store.mark_abandoned(&id),
            store.settle_items(&id, &settled),
            store.finish_control(&id),
        );
        for done in [moved, abandoned, told, finished] {
            done.expect("waits for its turn");
        }
    }
}
