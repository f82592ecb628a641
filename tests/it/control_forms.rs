//! Add and release forms: redirects and idempotency.

mod idempotency;

use crate::{
    control::{form, outcomes},
    support::{PASSWORD, Portal},
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
        assert!(
            page.alert()
                .starts_with("Select at least one server. Nothing was changed."),
            "{action}"
        );
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
    assert!(told[8].1.starts_with("Accepted"));
    for (_, told) in &told[..8] {
        assert!(
            told.starts_with("Not added. The API does not list it"),
            "{told}"
        );
    }
    assert_eq!(portal.changes().len(), 1);
}
