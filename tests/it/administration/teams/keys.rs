//! Keys of a team: replacement and connection test.

use super::super::assert_refused;
use super::{assert_nothing_told, key_form};
use crate::support::{Form, OTHER_KEY, Portal, TOKEN};

#[tokio::test]
async fn empty_fields_keep_their_value_when_a_key_is_replaced() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let access = async || {
        let team = portal.team("acme").await;
        let access = portal.store.api_access(&team).await.expect("is read");
        let token = access
            .token
            .map(|token| format!("{}:{}", token.id(), token.expose_secret()));
        (access.app_key.expose_secret().to_owned(), token)
    };
    let untried = |form: Form| form.smuggle("untried", "yes");
    let form = key_form(&mut admin)
        .await
        .fill("app_key", "AnotherAppKey-77");
    admin.submit(&untried(form)).await;
    assert_eq!(
        access().await,
        ("AnotherAppKey-77".into(), Some(TOKEN.into()))
    );
    let form = key_form(&mut admin).await;
    let form = form.fill("token_id", "id-2").fill("token_secret", "half:2");
    admin.submit(&untried(form)).await;
    assert_eq!(
        access().await,
        ("AnotherAppKey-77".into(), Some("id-2:half:2".into()))
    );
    let form = key_form(&mut admin).await.check(&["yes"]);
    admin.submit(&untried(form)).await;
    assert_eq!(access().await, ("AnotherAppKey-77".into(), None));
    assert!(portal.calls().is_empty(), "nothing was tried");
    let page = admin.get("/admin/teams/acme").await;
    assert!(!page.has("[name=no_token]"), "there is none to delete");
    let empty = untried(key_form(&mut admin).await);
    let page = admin.submit(&empty).await;
    let words = "Nothing was typed. Type a new appKey, new token credentials, or both.";
    assert_refused(&page, &[("app_key", words)]);
}

#[tokio::test]
async fn rejected_key_replaces_none_without_confirmation() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let wrong = "NobodysAppKey-0000";
    let form = key_form(&mut admin).await.fill("app_key", wrong);
    let page = admin.submit(&form).await;
    assert_eq!(page.status, 422);
    let told = page.alert();
    assert!(
        told.starts_with("The connection with the key …0000 does not work"),
        "{told}"
    );
    assert!(page.has("details[open] [name=app_key]"));
    assert_eq!(
        admin.get("/t/acme/tickets").await.status,
        200,
        "the old one works"
    );
    let page = admin
        .submit_and_follow(&form.smuggle("untried", "yes"))
        .await;
    assert_eq!(page.status, 200);
    assert_eq!(admin.get("/t/acme/tickets").await.status, 502);
    assert_nothing_told(&portal, &[wrong]);
}

#[tokio::test]
async fn connection_test_reports_its_result() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = admin.get("/admin/teams/acme").await;
    let form = page.form("form[action='/admin/teams/acme/key/try']");
    let page = admin.submit(&form).await;
    assert_eq!(page.status, 200);
    let words = "The API answered with the key …6789. Its history has 25 changes.";
    assert_eq!(page.message(), words);
    let team = portal.team("acme").await;
    let wrong = secmon_portal::model::AppKey::parse("NobodysAppKey-0000").expect("a key");
    let by = secmon_portal::store::AuditRecord::by_command_line();
    let set = portal.store.set_team_key(&team, &wrong, None, &by);
    set.await.expect("is set");
    let page = admin.submit(&form).await;
    assert!(
        page.alert()
            .starts_with("The connection with the key …0000 does not work")
    );
    assert_nothing_told(&portal, &["NobodysAppKey-0000"]);
}

#[tokio::test]
async fn undecryptable_key_can_be_replaced() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    portal
        .database
        .sql("update teams set app_key = 'x' where slug = 'acme'")
        .await;
    let page = admin.get("/admin/teams/acme").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text
            .contains("The stored key cannot be read any more. Replace it.")
    );
    let form = key_form(&mut admin).await.fill("app_key", OTHER_KEY);
    assert_eq!(admin.submit_and_follow(&form).await.status, 200);
    assert_eq!(admin.get("/t/acme/tickets").await.status, 200);
}
