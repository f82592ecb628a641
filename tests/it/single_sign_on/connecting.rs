//! Linking an existing account, by its owner only.

use insta::assert_snapshot;
use serde_json::json;

use super::{
    sign_in::newest_row,
    support::{Guest, portal, provider},
};
use crate::support::{PASSWORD, Page, Portal, TestClient, outline};

async fn asks_to_connect(client: &mut TestClient, password: &str) -> Page {
    let page = client.get("/account/single-sign-on").await;
    let form = page.form("form[action='/account/single-sign-on/connect']");
    client.submit(&form.fill("password", password)).await
}

async fn connects(
    portal: &Portal,
    username: &str,
    guest: &mut Guest,
    subject: &str,
) -> (TestClient, Page) {
    let mut client = portal.sign_in(username).await;
    let page = asks_to_connect(&mut client, PASSWORD).await;
    let back = guest
        .signs_in(&page.link("main a.btn-primary"), subject)
        .await;
    let answer = client.get(&back).await;
    (client, answer)
}

#[tokio::test]
async fn linked_identity_signs_in_until_it_is_unlinked() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let mut guest = Guest::new();
    let mut viewer = portal.sign_in("viewer").await;
    let account = viewer.get("/account").await;
    assert!(account.has("a[href='/account/single-sign-on']"));
    let page = viewer.get("/account/single-sign-on").await;
    assert_snapshot!(outline(&page), @"
    [My account](/account)
    # Single sign-on
    Sign in with your account of Hanbit Login in the place of a password.
    ## Connect Hanbit Login
    The account that signs in at Hanbit Login next is connected. Sign in there with your own.
    Current password
    _password: password_
    (Connect Hanbit Login)
    ");
    let page = asks_to_connect(&mut viewer, PASSWORD).await;
    // A page with a link, not a redirection: a browser would stop the form there.
    assert_eq!(page.status, 200);
    let there = page.link("main a.btn-primary");
    assert_snapshot!(outline(&page).replace(&there, "THERE"), @"
    Secmon Portal
    # Sign in with Hanbit Login
    You sign in at Hanbit Login now. From there you come back to the portal.
    [Go to Hanbit Login](THERE)
    [Cancel](/account/single-sign-on)
    ");
    let back = guest.signs_in(&there, "sub-kim").await;
    let answer = viewer.get(&back).await;
    let there = "/account/single-sign-on?flash=connected";
    assert_eq!(answer.location().as_deref(), Some(there), "{}", answer.text);
    assert_eq!(
        newest_row(&portal).await,
        "viewer | Single sign-on connected | viewer | Done"
    );
    let page = viewer.follow(answer).await;
    assert_snapshot!(outline(&page), @"
    [My account](/account)
    # Single sign-on
    It is connected: you can sign in with that account now.
    Sign in with your account of Hanbit Login in the place of a password.
    Name at Hanbit Login
    kim
    Connected since
    2025-06-11 12:00:00 KST
    ## Disconnect
    You can sign in by password only then, and all other sessions end.
    Current password
    _password: password_
    (Disconnect)
    ");

    let mut again = portal.client();
    let answer = again.signs_in_as(&mut guest, "sub-kim").await;
    assert_eq!(answer.location().as_deref(), Some("/"));
    let account = again.get("/account").await;
    assert_eq!(account.texts("dl.facts dd")[0], "viewer");

    let form = page.form("form[action='/account/single-sign-on/disconnect']");
    let answer = viewer.submit(&form.clone().fill("password", "wrong")).await;
    assert_eq!(answer.status, 422);
    let answer = viewer.submit(&form.fill("password", PASSWORD)).await;
    assert_eq!(answer.status, 303);
    let page = viewer.follow(answer).await;
    assert_eq!(page.status, 200);
    // Other sessions are over, and the provider leads to another account now.
    assert!(again.get("/account").await.location().is_some());
    let mut stranger = portal.client();
    stranger.signs_in_as(&mut guest, "sub-kim").await;
    let account = stranger.get("/account").await;
    assert_eq!(account.texts("dl.facts dd")[0], "kim");
}

#[tokio::test]
async fn linking_needs_the_password_and_a_same_site_form() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let mut viewer = portal.sign_in("viewer").await;
    let answer = asks_to_connect(&mut viewer, "wrong").await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.alert(), "The current password is wrong.");
    assert!(!viewer.cookies.keys().any(|name| name.contains("oidc")));
    assert_eq!(
        viewer.get("/account/single-sign-on/connect").await.status,
        405
    );
    let mut elsewhere = viewer.clone().with_header("sec-fetch-site", "cross-site");
    let fields = [("password", PASSWORD)];
    for path in ["connect", "disconnect"] {
        let address = format!("/account/single-sign-on/{path}");
        assert_eq!(elsewhere.post(&address, &fields).await.status, 403);
    }
}

#[tokio::test]
async fn linking_ends_in_its_own_session_only() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let mut guest = Guest::new();
    let mut viewer = portal.sign_in("viewer").await;
    let page = asks_to_connect(&mut viewer, PASSWORD).await;
    let back = guest
        .signs_in(&page.link("main a.btn-primary"), "sub-kim")
        .await;
    // Another user signed in meanwhile.
    let mut attempts = viewer.cookies.into_iter();
    let attempt = attempts.find(|(name, _)| name.contains("oidc"));
    let mut manager = portal.sign_in("manager").await;
    manager.cookies.extend(attempt);
    let answer = manager.get(&back).await;
    assert_eq!(answer.status, 403);
    assert!(answer.alert().contains("is over"), "{}", answer.alert());
    assert_eq!(
        newest_row(&portal).await,
        "manager | Single sign-on connected | single sign-on: no-session | Refused"
    );
    let known = portal
        .store
        .user_by_identity(&provider.issuer, "sub-kim")
        .await;
    assert!(known.expect("is read").is_none());
}

#[tokio::test]
async fn identity_belongs_to_one_user() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let mut guest = Guest::new();
    let (_, answer) = connects(&portal, "viewer", &mut guest, "sub-kim").await;
    assert_eq!(answer.status, 303);
    let (_, answer) = connects(&portal, "manager", &mut guest, "sub-kim").await;
    assert_eq!(answer.status, 409);
    assert!(
        answer.alert().contains("Another account"),
        "{}",
        answer.alert()
    );
    assert_eq!(
        newest_row(&portal).await,
        "manager | Single sign-on connected | single sign-on: identity-of-another | Refused"
    );
}
