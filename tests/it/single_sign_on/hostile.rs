//! Unreachable, slow, oversized and invalid providers: an error page, and no session.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use super::{sign_in::newest_row, support::portal};
use crate::support::Portal;

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A discovery document, with `changes` put over it.
pub fn document(issuer: &str, changes: &Value) -> Value {
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/end"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
    });
    let all = document.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    document
}

pub async fn answers(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(path(at))
        .respond_with(answer)
        .mount(server)
        .await;
}

/// Status, page and audit row of a failed sign-in.
async fn tries(portal: &Portal) -> (u16, String, String) {
    let page = portal
        .client()
        .get("/login/single-sign-on?next=/t/acme")
        .await;
    assert_eq!(
        page.link("main a.btn-primary"),
        "/login/single-sign-on?next=/t/acme"
    );
    let row = newest_row(portal).await;
    let reason = row.split(" | ").nth(2).expect("an object").to_owned();
    (page.status, page.alert(), reason)
}

#[tokio::test]
async fn unreachable_provider_does_not_block_passwords() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
    let issuer = format!("http://{}", nobody.local_addr().expect("is bound"));
    drop(nobody);
    let portal = portal(&issuer, |_, _| ()).await;
    let (status, alert, reason) = tries(&portal).await;
    assert_eq!(
        (status, reason.as_str()),
        (503, "single sign-on: unreachable")
    );
    assert!(alert.contains("Hanbit Login cannot be reached"), "{alert}");
    // Password login works.
    portal.sign_in("viewer").await;
}

#[tokio::test]
async fn silent_provider_ends_with_the_timeout() {
    let server = MockServer::start().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_mins(2));
    answers(&server, DISCOVERY, late).await;
    let portal = portal(&server.uri(), |settings, _| {
        settings.timeout = Duration::from_millis(300);
    })
    .await;
    let (status, alert, reason) = tries(&portal).await;
    assert_eq!(
        (status, reason.as_str()),
        (504, "single sign-on: timed-out")
    );
    assert!(alert.contains("did not answer in time"), "{alert}");
}

#[tokio::test]
async fn foreign_or_invalid_discovery_document_is_refused() {
    let elsewhere = MockServer::start().await;
    for (name, changes) in [
        (
            "another issuer",
            json!({ "issuer": "https://evil.example" }),
        ),
        ("no issuer", json!({ "issuer": null })),
        ("no token endpoint", json!({ "token_endpoint": null })),
        (
            "a script to sign in by",
            json!({ "authorization_endpoint": "javascript:alert(1)" }),
        ),
        (
            "sign-in in the clear",
            json!({ "authorization_endpoint": "http://evil.example/auth" }),
        ),
        (
            "a script to sign out by",
            json!({ "end_session_endpoint": "javascript:alert(1)" }),
        ),
        (
            "keys in the clear",
            json!({ "jwks_uri": "http://evil.example/jwks" }),
        ),
        (
            "keys in a file",
            json!({ "jwks_uri": "file:///etc/passwd" }),
        ),
    ] {
        let server = MockServer::start().await;
        let document = document(&server.uri(), &changes);
        answers(
            &server,
            DISCOVERY,
            ResponseTemplate::new(200).set_body_json(document),
        )
        .await;
        let keys = ResponseTemplate::new(200).set_body_json(json!({ "keys": [] }));
        answers(&server, "/jwks", keys).await;
        let portal = portal(&server.uri(), |_, _| ()).await;
        let (status, alert, reason) = tries(&portal).await;
        let expected = (502, "single sign-on: not-a-provider");
        assert_eq!((status, reason.as_str()), expected, "{name}");
        assert!(alert.contains("could not be verified"), "{alert}");
    }
    let to = format!("{}/", elsewhere.uri());
    for (name, answer, code) in [
        (
            "a page",
            ResponseTemplate::new(200).set_body_string("<h1>Hello</h1>"),
            "not-a-provider",
        ),
        ("an error", ResponseTemplate::new(500), "not-a-provider"),
        (
            "a redirection",
            ResponseTemplate::new(302).insert_header("location", &*to),
            "not-a-provider",
        ),
        (
            "too much",
            ResponseTemplate::new(200).set_body_bytes(vec![b' '; 3_000_000]),
            "too-large",
        ),
    ] {
        let server = MockServer::start().await;
        answers(&server, DISCOVERY, answer).await;
        let portal = portal(&server.uri(), |_, _| ()).await;
        let (status, _, reason) = tries(&portal).await;
        assert_eq!(
            (status, reason),
            (502, format!("single sign-on: {code}")),
            "{name}"
        );
    }
    let followed = elsewhere.received_requests().await;
    assert!(
        followed.expect("are recorded").is_empty(),
        "nothing is followed"
    );
}

#[tokio::test]
async fn provider_metadata_is_cached_for_an_hour() {
    let server = MockServer::start().await;
    let document = document(&server.uri(), &json!({}));
    let keys = ResponseTemplate::new(200).set_body_json(json!({ "keys": [] }));
    answers(&server, "/jwks", keys).await;
    let portal = portal(&server.uri(), |_, _| ()).await;
    // Not fetched at the start, and failures are not cached.
    assert_eq!(
        server
            .received_requests()
            .await
            .expect("are recorded")
            .len(),
        0
    );
    tries(&portal).await;
    answers(
        &server,
        DISCOVERY,
        ResponseTemplate::new(200).set_body_json(document),
    )
    .await;
    for _ in 0..3 {
        let answer = portal.client().get("/login/single-sign-on").await;
        assert_eq!(answer.status, 303);
    }
    let asked = server.received_requests().await.expect("are recorded");
    let asked: Vec<_> = asked.iter().map(|asked| asked.url.path()).collect();
    assert_eq!(asked, [DISCOVERY, DISCOVERY, "/jwks"]);
}

#[tokio::test]
async fn repeated_failures_do_not_flood_the_audit_log() {
    let server = MockServer::start().await;
    let portal = portal(&server.uri(), |_, _| ()).await;
    let mut client = portal.client();
    for _ in 0..60 {
        let answer = client
            .get("/login/single-sign-on/callback?state=x&code=y")
            .await;
        assert_eq!(answer.status, 400);
    }
    let mut admin = portal.sign_in("site-admin").await;
    let page = admin.get("/admin/audit").await;
    let rows = page.rows("tbody tr").into_iter();
    assert_eq!(rows.filter(|row| row[4] == "Refused").count(), 20);
}
