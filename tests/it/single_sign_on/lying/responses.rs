//! Token and userinfo responses with errors and odd fields.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::super::support::portal;
use super::{Liar, assert_refused, header, key, signed, with};
use crate::support::noon;

#[tokio::test]
async fn token_error_is_reported_without_the_provider_text() {
    let liar = Liar::start().await;
    let portal = portal(&liar.server.uri(), |_, _| ()).await;
    let error = |status: u16, code: &str| {
        let said = json!({ "error": code, "error_description": "<b>the-provider's-words</b>" });
        ResponseTemplate::new(status).set_body_json(said)
    };
    for (answer, code) in [
        (error(400, "invalid_grant"), "code-refused"),
        (error(401, "invalid_client"), "client-refused"),
        (error(400, "the-provider's-words"), "refused"),
        (
            ResponseTemplate::new(500).set_body_string("the-provider's-words"),
            "not-a-provider",
        ),
        (
            ResponseTemplate::new(302).insert_header("location", "/jwks"),
            "not-a-provider",
        ),
        (
            ResponseTemplate::new(200).set_body_bytes(vec![b' '; 2_000_000]),
            "too-large",
        ),
        (
            ResponseTemplate::new(200)
                .set_body_json(json!({ "access_token": "a", "token_type": "Bearer" })),
            "no-token",
        ),
    ] {
        let (client, page) = liar.comes_back(&portal, |_| answer).await;
        assert!(!page.text.contains("provider's-words"), "{code}");
        assert!(!page.text.contains("provider&#39;s-words"), "{code}");
        assert_refused(&portal, (client, page), code, code).await;
    }
}

#[tokio::test]
async fn unused_claims_may_have_any_type() {
    let liar = Liar::start().await;
    let portal = portal(&liar.server.uri(), |settings, _| {
        settings.audiences = vec!["api".to_owned()];
    })
    .await;
    let now = noon().timestamp();
    for (name, value) in [
        ("updated_at", json!("2025-12-23T10:59:07.841Z")),
        ("email_verified", json!("true")),
        ("address", json!("Seoul")),
        ("acr", json!(1)),
        ("amr", json!("pwd")),
        ("auth_time", json!("1749610800")),
        ("name", json!(["Some", "body"])),
        ("email", json!({ "work": "a@example.com" })),
        ("preferred_username", json!(7)),
        ("groups", json!({ "ops": true })),
        ("aud", json!(["portal"])),
        ("aud", json!(["portal", "api"])),
        ("exp", json!(now - 59)),
        ("exp", json!(1_749_700_000.5)),
        ("nbf", json!(now + 60)),
    ] {
        let says = liar.says(&portal, |nonce| {
            liar.honest(&with(liar.claims(nonce), name, value.clone()))
        });
        let (_, page) = says.await;
        assert_eq!(page.location().as_deref(), Some("/"), "{name}: {value}");
    }
    // Another audience, with the portal as the authorized party.
    let says = liar.says(&portal, |nonce| {
        let claims = with(liar.claims(nonce), "aud", json!(["portal", "another"]));
        liar.honest(&with(claims, "azp", json!("portal")))
    });
    assert_eq!(says.await.1.location().as_deref(), Some("/"));
}

#[tokio::test]
async fn unused_token_response_fields_may_have_any_type() {
    let liar = Liar::start().await;
    let portal = portal(&liar.server.uri(), |_, _| ()).await;
    for odd in [
        json!({ "expires_in": "3599", "token_type": "Bearer" }),
        json!({ "scope": ["openid", "email"], "token_type": "bearer" }),
        json!({ "token_type": null }),
        json!({}),
    ] {
        let (_, page) = liar
            .comes_back(&portal, |nonce| {
                let mut answer = odd.clone();
                answer["access_token"] = json!("an-access-token");
                answer["id_token"] = json!(liar.honest(&liar.claims(nonce)));
                ResponseTemplate::new(200).set_body_json(answer)
            })
            .await;
        assert_eq!(page.location().as_deref(), Some("/"), "{odd}");
    }
}

#[tokio::test]
async fn failing_userinfo_is_ignored_when_groups_are_not_needed() {
    let other = json!({ "sub": "another", "preferred_username": "another" });
    for (answer, needs_groups) in [
        (ResponseTemplate::new(500), false),
        (ResponseTemplate::new(200).set_body_string("odd"), false),
        (ResponseTemplate::new(200).set_body_json(&other), false),
        (ResponseTemplate::new(500), true),
    ] {
        let liar = Liar::start().await.with_userinfo(answer).await;
        let portal = portal(&liar.server.uri(), |settings, _| {
            if needs_groups {
                settings.groups = super::super::support::mapping("ops=acme:operator");
            }
        })
        .await;
        let says = liar.says(&portal, |nonce| {
            liar.honest(&with(liar.claims(nonce), "name", Value::Null))
        });
        let (mut client, page) = says.await;
        if needs_groups {
            // Without groups the mapping would take rights away.
            assert_eq!(page.status, 502);
            continue;
        }
        assert_eq!(page.location().as_deref(), Some("/"), "{}", page.text);
        let account = client.get("/account").await;
        assert_eq!(account.texts("dl.facts dd")[..2], ["somebody", "somebody"]);
    }
}

#[tokio::test]
async fn signed_userinfo_is_read() {
    let claims = json!({ "sub": "somebody", "name": "Some Body", "groups": ["ops"] });
    let token = signed(&header(), &claims, &key(7));
    let answer = ResponseTemplate::new(200).set_body_raw(token, "application/jwt");
    let liar = Liar::start().await.with_userinfo(answer).await;
    let portal = portal(&liar.server.uri(), |settings, _| {
        settings.groups = super::super::support::mapping("ops=acme:operator");
    })
    .await;
    let says = liar.says(&portal, |nonce| {
        liar.honest(&with(liar.claims(nonce), "name", Value::Null))
    });
    let (mut client, _) = says.await;
    let account = client.get("/account").await;
    assert_eq!(account.texts("dl.facts dd")[..2], ["somebody", "Some Body"]);
    assert!(client.get("/t/acme/vms").await.has("form#monitored"));
}
