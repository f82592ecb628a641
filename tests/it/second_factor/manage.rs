//! Managing MFA: new recovery codes, turning it off, a lost phone.

use insta::assert_snapshot;
use secmon_portal::store::AuditRecord;

use super::set_up::assert_audited;
use crate::support::{Authenticator, Form, PASSWORD, Page, Portal, TestClient, outline, turn_on};

/// A signed-in client with MFA, its authenticator and recovery codes.
async fn start(portal: &Portal) -> (TestClient, Authenticator, Vec<String>) {
    let mut viewer = portal.sign_in("viewer").await;
    let (app, codes) = turn_on(portal, &mut viewer).await;
    (viewer, app, codes)
}

async fn form(client: &mut TestClient, action: &str) -> Form {
    let page = client.get("/account/second-factor").await;
    let mut form = page.form("form.fields");
    let actions = page.attributes("form.fields button", "formaction");
    assert_eq!(actions, ["/account/second-factor/off"]);
    if action == "off" {
        "/account/second-factor/off".clone_into(&mut form.action);
    }
    form
}

async fn sends(client: &mut TestClient, action: &str, password: &str, code: &str) -> Page {
    let form = form(client, action).await;
    let form = form.fill("password", password).fill("code", code);
    client.submit(&form).await
}

#[tokio::test]
async fn page_shows_the_date_and_remaining_recovery_codes() {
    let portal = Portal::start().await;
    let (mut viewer, _, _) = start(&portal).await;
    let page = viewer.get("/account/second-factor").await;
    assert_snapshot!(outline(&page), @r"
    # Two-factor authentication
    After your password you are asked for a code from an app on your phone. A stolen password alone no longer opens your account.
    On since
    2025-06-11 12:00:00 KST
    Recovery codes left
    10
    ## Change two-factor authentication
    Turning it off and new recovery codes need your password and a code. To move to another phone, turn it off and on again.
    Current password
    _password: password_
    Authentication code or recovery code
    _code: text_
    (Make new recovery codes)
    (Turn off two-factor authentication)
    ");
}

#[tokio::test]
async fn turning_off_needs_password_and_code() {
    let portal = Portal::start().await;
    let (mut viewer, app, _) = start(&portal).await;
    for action in ["off", "recovery-codes"] {
        let code = app.next_code(&portal);
        for (password, code, field, words) in [
            (
                "wrong horse",
                code.as_str(),
                "password",
                "The current password is wrong.",
            ),
            (
                "",
                code.as_str(),
                "password",
                "The current password is wrong.",
            ),
            (
                PASSWORD,
                app.wrong_code(&portal).as_str(),
                "code",
                "The code is wrong or was used before. Enter the next one that your app shows.",
            ),
            (
                PASSWORD,
                "",
                "code",
                "The code is wrong or was used before. Enter the next one that your app shows.",
            ),
        ] {
            let page = sends(&mut viewer, action, password, code).await;
            assert_eq!(page.status, 422);
            assert_eq!(page.alert(), words);
            assert_eq!(page.attributes("[aria-invalid=true]", "name"), [field]);
            assert!(!page.text.contains("wrong horse"));
            assert!(!page.has(".recovery-codes"));
        }
        // Resets the rate limit after four failures.
        portal.clock.advance(chrono::TimeDelta::hours(25));
        viewer = portal.client();
        viewer.sign_in("viewer", PASSWORD).await;
        let page = viewer.get("/login/code").await;
        viewer.enters(&page, &app.code(&portal)).await;
    }
    let mut elsewhere = viewer.clone();
    let answer = sends(&mut viewer, "off", PASSWORD, &app.next_code(&portal)).await;
    let page = viewer.follow(answer).await;
    assert_eq!(
        page.message(),
        "Two-factor authentication is off. All your other sessions are ended."
    );
    assert_eq!(elsewhere.get("/account").await.status, 303);
    let answer = portal.client().sign_in("viewer", PASSWORD).await;
    assert_eq!(answer.location().as_deref(), Some("/"));
    assert_audited(&portal, "Two-factor authentication turned off", "Done").await;
}

#[tokio::test]
async fn code_used_at_login_does_not_turn_mfa_off() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    let (mut viewer, page) = portal.half_way("viewer").await;
    let code = app.code(&portal);
    viewer.enters(&page, &code).await;
    let answer = sends(&mut viewer, "off", PASSWORD, &code).await;
    assert_eq!(answer.status, 422);
    let answer = sends(&mut viewer, "off", PASSWORD, &app.next_code(&portal)).await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn new_recovery_codes_replace_the_old_ones() {
    let portal = Portal::start().await;
    let (mut viewer, app, old) = start(&portal).await;
    let code = app.next_code(&portal);
    let page = sends(&mut viewer, "recovery-codes", PASSWORD, &code).await;
    assert_eq!(
        page.message(),
        "New recovery codes are made. The ones before no longer work."
    );
    let new = page.texts(".recovery-codes code");
    assert_eq!(new.len(), 10);
    let (mut again, page) = portal.half_way("viewer").await;
    assert_eq!(again.enters(&page, &old[0]).await.status, 422);
    assert_eq!(again.enters(&page, &new[0]).await.status, 303);
    assert_audited(&portal, "New recovery codes created", "Done").await;
}

#[tokio::test]
async fn recovery_code_turns_mfa_off() {
    let portal = Portal::start().await;
    let (mut viewer, _, codes) = start(&portal).await;
    let answer = sends(&mut viewer, "off", PASSWORD, &codes[0]).await;
    assert_eq!(answer.status, 303);
    let answer = portal.client().sign_in("viewer", PASSWORD).await;
    assert_eq!(answer.location().as_deref(), Some("/"));
}

#[tokio::test]
async fn mfa_can_be_turned_on_again_with_another_phone() {
    let portal = Portal::start().await;
    let (mut viewer, app, codes) = start(&portal).await;
    sends(&mut viewer, "off", PASSWORD, &app.next_code(&portal)).await;
    let (other, new_codes) = turn_on(&portal, &mut viewer).await;
    assert_ne!(other.secret(), app.secret());
    let (mut viewer, page) = portal.half_way("viewer").await;
    portal.clock.advance(chrono::TimeDelta::seconds(30));
    for (code, status) in [
        (&app.code(&portal), 422),
        (&codes[0], 422),
        (&new_codes[0], 303),
    ] {
        assert_eq!(viewer.enters(&page, code).await.status, status);
    }
}

#[tokio::test]
async fn stale_mfa_form_changes_nothing() {
    let portal = Portal::start().await;
    let (mut viewer, app, _) = start(&portal).await;
    let stale = form(&mut viewer, "recovery-codes")
        .await
        .fill("password", PASSWORD);
    sends(&mut viewer, "off", PASSWORD, &app.next_code(&portal)).await;
    let stale = stale.fill("code", &app.next_code(&portal));
    let page = viewer.submit_and_follow(&stale).await;
    assert!(page.has("form[action='/account/second-factor/start']"));
    assert!(!page.has(".recovery-codes"));
}

#[tokio::test]
async fn admin_resets_a_lost_second_factor() {
    let portal = Portal::start().await;
    let (mut viewer, _, codes) = start(&portal).await;
    let (user, by) = (portal.user("viewer").await, AuditRecord::by_command_line());
    let reset = async || {
        let reset = portal.store.reset_second_factor(&user, &by).await;
        reset.expect("is done")
    };
    assert!(reset().await);
    assert!(!reset().await, "there is none any more");
    assert_eq!(
        viewer.get("/account").await.status,
        303,
        "sessions are ended"
    );
    let mut viewer = portal.sign_in("viewer").await;
    let (_, new_codes) = turn_on(&portal, &mut viewer).await;
    assert_ne!(codes, new_codes);
    let mut manager = portal.sign_in("manager").await;
    let page = manager.get("/t/acme/audit").await;
    let rows = page.rows("table.list > tbody > tr");
    let row = [
        "Command line",
        "Two-factor authentication reset",
        "viewer",
        "Done",
    ];
    assert!(rows.iter().any(|value| value[1..5] == row), "{rows:#?}");
}
