//! Login with MFA.

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::store::AuditRecord;

use super::set_up::assert_audited;
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
    # Enter the code
    Enter the six digits that your authenticator app shows for the portal.
    Code from the app
    _code: text_
    (Sign in)
    No phone at hand?
    Enter one of your recovery codes. If you have none, a site admin can take two-step sign-in off your account.
    Recovery code
    _code: text_
    (Sign in with a recovery code)
    You are signing in as viewer.
    [Sign in as somebody else](/login)
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
    assert_eq!(page.texts("h1"), ["코드 입력"]);
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

#[tokio::test]
async fn second_step_expires_after_five_minutes() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    let (mut viewer, page) = portal.half_way("viewer").await;
    portal.clock.advance(TimeDelta::seconds(299));
    assert_eq!(viewer.get(&page.address).await.status, 200);
    let wrong = app.wrong_code(&portal);
    assert_eq!(
        viewer.enters(&page, &wrong).await.status,
        422,
        "and is not prolonged"
    );
    portal.clock.advance(TimeDelta::seconds(1));
    let answer = viewer.enters(&page, &app.code(&portal)).await;
    assert_eq!(
        answer.location().as_deref(),
        Some("/login?error=expired&next=/")
    );
    assert_signed_out(&mut viewer).await;
    let page = viewer.follow(answer).await;
    let words = "Signing in took longer than five minutes. Please start again.";
    assert_eq!(page.alert(), words);
}

#[tokio::test]
async fn second_step_is_bound_to_its_browser() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    let (_, page) = portal.half_way("viewer").await;
    let mut other = portal.client();
    let answer = other.enters(&page, &app.code(&portal)).await;
    assert_eq!(
        answer.location().as_deref(),
        Some("/login?error=expired&next=/")
    );
    other
        .cookies
        .insert("secmon_portal_mfa".into(), "made-up".into());
    let answer = other.enters(&page, &app.code(&portal)).await;
    assert_eq!(
        answer.location().as_deref(),
        Some("/login?error=expired&next=/")
    );
    assert_eq!(other.get("/login/code").await.status, 303);
}

#[tokio::test]
async fn mfa_cookie_is_http_only_and_same_site() {
    for (public_url, cookie) in [
        (
            "http://portal.example",
            "secmon_portal_mfa=…; HttpOnly; SameSite=Lax; Path=/",
        ),
        (
            "https://portal.example",
            "__Host-secmon_portal_mfa=…; HttpOnly; SameSite=Lax; Secure; Path=/",
        ),
    ] {
        let portal = Portal::start_with(|config| config.public_url = public_url).await;
        portal.with_second_factor("viewer").await;
        let answer = portal.client().sign_in("viewer", PASSWORD).await;
        let given = answer.header("set-cookie").expect("a cookie is set");
        let (name, rest) = given.split_once('=').expect("has a name");
        let (_, attributes) = rest.split_once(';').expect("has attributes");
        assert_eq!(format!("{name}=…;{attributes}"), cookie);
    }
}

#[tokio::test]
async fn second_step_ends_with_the_user_sessions() {
    let portal = Portal::start().await;
    let by = AuditRecord::by_command_line();
    for (username, what) in [
        ("viewer", "password"),
        ("manager", "disabled"),
        ("operator", "reset"),
    ] {
        let (app, _) = portal.with_second_factor(username).await;
        let (mut client, page) = portal.half_way(username).await;
        let user = portal.user(username).await;
        match what {
            "password" => portal.store.set_password(&user, "no hash", &by).await,
            "disabled" => portal.store.disable_user(&user, &by).await,
            _ => {
                let reset = portal.store.reset_second_factor(&user, &by).await;
                reset.map(|had_one| assert!(had_one))
            }
        }
        .expect("is done");
        let answer = client.enters(&page, &app.code(&portal)).await;
        assert_eq!(
            answer.location().as_deref(),
            Some("/login?error=expired&next=/"),
            "{what}"
        );
    }
}

#[tokio::test]
async fn code_guesser_waits_even_after_a_right_password() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    for _ in 0..5 {
        let (mut guesser, page) = portal.half_way("viewer").await;
        let answer = guesser.enters(&page, &app.wrong_code(&portal)).await;
        assert_eq!(answer.status, 422);
    }
    let (mut viewer, page) = portal.half_way("viewer").await;
    let code = app.code(&portal);
    let answer = viewer.enters(&page, &code).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after"), Some("1"));
    let words = "The code was wrong several times. Try again in one second.";
    assert_eq!(answer.alert(), words);
    // The wait ends, the code is still unused, and a success resets the failures.
    portal.clock.advance(TimeDelta::seconds(1));
    assert_eq!(viewer.enters(&page, &code).await.status, 303);
    let (mut viewer, page) = portal.half_way("viewer").await;
    for _ in 0..5 {
        let wrong = app.wrong_code(&portal);
        assert_eq!(viewer.enters(&page, &wrong).await.status, 422);
    }
    assert_audited(&portal, "Code at two-step sign-in", "Refused").await;
}

#[tokio::test]
async fn concurrent_guesses_are_all_counted() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    let (client, page) = portal.half_way("viewer").await;
    let form = page
        .form("#code-form")
        .fill("code", &app.wrong_code(&portal));
    let tries = (0..12).map(|_| {
        let (mut tab, form) = (client.clone(), form.clone());
        tokio::spawn(async move { tab.submit(&form).await.status })
    });
    let tries: Vec<_> = tries.collect();
    let mut checked = 0;
    for status in tries {
        checked += usize::from(status.await.expect("answers") == 422);
    }
    assert_eq!(checked, 5);
}

#[tokio::test]
async fn recovery_code_signs_in_once_and_reports_the_rest() {
    let portal = Portal::start().await;
    let (_, codes) = portal.with_second_factor("viewer").await;
    let (mut viewer, page) = portal.half_way("viewer").await;
    let form = page.form("#recovery-form");
    // As typed from paper.
    let typed = codes[3].replace('-', " ").to_uppercase();
    let page = viewer
        .submit_and_follow(&form.clone().fill("code", &typed))
        .await;
    assert_eq!(
        page.message(),
        "You signed in with a recovery code, which no longer works. 9 are left."
    );
    assert_eq!(page.link("main a.btn-primary"), "/");
    let (mut again, page) = portal.half_way("viewer").await;
    let form = page.form("#recovery-form");
    let answer = again.submit(&form.clone().fill("code", &codes[3])).await;
    assert_eq!(answer.status, 422);
    // Also in the field for the other kind.
    assert_eq!(again.enters(&page, &codes[4]).await.status, 303);
    assert_audited(&portal, "Recovery code used", "Done").await;
}

#[tokio::test]
async fn last_recovery_codes_are_warned_of() {
    let portal = Portal::start().await;
    let (_, codes) = portal.with_second_factor("viewer").await;
    let mut told = Vec::new();
    for code in &codes {
        let (mut viewer, page) = portal.half_way("viewer").await;
        let answer = viewer.enters(&page, code).await;
        let page = viewer.follow(answer).await;
        told.push(page.message());
    }
    let words = "You signed in with a recovery code, which no longer works.";
    assert_eq!(told[8], format!("{words} One is left: make new ones soon."));
    assert_eq!(told[9], format!("{words} None is left: make new ones now."));
}

#[tokio::test]
async fn concurrent_uses_of_a_recovery_code_open_one_session() {
    let portal = Portal::start().await;
    let (_, codes) = portal.with_second_factor("viewer").await;
    let (mut one, page) = portal.half_way("viewer").await;
    let (mut other, _) = portal.half_way("viewer").await;
    let (first, second) =
        tokio::join!(one.enters(&page, &codes[0]), other.enters(&page, &codes[0]));
    let mut answers = [first.status, second.status];
    answers.sort_unstable();
    assert_eq!(answers, [303, 422]);
}

#[tokio::test]
async fn recovery_code_of_another_user_is_refused() {
    let portal = Portal::start().await;
    let (_, codes) = portal.with_second_factor("viewer").await;
    portal.with_second_factor("manager").await;
    let (mut manager, page) = portal.half_way("manager").await;
    assert_eq!(manager.enters(&page, &codes[0]).await.status, 422);
}
