//! MFA setup.

use chrono::TimeDelta;
use insta::assert_snapshot;

use crate::support::{Authenticator, PASSWORD, Page, Portal, TestClient, outline, turn_on};

const START: &str = "form[action='/account/second-factor/start']";
const ON: &str = "form[action='/account/second-factor/on']";

/// Goes to where the picture is.
async fn starts(client: &mut TestClient) -> Page {
    let page = client.get("/account").await;
    let page = client.open(&page.link("main a[href^='/account/']")).await;
    if page.has("svg.qr") {
        return page;
    }
    client.submit_and_follow(&page.form(START)).await
}

#[tokio::test]
async fn qr_code_holds_the_shown_secret() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = starts(&mut viewer).await;
    let app = Authenticator::scan(&page);
    let secret = app.secret();
    // 160 bits.
    assert_eq!(secret.len(), 32);
    assert_eq!(
        app.address,
        format!("otpauth://totp/Secmon%20Portal:viewer?secret={secret}&issuer=Secmon%20Portal")
    );
    assert_eq!(page.link("a[href^='otpauth:']"), app.address);
    assert_eq!(page.text_of("code.secret").replace(' ', ""), secret);
    assert_eq!(page.attributes("svg.qr", "role"), ["img"]);
    assert!(page.attributes("svg.qr", "aria-label")[0].contains("QR code"));
    let shown = outline(&page).replace(&app.address, "otpauth:…");
    let shown = shown.replace(&page.text_of("code.secret"), "KEY");
    assert_snapshot!(shown, @r"
    # Two-factor authentication
    After your password you are asked for a code from an app on your phone. A stolen password alone no longer opens your account.
    ## Add the portal to your authenticator app
    Scan this picture with an app that makes one-time codes, such as Google Authenticator or Microsoft Authenticator.
    [The app is on this device: open it](otpauth:…)
    Cannot scan? Type the key in
    Account
    viewer
    Key
    KEY
    Kind of code
    By time, six digits, every 30 seconds (SHA-1)
    ## Enter the authentication code that the app shows now
    Authentication code
    _code: text_
    Turning it on ends all your other sessions.
    (Turn on two-factor authentication)
    ");
}

#[tokio::test]
async fn first_code_turns_mfa_on_and_shows_recovery_codes_once() {
    let portal = Portal::start().await;
    let mut elsewhere = portal.sign_in("viewer").await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = starts(&mut viewer).await;
    let app = Authenticator::scan(&page);
    let before = viewer.clone();
    let form = page.form(ON).fill("code", &app.code(&portal));
    let page = viewer.submit(&form).await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.message(),
        "Two-factor authentication is on. All your other sessions are ended."
    );
    let codes = page.texts(".recovery-codes code");
    assert_eq!(codes.len(), 10);
    assert_eq!(
        page.attributes("button.copy", "data-copy"),
        [codes.join("\n")]
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.link("a.go-on"), "/account");
    // This session continues under a new id; all others end.
    assert_ne!(
        viewer.cookies["secmon_portal_session"],
        before.cookies["secmon_portal_session"]
    );
    assert_eq!(elsewhere.get("/account").await.status, 303);
    assert_eq!(before.clone().get("/account").await.status, 303);
    let page = viewer.get("/account").await;
    assert!(page.text.contains("10 recovery codes are left."));
    let page = viewer.get("/account/second-factor").await;
    for secret in codes.iter().chain([&app.secret()]) {
        assert!(!page.text.contains(secret.as_str()));
    }
    // Sending the form once more changes nothing.
    let again = viewer.submit_and_follow(&form).await;
    assert_eq!(again.status, 200);
    assert!(!again.has(".recovery-codes"));
    assert_audited(&portal, "Two-factor authentication turned on", "Done").await;
}

pub async fn assert_audited(portal: &Portal, action: &str, outcome: &str) {
    let mut manager = portal.sign_in("manager").await;
    let page = manager.get("/t/acme/audit").await;
    let rows = page.rows("table.list > tbody > tr");
    let found = rows
        .iter()
        .any(|row| row[1] == "viewer" && row[2] == action && row[4] == outcome);
    assert!(found, "{rows:#?}");
}

#[tokio::test]
async fn wrong_first_code_keeps_the_same_qr_code() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = starts(&mut viewer).await;
    let app = Authenticator::scan(&page);
    for wrong in [
        app.wrong_code(&portal).as_str(),
        "",
        "12345",
        "abcdef",
        "１２３４５６",
    ] {
        let page = viewer.submit(&page.form(ON).fill("code", wrong)).await;
        assert_eq!(page.status, 422, "{wrong}");
        assert!(page.alert().starts_with("The code does not fit the key."));
        assert_eq!(page.attributes("[aria-invalid=true]", "name"), ["code"]);
        assert_eq!(Authenticator::scan(&page).secret(), app.secret());
        assert_eq!(page.form(ON).value("code"), Some(""));
    }
    let user = portal.user("viewer").await;
    assert!(
        !portal
            .store
            .has_second_factor(&user.id)
            .await
            .expect("is read")
    );
    let gap = app.code(&portal);
    let gap = format!("{} {}", &gap[..3], &gap[3..]);
    let page = viewer.submit(&page.form(ON).fill("code", &gap)).await;
    assert!(
        page.has(".recovery-codes"),
        "a gap in the code is no matter"
    );
}

#[tokio::test]
async fn setup_asks_for_the_password_after_an_old_login() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.clock.advance(TimeDelta::minutes(11));
    let page = starts(&mut viewer).await;
    let app = Authenticator::scan(&page);
    let form = page.form(ON).fill("code", &app.code(&portal));
    assert_eq!(form.value("password"), Some(""));
    for wrong in [
        form.clone(),
        form.clone().without("password"),
        form.clone().fill("password", "wrong horse"),
    ] {
        let page = viewer.submit(&wrong).await;
        assert_eq!(page.status, 422);
        assert_eq!(page.alert(), "The current password is wrong.");
        assert_eq!(page.attributes("[aria-invalid=true]", "name"), ["password"]);
        assert!(!page.text.contains("wrong horse"));
    }
    let page = viewer.submit(&form.fill("password", PASSWORD)).await;
    assert!(page.has(".recovery-codes"));
}

#[tokio::test]
async fn setup_secret_is_shared_by_tabs_and_not_by_sessions() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut elsewhere = portal.sign_in("viewer").await;
    let one = Authenticator::scan(&starts(&mut viewer).await);
    let mut tab = viewer.clone();
    let other = Authenticator::scan(&starts(&mut tab).await);
    assert_eq!(one.secret(), other.secret());
    let page = elsewhere.get("/account/second-factor").await;
    assert!(!page.has("svg.qr"), "the page shows nothing else");
    let theirs = Authenticator::scan(&starts(&mut elsewhere).await);
    assert_ne!(theirs.secret(), one.secret());
    // A code of the one is none for the other.
    let form = elsewhere.get("/account/second-factor").await.form(ON);
    let form = form.fill("code", &one.code(&portal));
    assert_eq!(elsewhere.submit(&form).await.status, 422);
}

#[tokio::test]
async fn unconfirmed_setup_expires_after_fifteen_minutes() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = starts(&mut viewer).await;
    let app = Authenticator::scan(&page);
    portal.clock.advance(TimeDelta::minutes(16));
    let form = page.form(ON).fill("code", &app.code(&portal));
    let answer = viewer
        .submit_and_follow(&form.smuggle("password", PASSWORD))
        .await;
    assert!(answer.has(START), "it has to be asked for again");
    let again = Authenticator::scan(&starts(&mut viewer).await);
    assert_ne!(again.secret(), app.secret());
}

#[tokio::test]
async fn concurrent_confirmations_turn_mfa_on_once() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = starts(&mut viewer).await;
    let app = Authenticator::scan(&page);
    let form = page.form(ON).fill("code", &app.code(&portal));
    let (mut one, mut other) = (viewer.clone(), viewer.clone());
    let (first, second) = tokio::join!(one.submit(&form), other.submit(&form));
    let shown = [&first, &second].map(|page| page.texts(".recovery-codes code").len());
    assert_eq!(shown.iter().sum::<usize>(), 10, "{shown:?}");
    let user = portal.user("viewer").await;
    let factor = portal.store.second_factor(&user.id).await.expect("is read");
    assert_eq!(factor.expect("is on").recovery_codes, 10);
}

#[tokio::test]
async fn setup_leads_on_to_the_requested_page() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/account/second-factor?next=/t/acme/vms").await;
    let page = viewer.submit_and_follow(&page.form(START)).await;
    let app = Authenticator::scan(&page);
    let page = viewer.submit(&page.form(ON).fill("code", "1")).await;
    let form = page.form(ON).fill("code", &app.code(&portal));
    let page = viewer.submit(&form).await;
    assert_eq!(page.link("a.go-on"), "/t/acme/vms");
}

#[tokio::test]
async fn setup_redirects_to_no_other_site() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for elsewhere in [
        "//evil.example",
        "https://evil.example",
        "javascript:alert(1)",
    ] {
        let page = viewer
            .get(&format!("/account/second-factor?next={elsewhere}"))
            .await;
        assert_eq!(page.form(START).value("next"), None);
    }
    let page = starts(&mut viewer).await;
    let app = Authenticator::scan(&page);
    let form = page.form(ON).fill("code", &app.code(&portal));
    let page = viewer.submit(&form.smuggle("next", "//evil.example")).await;
    assert_eq!(page.link("a.go-on"), "/account");
}

#[tokio::test]
async fn code_used_at_setup_does_not_sign_in() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let (app, _) = turn_on(&portal, &mut viewer).await;
    let (mut other, page) = portal.half_way("viewer").await;
    assert_eq!(other.enters(&page, &app.code(&portal)).await.status, 422);
    let next = app.next_code(&portal);
    assert_eq!(other.enters(&page, &next).await.status, 303);
}
