//! Write-ahead of requests: they survive the browser, the portal and each other.

use chrono::TimeDelta;
use secmon_portal::{
    model::{
        Actor, ChangeAction, ItemEvent, ItemKind, ItemState, ItemUpdate, NewChangeRequest,
        RequestItem, StartedRequest, Via,
    },
    simulator::{Endpoint, Fault},
    store::AuditRecord,
};

use crate::{
    control::{form, outcomes},
    control_failures::impatient,
    support::Portal,
};

#[tokio::test]
async fn items_are_stored_before_they_are_sent() {
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
async fn request_continues_when_the_browser_disconnects() {
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
        told.starts_with("Accepted and listed as waiting."),
        "{told}"
    );
}

#[tokio::test]
async fn abandoned_request_reports_the_sent_items() {
    let portal = Portal::start().await;
    let vms = portal.vms(true, 2);
    let id = store_request(&portal, &vms).await;
    let moved = portal
        .store
        .move_items(&id, 0..1, ItemEvent::Send, None)
        .await;
    moved.expect("is written");
    let mut viewer = portal.sign_in("viewer").await;
    let address = format!("/t/acme/vms?request={id}");
    let told = async |client: &mut crate::support::TestClient| {
        let page = client.get(&address).await;
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

/// The id of a request to release servers, of which nothing has been sent.
async fn store_request(portal: &Portal, vms: &[String]) -> String {
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
async fn concurrent_changes_of_one_request_do_not_deadlock() {
    let portal = Portal::start().await;
    for round in 0..10 {
        let vms: Vec<_> = (0..4)
            .map(|number| format!("vm-{round}-{number}"))
            .collect();
        let id = store_request(&portal, &vms).await;
        let store = &portal.store;
        let sent = store.begin_sending(&id, 0..4).await;
        assert!(sent.expect("is written"));
        portal.clock.advance(TimeDelta::minutes(1));
        let shown = |position| ItemUpdate {
            position,
            from: ItemState::NotKnown,
            state: ItemState::Done,
            reason: None,
        };
        let settled: Vec<_> = (0..4).rev().map(shown).collect();
        let (moved, abandoned, told, finished) = tokio::join!(
            store.move_items(&id, 0..4, ItemEvent::Accept, None),
            store.mark_abandoned(&id),
            store.update_items(&id, &settled),
            store.finish_control(&id),
        );
        for done in [moved, abandoned, told, finished] {
            done.expect("waits for its turn");
        }
    }
}
