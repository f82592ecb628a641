//! Login with MFA.

mod challenge;
mod recovery;

use chrono::TimeDelta;
use insta::assert_snapshot;

use crate::support::{PASSWORD, Portal, TestClient, outline};

async fn assert_signed_out(client: &mut TestClient) {
    let answer = client.get("/account").await;
    assert_eq!(answer.location().as_deref(), Some("/login?next=/account"));
}

#[tokio::test]
async fn login_asks_for_a_code_after_the_password() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    let (mut viewer, page) = portal.half_way("viewer").await;
    assert_snapshot!(outline(&page), @r"
    Secmon Portal
    # Enter the authentication code
    Enter the six digits that your authenticator app shows for the portal.
    Authentication code
    _code: text_
    (Sign in)
    Can't use your app?
    Enter one of your recovery codes. If you have none, a site admin can reset your two-factor authentication.
    Recovery code
    _code: text_
    (Sign in with a recovery code)
    You are signing in as viewer.
    [Sign in as another user](/login)
    ");
    let answer = viewer.enters(&page, &app.code(&portal)).await;
    assert_eq!(answer.location().as_deref(), Some("/"));
    assert_eq!(viewer.get("/account").await.status, 200);
    assert!(!viewer.cookies.contains_key("secmon_portal_mfa"));
}

#[tokio::test]
async fn password_alone_reaches_no_page() {
    let portal = Portal::start().await;
    portal.with_second_factor("admin").await;
    let (mut admin, _) = portal.half_way("admin").await;
    assert!(!admin.cookies.contains_key("secmon_portal_session"));
    for address in [
        "/",
        "/account",
        "/account/second-factor",
        "/t/acme",
        "/t/acme/vms",
        "/t/acme/audit",
        "/admin/users",
    ] {
        let answer = admin.get(address).await;
        let there = answer.location().expect("leads to signing in");
        assert_eq!(there, format!("/login?next={address}"));
    }
    for address in [
        "/account/password",
        "/account/second-factor/start",
        "/account/second-factor/on",
        "/account/second-factor/off",
        "/account/second-factor/recovery-codes",
        "/t/acme/vms/add",
    ] {
        let answer = admin
            .post(address, &[("code", "1"), ("password", PASSWORD)])
            .await;
        let there = answer.location().expect("leads to signing in");
        assert!(there.starts_with("/login?next="), "{address} {there}");
    }
    assert!(portal.calls().is_empty());
}

#[tokio::test]
async fn wrong_password_does_not_reveal_a_second_factor() {
    let portal = Portal::start().await;
    portal.with_second_factor("viewer").await;
    let mut answers = Vec::new();
    for username in ["viewer", "manager", "nobody"] {
        let mut client = portal.client();
        let answer = client.sign_in(username, "wrong horse").await;
        assert_eq!(answer.status, 422);
        assert!(client.cookies.is_empty(), "{:?}", client.cookies);
        answers.push(outline(&answer).replace(username, "NAME"));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
}

#[tokio::test]
async fn requested_page_survives_both_steps() {
    let portal = Portal::start().await;
    let (app, codes) = portal.with_second_factor("viewer").await;
    let asked = "/t/acme/events?start=2025-06-10T00:00&end=2025-06-10T09:30&page=2";
    let mut viewer = portal.client();
    let page = viewer.open(asked).await;
    let page = viewer.sign_in_at(&page, "viewer", "wrong").await;
    let answer = viewer.sign_in_at(&page, "viewer", PASSWORD).await;
    let page = viewer.follow(answer).await;
    let page = viewer.enters(&page, &app.wrong_code(&portal)).await;
    // The language can be changed on the way.
    let form = page.form("form.preferences").smuggle("language", "ko");
    let page = viewer.submit_and_follow(&form).await;
    assert_eq!(page.texts("h1"), ["인증번호 입력"]);
    let answer = viewer.enters(&page, &app.code(&portal)).await;
    assert_eq!(answer.location().as_deref(), Some(asked));

    // And by a recovery code.
    let mut viewer = portal.client();
    let page = viewer.open(asked).await;
    let answer = viewer.sign_in_at(&page, "viewer", PASSWORD).await;
    let page = viewer.follow(answer).await;
    let form = page.form("#recovery-form").fill("code", &codes[0]);
    let page = viewer.submit_and_follow(&form).await;
    assert_eq!(page.link("main a.btn-primary"), asked);
}

#[tokio::test]
async fn second_step_redirects_to_no_other_site() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    let (mut viewer, page) = portal.half_way("viewer").await;
    let form = page.form("#code-form").fill("next", "//evil.example");
    let answer = viewer.submit(&form.fill("code", &app.code(&portal))).await;
    assert_eq!(answer.location().as_deref(), Some("/"));
}

#[tokio::test]
async fn used_code_does_not_work_twice() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    let (mut first, page) = portal.half_way("viewer").await;
    let code = app.code(&portal);
    assert_eq!(first.enters(&page, &code).await.status, 303);
    let (mut second, page) = portal.half_way("viewer").await;
    let answer = second.enters(&page, &code).await;
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.alert(),
        "The code is wrong or was used before. Enter the next one that your app shows."
    );
    assert_signed_out(&mut second).await;
    // Nor once its time has gone by and the next one is shown.
    let next = app.next_code(&portal);
    assert_eq!(second.enters(&page, &code).await.status, 422);
    assert_eq!(second.enters(&page, &next).await.status, 303);
}

#[tokio::test]
async fn concurrent_uses_of_a_code_open_one_session() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    let code = app.code(&portal);
    let mut tries = Vec::new();
    for _ in 0..4 {
        let (mut client, page) = portal.half_way("viewer").await;
        let code = code.clone();
        tries.push(tokio::spawn(async move {
            let status = client.enters(&page, &code).await.status;
            (status, client.get("/account").await.status)
        }));
    }
    let mut answers = Vec::new();
    for answer in tries {
        answers.push(answer.await.expect("answers"));
    }
    answers.sort_unstable();
    assert_eq!(answers, [(303, 200), (422, 303), (422, 303), (422, 303)]);
}

#[tokio::test]
async fn code_form_sent_twice_signs_in_once() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    let (mut viewer, page) = portal.half_way("viewer").await;
    let mut double_click = viewer.clone();
    let code = app.code(&portal);
    assert_eq!(viewer.enters(&page, &code).await.status, 303);
    let answer = double_click.enters(&page, &code).await;
    assert_eq!(
        answer.location().as_deref(),
        Some("/login?error=expired&next=/")
    );
    // Not even with a fresh code: the step is over.
    let answer = double_click.enters(&page, &app.next_code(&portal)).await;
    assert_eq!(
        answer.location().as_deref(),
        Some("/login?error=expired&next=/")
    );
}

#[tokio::test]
async fn clock_may_differ_by_one_step_and_not_by_two() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    // Away from the code that turned it on.
    portal.clock.advance(TimeDelta::minutes(5));
    let now = portal.clock.now();
    let at = |steps: i32| app.code_at(now + TimeDelta::seconds(30) * steps);
    for (steps, status) in [(-2, 422), (2, 422), (-1, 303), (1, 303), (0, 422)] {
        let (mut viewer, page) = portal.half_way("viewer").await;
        let answer = viewer.enters(&page, &at(steps)).await;
        // The last one is of a step before one that was used.
        assert_eq!(answer.status, status, "{steps} steps");
    }
}
