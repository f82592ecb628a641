//! MFA challenges: lifetime, browser binding and rate limit.

use chrono::TimeDelta;
use secmon_portal::store::AuditRecord;

use super::super::set_up::assert_audited;
use super::assert_signed_out;
use crate::support::{PASSWORD, Portal};

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
    assert_audited(&portal, "Code at two-factor authentication", "Refused").await;
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
