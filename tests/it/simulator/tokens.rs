//! Access tokens: issued for a User Access Key, required where one is set.

use std::time::Duration;

use axum::{body::Body, http::Request};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use secmon_portal::{
    model::TokenCredentials,
    simulator::{Endpoint, Fault},
};

use super::{Caller, Reply, caller_with};

fn guarded() -> Caller {
    caller_with(|options| {
        options.token = TokenCredentials::parse("access-key:secret").ok();
        options.token_lifetime = Duration::from_mins(1);
    })
}

async fn ask(caller: &Caller, credentials: &str, form: &'static str) -> Reply {
    let basic = format!("Basic {}", BASE64_STANDARD.encode(credentials));
    let request = Request::post("/oauth2/token/create")
        .header("authorization", basic)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form));
    caller.send(request.expect("a request")).await
}

async fn token(caller: &Caller) -> String {
    let answer = ask(caller, "access-key:secret", "grant_type=client_credentials").await;
    let body = answer.json();
    assert_eq!(
        (&body["token_type"], &body["expires_in"]),
        (&"Bearer".into(), &60.into())
    );
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(3));
    body["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn call_needs_an_unexpired_token() {
    let mut caller = guarded();
    assert_eq!(caller.get("history").await.refusal(), Some(4_012_002));
    caller.token = Some("made-up".to_owned());
    assert_eq!(caller.get("history").await.refusal(), Some(4_012_001));
    let token = token(&caller).await;
    for sent in [token.clone(), format!("Bearer {token}")] {
        caller.token = Some(sent);
        assert_eq!(caller.get("history").await.status, 200);
    }
    caller.clock.advance(TimeDelta::seconds(60));
    let answer = caller.get("history").await;
    assert_eq!(
        (answer.status.as_u16(), answer.refusal()),
        (401, Some(4_012_001))
    );
}

#[tokio::test]
async fn revoked_token_is_refused_and_replaced() {
    let mut caller = guarded();
    caller.token = Some(token(&caller).await);
    caller.simulator.revoke_tokens();
    assert_eq!(caller.get("history").await.status, 401);
    caller.token = Some(token(&caller).await);
    assert_eq!(caller.get("history").await.status, 200);
}

#[tokio::test]
async fn token_needs_valid_credentials() {
    let caller = guarded();
    for (credentials, form, status) in [
        ("access-key:wrong", "grant_type=client_credentials", 401),
        ("", "grant_type=client_credentials", 401),
        ("access-key:secret", "grant_type=password", 400),
        ("access-key:secret", "", 400),
    ] {
        assert_eq!(ask(&caller, credentials, form).await.status, status);
    }
    let calls = caller.simulator.calls();
    assert!(calls.iter().all(|call| call.endpoint == Endpoint::Token));
}

#[tokio::test]
async fn token_endpoint_fails_only_by_its_own_fault() {
    let caller = guarded();
    caller.simulator.set_fault(None, Fault::Html);
    token(&caller).await;
    caller
        .simulator
        .set_fault(None, Fault::Unavailable.on_tokens().times(1));
    let form = "grant_type=client_credentials";
    assert_eq!(ask(&caller, "access-key:secret", form).await.status, 503);
    token(&caller).await;
}
