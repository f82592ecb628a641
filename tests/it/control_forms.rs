//! Add and release forms: redirects and idempotency.

use chrono::TimeDelta;
use insta::assert_snapshot;

use crate::{
    control::{form, outcome, outcomes},
    support::{PASSWORD, Portal, outline},
};

#[tokio::test]
async fn search_order_and_page_are_kept_through_an_action() {
    let portal = Portal::start_with(|config| config.api.vms = 1200).await;
    let mut operator = portal.sign_in("operator").await;
    let list = "/t/acme/vms?q=0&sort=-name&page=2&monitored_page=2";
    let page = operator.get(list).await;
    for action in ["add", "release"] {
        let form = page.form(&format!("form[action='/t/acme/vms/{action}']"));
        let answer = operator.submit(&form).await;
        let there = format!("{list}&notice=nothing-chosen");
        assert_eq!(answer.location(), Some(there), "{action}");
    }
    let vm = page
        .attributes("#not-monitored-list input[name=id]", "value")
        .remove(0);
    let form = page.form("form#not-monitored").check(&[&vm]);
    let done = operator.submit_and_follow(&form).await;
    assert!(done.address.starts_with(&format!("{list}&request=")));
    // The message is shown once: the list's links and forms do not repeat it.
    assert_eq!(done.form("form#not-monitored").value("back"), Some(list));
    assert!(
        !done
            .attributes("th a", "href")
            .iter()
            .any(|attribute| attribute.contains("request="))
    );
    let vm = page
        .attributes("#monitored-list input[name=id]", "value")
        .remove(0);
    let form = page.form("form#monitored").check(&[vm]);
    let asked = operator.submit(&form).await;
    assert_eq!(asked.link("form.confirm a"), list);
    let done = operator
        .submit_and_follow(&asked.form("form.confirm"))
        .await;
    assert!(done.address.starts_with(&format!("{list}&request=")));
}

#[tokio::test]
async fn action_leads_back_to_its_own_team_only() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    for elsewhere in [
        "//evil.example",
        "https://evil.example",
        "/t/other/vms",
        "/t/acme/vmsx",
        "/logout",
    ] {
        let form = form(&mut operator, "add").await.fill("back", elsewhere);
        let answer = operator.submit(&form).await;
        let there = "/t/acme/vms?notice=nothing-chosen".to_owned();
        assert_eq!(answer.location(), Some(there), "{elsewhere}");
    }
}

#[tokio::test]
async fn empty_selection_does_nothing() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    for action in ["add", "release"] {
        let form = form(&mut operator, action).await;
        let page = operator.submit_and_follow(&form).await;
        assert!(page.alert().starts_with("Nothing was chosen."), "{action}");
        assert!(page.has("#not-monitored-list [data-id]"));
    }
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn more_than_five_thousand_items_are_refused() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    for action in ["add", "release"] {
        let mut form = form(&mut operator, action).await.smuggle("confirm", "yes");
        for number in 0..5001 {
            form = form.smuggle("id", &format!("8b031032-e0a0-4b36-8a98-{number:012}"));
        }
        portal.calls();
        let answer = operator.submit(&form).await;
        assert_eq!(portal.calls(), []);
        let page = operator.follow(answer).await;
        assert!(page.alert().starts_with("At most 5,000 items"), "{action}");
    }
}

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
        "The API accepted it and lists it as waiting. Monitoring starts within one hour. as of 2025-06-11 12:00:00 KST"
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
    The audit log keeps it, and it cannot be changed later. For example: maintenance, CHG-1234
    | Item | VMs that go with it |
    | lb-web-prod-01 Load balancer 133.186.112.216, 192.168.0.6 | admin-관리자-101 192.168.0.7 admin-관리자-102 192.168.0.8 admin-관리자-103 192.168.0.9 admin-관리자-104 192.168.0.10 admin-관리자-105 192.168.0.11 admin-관리자-106 192.168.0.12 admin-관리자-107 192.168.0.13 admin-관리자-108 192.168.0.14 |
    ## What will not be sent
    admin-관리자-101: It is behind a load balancer and cannot be sent by itself.
    gone: The API does not list it, so it was not sent.
    (Add one item)
    [Cancel](/t/acme/vms)
    ");
}

#[tokio::test]
async fn form_of_one_team_fails_on_another() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let mut form = form(&mut admin, "add").await.check(&portal.vms(false, 1));
    portal.changes();
    form.action = "/t/other/vms/add".to_owned();
    let page = admin.submit(&form).await;
    assert_eq!(page.status, 422);
    assert!(page.text_of("[data-item]").contains("does not list it"));
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn sign_out_during_work_sends_nothing_and_leads_back() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let page = operator.get("/t/acme/vms?q=0&sort=-name").await;
    let vm = page
        .attributes("#not-monitored-list input[name=id]", "value")
        .remove(0);
    let form = page.form("form#not-monitored").check(&[&vm]);
    operator.cookies.clear();
    portal.changes();
    let page = operator.submit_and_follow(&form).await;
    assert_eq!(portal.changes(), []);
    assert!(page.alert().contains("was not sent"), "{}", page.alert());
    let answer = operator.sign_in_at(&page, "operator", PASSWORD).await;
    let page = operator.follow(answer).await;
    // The previous list, where a script restores the selection.
    assert_eq!(page.address, "/t/acme/vms?q=0&sort=-name");
    assert!(page.has(&format!("#not-monitored-list input[value='{vm}']")));
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn invalid_ids_are_reported_and_not_sent() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    let mut form = form(&mut operator, "add").await.check(&[&vm]);
    for odd in [
        "a\0b",
        "\u{1b}[31m",
        "한글",
        "",
        " ",
        "a,b",
        "../x",
        &"x".repeat(5000),
    ] {
        form = form.smuggle("id", odd);
    }
    portal.changes();
    let page = operator.submit_and_follow(&form).await;
    assert_eq!(page.status, 200);
    let told = outcomes(&page);
    assert_eq!(told.len(), 9);
    assert!(told[8].1.starts_with("The API accepted it"));
    for (_, told) in &told[..8] {
        assert!(
            told.starts_with("Not added. The API does not list it"),
            "{told}"
        );
    }
    assert_eq!(portal.changes().len(), 1);
}
