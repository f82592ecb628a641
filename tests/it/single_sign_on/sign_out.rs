//! Sign-out, also at the provider.

use insta::assert_snapshot;
use serde_json::json;

use super::support::{Guest, portal, provider};
use crate::support::outline;

#[tokio::test]
async fn sign_out_page_links_to_the_provider_logout() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    kim.signs_in_as(&mut guest, "sub-kim").await;
    let page = kim.get("/account").await;
    let mut kim = kim.with_header("host", "evil.example");
    let page = kim.submit(&page.form("form[action='/logout']")).await;
    // A page, not a redirection to the provider: a browser would stop the form there.
    assert_eq!(page.status, 200);
    let there = page.link("main a.btn-primary");
    assert_snapshot!(outline(&page).replace(&there, "THERE"), @"
    Secmon Portal
    # You are signed out
    You are signed out of the portal. At Hanbit Login you may still be signed in.
    [Sign out at Hanbit Login too](THERE)
    [To the sign-in page](/login)
    ");
    assert!(
        kim.get("/account").await.location().is_some(),
        "is signed out"
    );

    let url = url::Url::parse(&there).expect("an address");
    assert_eq!(
        there.split('?').next(),
        Some(&*format!("{}/session/end", provider.issuer))
    );
    let query: std::collections::BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(
        query["post_logout_redirect_uri"],
        "http://portal.example/login"
    );
    assert_eq!(query["client_id"], "portal");
    assert_eq!(query["id_token_hint"].split('.').count(), 3);
    // With an ID token the provider needs no confirmation, and redirects back.
    let back = guest.signs_out(&there).await;
    assert_eq!(back, "/login");
    let answer = portal.client().get("/login/single-sign-on").await;
    let asked = answer.location().expect("leads to the provider");
    assert!(guest.is_asked_to_sign_in(&asked).await);
}

#[tokio::test]
async fn sign_out_works_while_the_provider_is_down() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let mut kim = portal.client();
    kim.signs_in_as(&mut Guest::new(), "sub-kim").await;
    // A portal without cached metadata, and an unreachable provider.
    drop(provider);
    let mut kim = portal.after_a_restart(&kim).await;
    let page = kim.post("/logout", &[]).await;
    assert_eq!(page.status, 200);
    assert!(
        kim.get("/account").await.location().is_some(),
        "is signed out"
    );
}

#[tokio::test]
async fn sign_out_does_not_wait_for_a_hanging_provider() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let mut kim = portal.client();
    kim.signs_in_as(&mut Guest::new(), "sub-kim").await;
    // Cached metadata suffices, whatever its age.
    drop(provider);
    let page = kim.post("/logout", &[]).await;
    assert!(page.link("main a.btn-primary").contains("id_token_hint="));
}

#[tokio::test]
async fn password_session_signs_out_without_the_provider() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let mut viewer = portal.sign_in("viewer").await;
    let answer = viewer.post("/logout", &[]).await;
    assert_eq!(answer.location().as_deref(), Some("/login"));
}

#[tokio::test]
async fn provider_logout_names_the_session_after_mfa() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    kim.signs_in_as(&mut guest, "sub-kim").await;
    let (app, _) = crate::support::turn_on(&portal, &mut kim).await;
    let mut again = portal.client();
    let answer = again.signs_in_as(&mut guest, "sub-kim").await;
    let page = again.follow(answer).await;
    again.enters(&page, &app.next_code(&portal)).await;
    let page = again.post("/logout", &[]).await;
    assert!(page.link("main a.btn-primary").contains("id_token_hint="));
}

#[tokio::test]
async fn key_rotation_ends_no_attempt_or_session() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    kim.signs_in_as(&mut guest, "sub-kim").await;
    let mut lee = portal.client();
    let page = lee.get("/login").await;
    let there = lee.goes_to_provider(&page).await;
    let back = Guest::new().signs_in(&there, "sub-lee").await;
    let rotated = portal.database.rotate_key(portal.clock.clone()).await;
    assert!(rotated.secrets > 0);
    assert_eq!(lee.get(&back).await.location().as_deref(), Some("/"));
    let page = kim.post("/logout", &[]).await;
    assert!(page.link("main a.btn-primary").contains("id_token_hint="));
}
