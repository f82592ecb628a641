//! Errors of requests: unknown addresses, methods and unreadable forms.

use crate::support::{PASSWORD, Portal};

#[tokio::test]
async fn not_found_page_keeps_the_user_layout() {
    let portal = Portal::start().await;
    let page = portal.client().get("/no/such/page").await;
    assert_eq!(page.status, 404);
    assert_eq!(page.texts("h1"), ["This page was not found"]);
    let page = portal
        .sign_in("viewer")
        .await
        .get("/t/acme/tickets/1")
        .await;
    assert_eq!(page.status, 404);
    assert!(page.has("nav.tabs"));
}

#[tokio::test]
async fn post_to_an_unknown_address_says_nothing_was_done() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let told = "What you sent was not done. Nothing was changed.";
    let page = operator.post("/t/no-such-team/vms/add", &[]).await;
    assert_eq!(page.status, 404);
    assert!(page.text.contains(told), "{}", page.text);
    let page = operator.get("/t/no-such-team/vms").await;
    assert!(!page.text.contains(told), "nothing was sent");
}

#[tokio::test]
async fn method_not_allowed_names_the_allowed_methods() {
    let portal = Portal::start().await;
    let page = portal.client().get("/t/acme/vms/add").await;
    assert_eq!((page.status, page.header("allow")), (405, Some("POST")));
    assert!(page.has("[role=alert] h1"));
    let page = portal.client().post("/t/acme/vms", &[]).await;
    assert_eq!((page.status, page.header("allow")), (405, Some("GET,HEAD")));
}

#[tokio::test]
async fn unreadable_form_is_answered_with_a_page() {
    let portal = Portal::start().await;
    let page = portal.client().post("/login", &[("username", "x")]).await;
    assert_eq!(page.status, 422);
    assert!(page.alert().contains("The form could not be read"));
    let large = "x".repeat(2 * 1024 * 1024);
    let page = portal
        .client()
        .post("/login", &[("username", &large)])
        .await;
    assert_eq!(page.status, 413);
    assert!(page.alert().contains("too large"));
}

#[tokio::test]
async fn form_with_a_duplicate_field_is_refused() {
    let portal = Portal::start().await;
    let mut client = portal.client();
    let twice = [
        ("username", "viewer"),
        ("username", "admin"),
        ("password", PASSWORD),
    ];
    let page = client.post("/login", &twice).await;
    assert_eq!(page.status, 422);
    assert!(page.alert().contains("The form could not be read"));
    assert_eq!(
        client.get("/account").await.status,
        303,
        "nobody is signed in"
    );
}

#[tokio::test]
async fn database_failure_is_reported_without_details() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.store.close().await;
    let page = viewer.get("/t/acme").await;
    assert_eq!(page.status, 500);
    assert_eq!(page.texts("h1"), ["The portal has a problem"]);
    assert!(!page.text.to_lowercase().contains("pool"));
}
