//! The callback: browser binding, replay, cancellation and expiry.

use chrono::TimeDelta;
use insta::assert_snapshot;
use serde_json::json;

use super::super::support::{Guest, portal, provider};
use super::{newest_row, parameter, with_parameter};
use crate::support::{Page, Portal, outline};

/// Asserts the page's reason, no session, and an audit row.
async fn assert_refused(portal: &Portal, answer: &Page, status: u16, why: &str, row: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(answer.alert().contains(why), "{}", answer.alert());
    assert_eq!(newest_row(portal).await, row);
}

#[tokio::test]
async fn callback_in_another_browser_is_refused() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    let page = kim.get("/login").await;
    let there = kim.goes_to_provider(&page).await;
    let back = guest.signs_in(&there, "sub-kim").await;
    // Login CSRF: a callback link sent to a victim.
    let mut victim = portal.client();
    let answer = victim.get(&back).await;
    let row = "– | Sign-in | single sign-on: not-begun | Refused";
    assert_refused(&portal, &answer, 400, "Please start again", row).await;
    // Also when the victim is about to sign in.
    let page = victim.get("/login").await;
    victim.goes_to_provider(&page).await;
    let answer = victim.get(&back).await;
    let row = "– | Sign-in | single sign-on: not-begun | Refused";
    assert_refused(&portal, &answer, 400, "Please start again", row).await;
    assert!(!victim.cookies.contains_key("secmon_portal_session"));
    // The attempt's own browser still succeeds.
    assert_eq!(kim.get(&back).await.location().as_deref(), Some("/"));
}

#[tokio::test]
async fn altered_state_is_refused() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    let page = kim.get("/login").await;
    let there = kim.goes_to_provider(&page).await;
    let back = guest.signs_in(&there, "sub-kim").await;
    for state in ["", "x"] {
        let answer = kim.get(&with_parameter(&back, "state", state)).await;
        let row = "– | Sign-in | single sign-on: not-begun | Refused";
        assert_refused(&portal, &answer, 400, "Please start again", row).await;
    }
    // A callback from another provider.
    let answer = kim
        .get(&with_parameter(&back, "iss", "https://evil.example"))
        .await;
    let row = "– | Sign-in | single sign-on: other-attempt | Refused";
    assert_refused(&portal, &answer, 400, "Please start again", row).await;
}

#[tokio::test]
async fn replayed_callback_is_refused() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    let page = kim.get("/login").await;
    let there = kim.goes_to_provider(&page).await;
    let back = guest.signs_in(&there, "sub-kim").await;
    let mut copy = kim.clone();
    assert_eq!(kim.get(&back).await.location().as_deref(), Some("/"));
    let answer = copy.get(&back).await;
    let row = "– | Sign-in | single sign-on: came-back-twice | Refused";
    assert_refused(&portal, &answer, 409, "was used before", row).await;
    assert!(!copy.cookies.contains_key("secmon_portal_session"));
    // Nor does a code used by another attempt: the provider refuses it.
    let page = copy.get("/login").await;
    let there = copy.goes_to_provider(&page).await;
    let state = parameter(&there, "state").expect("has a state");
    let answer = copy.get(&with_parameter(&back, "state", &state)).await;
    let row = "– | Sign-in | single sign-on: code-refused | Refused";
    assert_refused(&portal, &answer, 502, "was used before", row).await;
}

#[tokio::test]
async fn concurrent_tabs_can_sign_in() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    let mut attempts = Vec::new();
    for next in ["/account", "/session", "/", "/account", "/session"] {
        let page = kim.get(&format!("/login?next={next}")).await;
        attempts.push((next, kim.goes_to_provider(&page).await));
        // Attempts have different times, so that the oldest is known.
        portal.clock.advance(TimeDelta::seconds(1));
    }
    // The oldest attempt was evicted.
    let (_, oldest) = attempts.remove(0);
    let back = guest.signs_in(&oldest, "sub-kim").await;
    assert_eq!(kim.get(&back).await.status, 400);
    for (next, there) in attempts {
        let back = guest.signs_in(&there, "sub-kim").await;
        assert_eq!(kim.get(&back).await.location().as_deref(), Some(next));
    }
    assert!(!kim.cookies.keys().any(|name| name.contains("oidc")));
}

#[tokio::test]
async fn attempt_expires_after_ten_minutes() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    for (minutes, status) in [(9, 303), (11, 400)] {
        let (mut kim, mut guest) = (portal.client(), Guest::new());
        let page = kim.get("/login").await;
        let there = kim.goes_to_provider(&page).await;
        let back = guest.signs_in(&there, "sub-kim").await;
        portal.clock.advance(TimeDelta::minutes(minutes));
        assert_eq!(kim.get(&back).await.status, status, "{minutes}");
    }
}

#[tokio::test]
async fn cancelled_login_is_reported_in_the_user_language() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    let page = kim.open("/account").await;
    let there = kim.goes_to_provider(&page).await;
    let back = guest.cancels(&there).await;
    let answer = kim.get(&back).await;
    assert_eq!(answer.status, 403);
    assert_snapshot!(outline(&answer), @"
    Secmon Portal
    alert:
    # Signing in with Hanbit Login has failed
    You have cancelled it, or Hanbit Login does not let you sign in to this portal.
    [Try again](/login/single-sign-on?next=/account)
    [Go back](/login?next=/account)
    Request ID for support: …
    ");
    // The page repeats nothing of the callback.
    let state = parameter(&there, "state").expect("has a state");
    assert!(!answer.text.contains(&state));
    assert_eq!(
        answer.link("main a.btn-primary"),
        "/login/single-sign-on?next=/account"
    );
    assert_eq!(
        newest_row(&portal).await,
        "– | Sign-in | single sign-on: denied | Refused"
    );
    let mut korean = portal.client().with_header("accept-language", "ko");
    let page = korean.get("/login").await;
    let there = korean.goes_to_provider(&page).await;
    let back = guest.cancels(&there).await;
    let answer = korean.get(&back).await;
    assert_eq!(
        answer.texts("h1"),
        ["Hanbit Login 로그인이 완료되지 않았습니다"]
    );
}
