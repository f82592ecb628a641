//! Accounts created at the first OIDC sign-in.

use insta::assert_snapshot;
use secmon_portal::{model::Username, store::AuditRecord};
use serde_json::json;

use super::{
    sign_in::newest_row,
    support::{Guest, portal, provider},
};
use crate::support::{PASSWORD, Portal, outline};

async fn usernames(portal: &Portal) -> Vec<String> {
    let users = portal.store.users().await.expect("are read");
    users.iter().map(|user| user.username.to_string()).collect()
}

#[tokio::test]
async fn first_login_creates_an_account_without_teams() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    kim.signs_in_as(&mut guest, "sub-kim").await;
    let page = kim.get("/").await;
    assert_eq!(page.status, 200);
    let mut admin = portal.sign_in("site-admin").await;
    let log = admin.get("/admin/audit").await;
    let rows: Vec<_> = log
        .rows("tbody tr")
        .iter()
        .map(|row| row[1..5].join(" | "))
        .collect();
    assert_snapshot!(rows[1..4].join("\n"), @"
    kim | Sign-in |  | Done
    Single sign-on | Single sign-on connected | kim | Done
    Single sign-on | User added | kim | Done
    ");
    assert_eq!(kim.get("/t/acme").await.status, 404);
    // The second time it is the same one.
    let before = usernames(&portal).await;
    portal.client().signs_in_as(&mut guest, "sub-kim").await;
    assert_eq!(usernames(&portal).await, before);
}

#[tokio::test]
async fn account_cannot_be_taken_over_by_name_or_email() {
    let provider = provider(&json!({ "people": {
        "mallory": { "preferred_username": "site-admin", "email": "admin@example.com" },
        "eve": { "email": "viewer@evil.example", "email_verified": true },
        "bob": { "preferred_username": "Viewer" },
        "nameless": {},
    } }));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    for (subject, username) in [
        ("mallory", "site-admin-2"),
        ("eve", "viewer-2"),
        ("bob", "viewer-3"),
        ("nameless", "user"),
    ] {
        let mut client = portal.client();
        client.signs_in_as(&mut Guest::new(), subject).await;
        let account = client.get("/account").await;
        assert_eq!(account.texts("dl.facts dd")[0], username);
        assert_eq!(client.get("/admin/users").await.status, 403);
    }
}

#[tokio::test]
async fn identity_follows_the_subject_and_not_the_name() {
    let mut provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    portal
        .client()
        .signs_in_as(&mut Guest::new(), "sub-kim")
        .await;
    provider.tell(&json!({ "people": {
        "sub-kim": { "preferred_username": "kim.married" },
        "sub-new": { "preferred_username": "kim" },
    } }));
    for (subject, username) in [("sub-kim", "kim"), ("sub-new", "kim-2")] {
        let mut client = portal.client();
        client.signs_in_as(&mut Guest::new(), subject).await;
        let account = client.get("/account").await;
        assert_eq!(account.texts("dl.facts dd")[0], username);
    }
}

#[tokio::test]
async fn concurrent_first_logins_create_one_account() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let before = usernames(&portal).await.len();
    let mut tabs = Vec::new();
    for _ in 0..4 {
        let (mut kim, mut guest) = (portal.client(), Guest::new());
        let page = kim.get("/login").await;
        let there = kim.goes_to_provider(&page).await;
        let back = guest.signs_in(&there, "sub-kim").await;
        tabs.push(tokio::spawn(async move { kim.get(&back).await.location() }));
    }
    for tab in tabs {
        assert_eq!(tab.await.expect("answers").as_deref(), Some("/"));
    }
    assert_eq!(usernames(&portal).await.len(), before + 1);
}

#[tokio::test]
async fn login_page_tells_unknown_users_how_to_get_an_account() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |settings, _| {
        settings.creates_users = false;
    })
    .await;
    let before = usernames(&portal).await;
    let mut kim = portal.client();
    let answer = kim.signs_in_as(&mut Guest::new(), "sub-kim").await;
    assert_eq!(answer.status, 403);
    assert_snapshot!(outline(&answer), @"
    Secmon Portal
    alert:
    # Signing in with Hanbit Login has failed
    No account of the portal is connected with it. If you were given an invitation link, open that. If you have an account, sign in by password and connect it under “My account”. Otherwise please ask a site admin.
    [Go back](/login?next=/)
    Request ID for support: …
    ");
    assert!(!kim.cookies.contains_key("secmon_portal_session"));
    assert_eq!(usernames(&portal).await, before);
    assert_eq!(
        newest_row(&portal).await,
        "– | Sign-in | single sign-on: no-account | Refused"
    );
}

#[tokio::test]
async fn disabled_user_cannot_sign_in_and_sessions_end() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    kim.signs_in_as(&mut guest, "sub-kim").await;
    let by = AuditRecord::by_command_line();
    let user = portal.user("kim").await;
    portal
        .store
        .disable_user(&user, &by)
        .await
        .expect("is disabled");
    assert!(
        kim.get("/account").await.location().is_some(),
        "is signed out"
    );
    let answer = portal.client().signs_in_as(&mut guest, "sub-kim").await;
    assert_eq!(answer.status, 403);
    assert!(answer.alert().contains("has been disabled"));
    assert_eq!(
        newest_row(&portal).await,
        "kim | Sign-in | single sign-on: disabled | Refused"
    );
}

#[tokio::test]
async fn provider_account_has_no_password() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    kim.signs_in_as(&mut guest, "sub-kim").await;
    for password in ["", PASSWORD] {
        let answer = portal.client().sign_in("kim", password).await;
        assert_eq!(answer.status, 422);
    }
    let account = kim.get("/account").await;
    assert!(!account.has("form[action='/account/password']"));
    let page = kim.get("/account/single-sign-on").await;
    assert!(!page.has("form[action^='/account/single-sign-on']"));
    let answer = kim
        .post("/account/single-sign-on/disconnect", &[("password", "")])
        .await;
    assert_eq!(answer.status, 422);
    assert!(answer.alert().contains("no other way to sign in"));
}

#[tokio::test]
async fn mfa_change_without_password_needs_a_recent_login() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    kim.signs_in_as(&mut guest, "sub-kim").await;
    let (app, _) = crate::support::turn_on(&portal, &mut kim).await;
    portal.clock.advance(chrono::TimeDelta::minutes(11));
    let page = kim.get("/account/second-factor").await;
    let form = page.form("main form");
    assert_eq!(form.value("password"), None);
    let code = app.code(&portal);
    let form = form.fill("code", &code).to("/account/second-factor/off");
    let answer = kim.submit(&form).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.alert().contains("sign in again"),
        "{}",
        answer.alert()
    );
    // The code was not looked at, and lets them in again.
    let mut again = portal.client();
    let answer = again.signs_in_as(&mut guest, "sub-kim").await;
    let page = again.follow(answer).await;
    assert_eq!(again.enters(&page, &code).await.status, 303);
    let form = form.fill("code", &app.next_code(&portal));
    assert_eq!(again.submit(&form).await.status, 303);
    let user = portal.user("kim").await;
    let on = portal.store.has_second_factor(&user.id).await;
    assert!(!on.expect("is read"));
}

#[tokio::test]
async fn same_subject_of_another_provider_is_another_account() {
    let (one, two) = (provider(&json!({})), provider(&json!({})));
    let portal = portal(&one.issuer, |_, _| ()).await;
    portal
        .client()
        .signs_in_as(&mut Guest::new(), "sub-kim")
        .await;
    let known = portal.store.user_by_identity(&one.issuer, "sub-kim").await;
    let name: Username = "kim".parse().expect("a name");
    assert_eq!(known.expect("is read").expect("is there").username, name);
    let unknown = portal.store.user_by_identity(&two.issuer, "sub-kim").await;
    assert!(unknown.expect("is read").is_none());
}
