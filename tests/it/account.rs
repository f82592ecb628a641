//! The user's own account: password and open sessions.

use chrono::TimeDelta;

use crate::support::{PASSWORD, Page, Portal, TestClient};

const NEW: &str = "a new and longer 비밀번호";

async fn change(client: &mut TestClient, old: &str, new: &str, again: &str) -> Page {
    let page = client.get("/account").await;
    let form = page.form("form[action='/account/password']");
    let form = form.fill("old", old).fill("new", new).fill("again", again);
    client.submit_and_follow(&form).await
}

#[tokio::test]
async fn password_change_needs_the_old_one_and_ends_other_sessions() {
    let portal = Portal::start().await;
    let mut elsewhere = portal.sign_in("viewer").await;
    let mut here = portal.sign_in("viewer").await;
    let page = change(&mut here, PASSWORD, NEW, NEW).await;
    let words = "The password is changed. All your other sessions are ended.";
    assert_eq!(page.message(), words);
    assert_eq!(elsewhere.get("/account").await.status, 303);
    assert_eq!(here.get("/account").await.status, 200);
    let old = portal.client().sign_in("viewer", PASSWORD).await;
    assert_eq!(old.status, 422);
    let new = portal.client().sign_in("viewer", NEW).await;
    assert_eq!(new.status, 303);
}

#[tokio::test]
async fn invalid_password_change_names_its_field() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for (old, new, again, field, words) in [
        ("wrong", NEW, NEW, "old", "The current password is wrong."),
        (
            PASSWORD,
            "eleven char",
            "eleven char",
            "new",
            "The new password must have at least 12 characters.",
        ),
        (
            PASSWORD,
            "Password123!",
            "Password123!",
            "new",
            "The new password is easy to guess: it is made of common words, repetitions, rows of keys or dates. Choose several words that do not belong together.",
        ),
        (
            PASSWORD,
            "Viewer-portal-1",
            "Viewer-portal-1",
            "new",
            "The new password is made of your name or of words of this portal. Use words that others would not think of.",
        ),
        (
            PASSWORD,
            NEW,
            "another",
            "again",
            "The two new passwords differ.",
        ),
    ] {
        let page = change(&mut viewer, old, new, again).await;
        assert_eq!(page.status, 422);
        assert_eq!(page.alert(), words);
        assert_eq!(page.attributes("[aria-invalid=true]", "name"), [field]);
        assert!(!page.text.contains(NEW) && !page.text.contains(PASSWORD));
    }
    let page = portal.client().sign_in("viewer", PASSWORD).await;
    assert_eq!(page.status, 303);
}

#[tokio::test]
async fn open_session_is_listed_and_can_be_ended() {
    let portal = Portal::start().await;
    let mut elsewhere = portal
        .client()
        .with_header("user-agent", "A browser in the café");
    elsewhere.sign_in("viewer", PASSWORD).await;
    let mut here = portal.sign_in("viewer").await;
    let page = here.get("/account").await;
    let end = "form[action='/account/sessions/end']";
    assert_eq!(page.count(end), 1, "this session is not offered");
    let page = here.submit_and_follow(&page.form(end)).await;
    assert_eq!(page.message(), "The session is signed out.");
    assert!(!page.has(end));
    assert_eq!(elsewhere.get("/account").await.status, 303);
}

#[tokio::test]
async fn session_of_another_user_cannot_be_ended() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    portal.sign_in("operator").await;
    let page = operator.get("/account").await;
    let form = page.form("form[action='/account/sessions/end']");
    portal.sign_in("viewer").await.submit(&form).await;
    let page = operator.get("/account").await;
    assert!(page.has("form[action='/account/sessions/end']"));
}

#[tokio::test]
async fn session_in_use_is_prolonged() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let used = async |viewer: &mut TestClient| {
        let page = viewer.get("/account").await;
        page.text_of("table:last-of-type tbody tr td:first-child time")
    };
    portal.clock.advance(TimeDelta::seconds(59));
    assert_eq!(used(&mut viewer).await, "2025-06-11 12:00:00 KST");
    portal.clock.advance(TimeDelta::minutes(7));
    assert_eq!(used(&mut viewer).await, "2025-06-11 12:07:59 KST");
    portal.clock.advance(TimeDelta::minutes(7 * 60 + 59));
    assert_eq!(viewer.get("/account").await.status, 200);
}

#[tokio::test]
async fn guesser_of_the_current_password_waits() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for _ in 0..5 {
        assert_eq!(change(&mut viewer, "a guess", NEW, NEW).await.status, 422);
    }
    let page = change(&mut viewer, PASSWORD, NEW, NEW).await;
    assert_eq!(page.status, 429);
    assert_eq!(page.header("retry-after"), Some("1"));
    assert_eq!(page.texts("h1"), ["Wrong several times"]);
    portal.clock.advance(TimeDelta::seconds(1));
    assert_eq!(change(&mut viewer, PASSWORD, NEW, NEW).await.status, 200);
}
