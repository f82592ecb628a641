//! A portal without passwords, and one without a provider.

use insta::assert_snapshot;
use serde_json::json;

use super::support::{Guest, portal, provider};
use crate::support::{PASSWORD, Portal, outline};

#[tokio::test]
async fn password_login_can_be_disabled() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, config| {
        config.ways.by_password = false;
    })
    .await;
    let mut client = portal.client();
    let page = client.open("/account").await;
    assert_snapshot!(outline(&page), @"
    Secmon Portal
    View and manage Security Monitoring without a console account.
    # Sign in
    [Sign in with Hanbit Login](/login/single-sign-on?next=/account)
    ");
    let fields = [("username", "viewer"), ("password", PASSWORD)];
    let answer = client.post("/login", &fields).await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.alert(),
        "Nobody signs in to this portal by password."
    );
    assert!(!client.cookies.contains_key("secmon_portal_session"));
    // A user of the provider cannot unlink it: they would be locked out.
    let mut kim = portal.client();
    kim.signs_in_as(&mut Guest::new(), "sub-kim").await;
    let page = kim.get("/account/single-sign-on").await;
    assert!(page.text_of("main").contains("no other way to sign in"));
}

#[tokio::test]
async fn single_sign_on_is_absent_without_a_provider() {
    let portal = Portal::start().await;
    let page = portal.client().get("/login").await;
    assert!(!page.text.contains("single-sign-on"));
    let mut viewer = portal.sign_in("viewer").await;
    for address in [
        "/login/single-sign-on",
        "/login/single-sign-on/callback?code=x&state=y",
        "/account/single-sign-on",
    ] {
        assert_eq!(viewer.get(address).await.status, 404, "{address}");
    }
    assert!(!viewer.get("/account").await.text.contains("single-sign-on"));
    for path in ["connect", "disconnect"] {
        let address = format!("/account/single-sign-on/{path}");
        let answer = viewer.post(&address, &[("password", PASSWORD)]).await;
        assert_eq!(answer.status, 404);
    }
}
