//! Invitations and password resets: one-time links, valid for 72 hours.

mod links;

use insta::assert_snapshot;

use super::{assert_audited, assert_refused};
use crate::support::{Form, PASSWORD, Page, Portal, TestClient, outline};

const CHOSEN: &str = "a chosen 비밀번호";

async fn inviting(admin: &mut TestClient, username: &str) -> Form {
    let page = admin.get("/admin/users").await;
    let form = page.form("form[action='/admin/users']");
    form.fill("username", username)
        .fill("display_name", "Park <Jisoo>")
        .fill("team", "acme")
        .fill("role", "operator")
}

/// The path of the link on the page that shows it once.
fn link(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.text);
    let link = page.text_of(".link-once code");
    let path = link.strip_prefix("http://portal.example/invitation/");
    let token = path.expect("is an address of the public URL");
    assert!(token.len() >= 40, "as long as 256 bits: {token}");
    format!("/invitation/{token}")
}

async fn invite(portal: &Portal) -> (TestClient, String) {
    let mut admin = portal.sign_in("site-admin").await;
    let form = inviting(&mut admin, "park").await;
    let page = admin.submit(&form).await;
    (admin, link(&page))
}

async fn reset(admin: &mut TestClient, portal: &Portal, username: &str) -> Page {
    let id = portal.user(username).await.id.0;
    admin.post(&format!("/admin/users/{id}/link"), &[]).await
}

fn chosen(page: &Page, new: &str, again: &str) -> Form {
    let form = page.form("form[action^='/invitation/']");
    form.fill("new", new).fill("again", again)
}

async fn is_over(link: &str, portal: &Portal) {
    let mut client = portal.client();
    let page = client.get(link).await;
    assert_eq!(page.status, 410);
    assert!(page.alert().starts_with("This link no longer works"));
    let sent = [("new", CHOSEN), ("again", CHOSEN)];
    assert_eq!(client.post(link, &sent).await.status, 410);
}

#[tokio::test]
async fn invited_user_chooses_a_password_and_reaches_the_team() {
    let portal = Portal::start().await;
    let (mut admin, link) = invite(&portal).await;
    let list = admin.get("/admin/users").await;
    let row = &list.rows("[data-id=park]")[0];
    assert_eq!(row[2], "acme: Operator");
    assert_eq!(row[4], "Invited link until 2025-06-14 12:00:00 KST");
    let early = portal.client().sign_in("park", "").await;
    assert_eq!(early.status, 422, "nobody signs in without a password");

    let mut park = portal.client();
    for _ in 0..3 {
        assert_eq!(
            park.get(&link).await.status,
            200,
            "looking does not use it up"
        );
    }
    let page = park.get(&link).await;
    assert_snapshot!(outline(&page), @"
    Secmon Portal
    View and manage Security Monitoring without a console account.
    # Welcome, Park <Jisoo>
    Set the password that you sign in with as park.
    A new password has at least 12 characters and is hard to guess, also for somebody who knows your name and this portal. Several words that do not belong together are easy to remember.
    New password
    _new: password_
    New password again
    _again: password_
    (Set password)
    ");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    let page = park.submit_and_follow(&chosen(&page, CHOSEN, CHOSEN)).await;
    assert_eq!(page.message(), "Your password is set. Sign in with it now.");
    let answer = park.sign_in_at(&page, "park", CHOSEN).await;
    assert_eq!(answer.status, 303);
    assert_eq!(park.get("/t/acme/vms").await.status, 200);
    is_over(&link, &portal).await;
    for row in [
        ["site-admin", "User added", "park", "Done"],
        ["site-admin", "Password link created", "park", "Done"],
        ["park", "Password set by link", "park", "Done"],
    ] {
        assert_audited(&portal, row).await;
    }
}

#[tokio::test]
async fn refused_password_leaves_the_link_valid() {
    let portal = Portal::start().await;
    let (_, link) = invite(&portal).await;
    let mut park = portal.client();
    let page = park.get(&link).await;
    for (new, again, field, words) in [
        (
            "short",
            "short",
            "new",
            "The new password must have at least 12 characters.",
        ),
        (
            "Password123!",
            "Password123!",
            "new",
            "The new password is easy to guess: it is made of common words, repetitions, rows of keys or dates. Choose several words that do not belong together.",
        ),
        (
            "secmon-portal",
            "secmon-portal",
            "new",
            "The new password is made of your name or of words of this portal. Use words that others would not think of.",
        ),
        (
            CHOSEN,
            "another one",
            "again",
            "The two new passwords differ.",
        ),
    ] {
        let page = park.submit(&chosen(&page, new, again)).await;
        assert_refused(&page, &[(field, words)]);
        assert!(!page.text.contains(&format!("\"{new}\"")));
    }
    let answer = park.submit(&chosen(&page, CHOSEN, CHOSEN)).await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn concurrent_uses_of_a_link_set_one_password() {
    let portal = Portal::start().await;
    let (_, link) = invite(&portal).await;
    let mut one = portal.client();
    let page = one.get(&link).await;
    let mut other = portal.after_a_restart(&one).await;
    let (first, second) = ("the first 비밀번호", "the second 비밀번호");
    let (first_form, second_form) = (chosen(&page, first, first), chosen(&page, second, second));
    let (a, b) = tokio::join!(one.submit(&first_form), other.submit(&second_form));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
    let winner = if a.status == 303 { first } else { second };
    assert_eq!(portal.client().sign_in("park", winner).await.status, 303);
}

#[tokio::test]
async fn password_reset_removes_the_password_and_ends_sessions() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut admin = portal.sign_in("site-admin").await;
    let link = link(&reset(&mut admin, &portal, "viewer").await);
    assert_eq!(viewer.get("/account").await.status, 303);
    assert_eq!(viewer.sign_in("viewer", PASSWORD).await.status, 422);
    let page = viewer.get(&link).await;
    viewer.submit(&chosen(&page, CHOSEN, CHOSEN)).await;
    assert_eq!(viewer.sign_in("viewer", PASSWORD).await.status, 422);
    assert_eq!(viewer.sign_in("viewer", CHOSEN).await.status, 303);
    assert_audited(&portal, ["site-admin", "Password reset", "viewer", "Done"]).await;
}

#[tokio::test]
async fn reset_by_link_still_requires_the_second_factor() {
    let portal = Portal::start().await;
    portal.with_second_factor("viewer").await;
    let mut admin = portal.sign_in("site-admin").await;
    let link = link(&reset(&mut admin, &portal, "viewer").await);
    let mut viewer = portal.client();
    let page = viewer.get(&link).await;
    let page = viewer
        .submit_and_follow(&chosen(&page, CHOSEN, CHOSEN))
        .await;
    let answer = viewer.sign_in_at(&page, "viewer", CHOSEN).await;
    assert!(viewer.follow(answer).await.has("#code-form"));
}

#[tokio::test]
async fn disabled_user_cannot_choose_a_password() {
    let portal = Portal::start().await;
    let (mut admin, link) = invite(&portal).await;
    let id = portal.user("park").await.id.0;
    admin.post(&format!("/admin/users/{id}/disable"), &[]).await;
    is_over(&link, &portal).await;
    let answer = admin.post(&format!("/admin/users/{id}/link"), &[]).await;
    assert_eq!(answer.status, 303, "no link is made for them");
    admin.post(&format!("/admin/users/{id}/enable"), &[]).await;
    is_over(&link, &portal).await;
}

#[tokio::test]
async fn password_set_at_the_shell_invalidates_the_link() {
    let portal = Portal::start().await;
    let (_, link) = invite(&portal).await;
    let park = portal.user("park").await;
    let by = secmon_portal::store::AuditRecord::by_command_line();
    let set = portal.store.set_password(&park, "a hash", &by);
    set.await.expect("is set");
    is_over(&link, &portal).await;
}

#[tokio::test]
async fn invalid_or_existing_user_is_not_invited() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let wrong = inviting(&mut admin, "a b/c")
        .await
        .fill("team", "never")
        .fill("role", "boss");
    let page = admin.submit(&wrong).await;
    let problems = [
        (
            "username",
            "A username needs 1 to 64 letters, digits or . _ @ + - and no spaces.",
        ),
        ("team", "Choose one of the teams."),
        ("role", "Choose one of the roles."),
    ];
    assert_refused(&page, &problems);
    let form = page.form("form[action='/admin/users']");
    assert_eq!(form.value("username"), Some("a b/c"));
    assert_eq!(form.value("display_name"), Some("Park <Jisoo>"));
    let taken = inviting(&mut admin, "VIEWER").await;
    let page = admin.submit(&taken).await;
    let words = "There is a user of that name already.";
    assert_refused(&page, &[("username", words)]);
    assert_eq!(
        page.form("form[action='/admin/users']").value("role"),
        Some("operator")
    );
}
