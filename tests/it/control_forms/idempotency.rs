//! Idempotency of add and release forms.

use chrono::TimeDelta;
use insta::assert_snapshot;

use crate::{
    control::{form, outcome, outcomes},
    support::{Portal, outline},
};

#[tokio::test]
async fn form_sent_twice_works_once() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let form = form(&mut operator, "add")
        .await
        .check(&portal.vms(false, 2));
    portal.changes();
    let first = operator.submit(&form).await;
    let second = operator.submit(&form).await;
    assert_eq!(second.status, 303);
    assert_eq!(first.location(), second.location());
    let page = operator.follow(second).await;
    assert_eq!(outcomes(&page).len(), 2);
    assert_eq!(portal.changes().len(), 1);
}

#[tokio::test]
async fn form_sent_twice_at_once_works_once() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let mut tab = operator.clone();
    let vm = portal.vms(true, 1).remove(0);
    let form = form(&mut operator, "release").await.check(&[vm]);
    let form = operator.submit(&form).await.form("form.confirm");
    portal.changes();
    let (first, second) = tokio::join!(operator.submit(&form), tab.submit(&form));
    assert_eq!((first.status, second.status), (303, 303));
    assert_eq!(first.location(), second.location());
    assert_eq!(portal.changes().len(), 1);
}

#[tokio::test]
async fn token_is_for_one_selection() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 2);
    let form = form(&mut operator, "add").await;
    operator.submit(&form.clone().check(&vms[..1])).await;
    portal.changes();
    let page = operator.submit(&form.check(&vms[1..])).await;
    assert_eq!(page.status, 422);
    assert_eq!(portal.changes(), []);
    assert!(
        page.alert()
            .starts_with("This form was sent before with another choice")
    );
    // It is shown again, filled, and can be sent as it is.
    let again = page.form("form.confirm");
    assert_eq!(again.values("id"), [&*vms[1]]);
    let page = operator.submit_and_follow(&again).await;
    assert_eq!(
        outcome(&page),
        "Accepted and listed as waiting. Monitoring starts within one hour. as of 2025-06-11 12:00:00 KST"
    );
}

#[tokio::test]
async fn add_token_does_not_release() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let adding = form(&mut operator, "add")
        .await
        .check(&portal.vms(false, 1));
    operator.submit(&adding).await;
    let vm = portal.vms(true, 1).remove(0);
    let fields = [
        ("id", &*vm),
        ("confirm", "yes"),
        ("token", adding.value("token").expect("has one")),
    ];
    portal.changes();
    let page = operator.post("/t/acme/vms/release", &fields).await;
    assert_eq!(page.status, 422);
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn form_without_a_valid_token_is_shown_again() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let mut admin = portal.sign_in("admin").await;
    let of_another_person = form(&mut admin, "add")
        .await
        .value("token")
        .map(str::to_owned);
    let from_yesterday = form(&mut operator, "add")
        .await
        .value("token")
        .map(str::to_owned);
    portal.clock.advance(TimeDelta::hours(25));
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    portal.changes();
    for token in [
        None,
        Some(String::new()),
        Some("made-up".into()),
        of_another_person,
        from_yesterday,
    ] {
        let form = form(&mut operator, "add")
            .await
            .check(&[&vm])
            .without("token");
        let form = token
            .iter()
            .fold(form, |form, token| form.smuggle("token", token));
        let page = operator.submit(&form).await;
        assert_eq!(page.status, 422, "{token:?}");
        assert_eq!(page.form("form.confirm").values("id"), [&*vm]);
        assert_eq!(portal.changes(), [], "{token:?}");
    }
    let release = [("id", &*portal.vms(true, 1)[0]), ("confirm", "yes")];
    assert_eq!(
        operator.post("/t/acme/vms/release", &release).await.status,
        422
    );
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn repeated_confirmation_lists_the_servers_to_add() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let (balancer, behind) = portal.load_balancer(false);
    let fields = [("id", &*balancer), ("id", &*behind[0]), ("id", "gone")];
    let page = operator.post("/t/acme/vms/add", &fields).await;
    assert_snapshot!(outline(&page), @"
    # Add to monitoring?
    alert:
    The form is too old or has to be confirmed, so nothing was done yet. Check what is below and send it.
    One item with 8 VMs will be monitored.
    1 load balancer goes as a whole, together with the 8 VMs behind it.
    Monitoring is billed to the organisation's payment method. Adding starts the charge.
    After the API has accepted it, it takes up to one hour.
    Reason (optional)
    _reason: text_
    Recorded in the audit log; it cannot be edited later. For example: maintenance, CHG-1234
    | Item | VMs included |
    | lb-web-prod-01 Load balancer 133.186.112.216, 192.168.0.6 | admin-관리자-101 192.168.0.7 admin-관리자-102 192.168.0.8 admin-관리자-103 192.168.0.9 admin-관리자-104 192.168.0.10 admin-관리자-105 192.168.0.11 admin-관리자-106 192.168.0.12 admin-관리자-107 192.168.0.13 admin-관리자-108 192.168.0.14 |
    ## Skipped
    admin-관리자-101: It is behind a load balancer and cannot be sent by itself.
    gone: The API does not list it, so it was not sent.
    (Add one item)
    [Cancel](/t/acme/vms)
    ");
}
