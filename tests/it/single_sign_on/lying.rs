//! Invalid tokens: an error page and an audit row for each, and no session.

mod responses;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey as _,
    core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Value, json};
use url::Url;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

use super::{
    hostile::{answers, document},
    sign_in::newest_row,
    support::{SECRET, portal},
};
use crate::support::{Page, Portal, TestClient, noon};

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "key-7" })
}

/// A provider that signs any claims.
struct Liar {
    server: MockServer,
    key: CoreEdDsaPrivateSigningKey,
}

fn key(seed: u8) -> CoreEdDsaPrivateSigningKey {
    // PKCS #8 header of an Ed25519 key, before the 32 bytes of the seed.
    let mut der = vec![48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    der.extend([seed; 32]);
    let marks = ["BEGIN", "END"].map(|value| format!("-----{value} PRIVATE KEY-----"));
    let pem = format!("{}\n{}\n{}\n", marks[0], STANDARD.encode(der), marks[1]);
    let id = JsonWebKeyId::new(format!("key-{seed}"));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(id)).expect("a key")
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(header: &Value, claims: &Value, key: &CoreEdDsaPrivateSigningKey) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(&CoreJwsSigningAlgorithm::EdDsa, text.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(signature.expect("is signed"));
    format!("{text}.{signature}")
}

impl Liar {
    async fn start() -> Self {
        let liar = Self {
            server: MockServer::start().await,
            key: key(7),
        };
        let document = document(&liar.server.uri(), &json!({}));
        let answer = ResponseTemplate::new(200).set_body_json(document);
        answers(&liar.server, "/.well-known/openid-configuration", answer).await;
        let keys = json!({ "keys": [liar.key.as_verification_key()] });
        answers(
            &liar.server,
            "/jwks",
            ResponseTemplate::new(200).set_body_json(keys),
        )
        .await;
        liar
    }

    /// Valid claims with that nonce.
    fn claims(&self, nonce: &str) -> Value {
        let now = noon().timestamp();
        json!({
            "iss": self.server.uri(),
            "aud": "portal",
            "sub": "somebody",
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            "preferred_username": "somebody",
            "name": "Somebody",
        })
    }

    fn honest(&self, claims: &Value) -> String {
        signed(&header(), claims, &self.key)
    }

    /// Runs a callback, with that token response.
    async fn comes_back(
        &self,
        portal: &Portal,
        answer: impl FnOnce(&str) -> ResponseTemplate,
    ) -> (TestClient, Page) {
        let mut client = portal.client();
        let there = client.get("/login/single-sign-on").await.location();
        let there = Url::parse(&there.expect("leads there")).expect("an address");
        let query: std::collections::BTreeMap<_, _> = there.query_pairs().into_owned().collect();
        let mock = Mock::given(method("POST")).and(path("/token"));
        let mock = mock.respond_with(answer(&query["nonce"]));
        let _guard = mock.mount_as_scoped(&self.server).await;
        let state = &query["state"];
        let back = format!("/login/single-sign-on/callback?code=the-code-itself&state={state}");
        let page = client.get(&back).await;
        (client, page)
    }

    /// The same with an ID token in an otherwise valid response.
    async fn says(
        &self,
        portal: &Portal,
        token: impl FnOnce(&str) -> String,
    ) -> (TestClient, Page) {
        self.comes_back(portal, |nonce| tokens(&token(nonce))).await
    }
}

fn tokens(id_token: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "access_token": "an-access-token",
        "token_type": "Bearer",
        "id_token": id_token,
    }))
}

/// Changes one claim; `null` takes it out.
fn with(mut claims: Value, name: &str, value: Value) -> Value {
    let all = claims.as_object_mut().expect("an object");
    if value.is_null() {
        all.remove(name);
    } else {
        all.insert(name.to_owned(), value);
    }
    claims
}

async fn assert_refused(
    portal: &Portal,
    (client, page): (TestClient, Page),
    code: &str,
    lie: &str,
) {
    assert_eq!(page.status, 502, "{lie}");
    let row = format!("– | Sign-in | single sign-on: {code} | Refused");
    assert_eq!(newest_row(portal).await, row, "{lie}");
    assert!(
        !client.cookies.contains_key("secmon_portal_session"),
        "{lie}"
    );
    assert!(!page.text.contains("the-code-itself"), "{lie}");
}

#[tokio::test]
async fn valid_token_is_accepted() {
    let liar = Liar::start().await;
    let portal = portal(&liar.server.uri(), |_, _| ()).await;
    let says = liar.says(&portal, |nonce| liar.honest(&liar.claims(nonce)));
    let (mut client, page) = says.await;
    assert_eq!(page.location().as_deref(), Some("/"), "{}", page.text);
    let account = client.get("/account").await;
    assert_eq!(account.texts("dl.facts dd")[0], "somebody");
    let requests = liar.server.received_requests().await.expect("are recorded");
    let asks = |request: &&Request| request.url.path() == "/token";
    let asked = requests.iter().find(asks).expect("was asked");
    let form = String::from_utf8_lossy(&asked.body);
    assert!(
        form.contains("code_verifier=") && form.contains("code=the-code-itself"),
        "{form}"
    );
    assert!(
        !form.contains("client_secret"),
        "it stands in the header: {form}"
    );
}

#[tokio::test]
async fn wrong_claim_is_refused() {
    let liar = Liar::start().await;
    let portal = portal(&liar.server.uri(), |_, _| ()).await;
    let now = noon().timestamp();
    for (name, value, code) in [
        ("nonce", json!("another"), "wrong-nonce"),
        ("nonce", Value::Null, "wrong-nonce"),
        ("aud", json!("another"), "wrong-audience"),
        ("aud", json!(["portal", "another"]), "wrong-audience"),
        ("aud", Value::Null, "wrong-audience"),
        ("azp", json!("another"), "wrong-audience"),
        ("iss", json!("https://evil.example"), "wrong-issuer"),
        (
            "iss",
            json!(format!("{}/", liar.server.uri())),
            "wrong-issuer",
        ),
        ("exp", json!(now - 60), "expired"),
        ("exp", json!("soon"), "wrong-token"),
        ("exp", Value::Null, "wrong-token"),
        ("iat", json!("now"), "wrong-token"),
        ("nbf", json!(now + 61), "wrong-token"),
        ("sub", json!(7), "wrong-token"),
        ("exp", json!(now - 86_400), "expired"),
        ("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA"), "wrong-token"),
        ("sub", json!(""), "wrong-token"),
        ("sub", json!("a\u{0}b"), "wrong-token"),
    ] {
        let lie = format!("{name}: {value}");
        let says = liar.says(&portal, |nonce| {
            liar.honest(&with(liar.claims(nonce), name, value))
        });
        assert_refused(&portal, says.await, code, &lie).await;
    }
}

#[tokio::test]
async fn unsigned_or_foreign_token_is_refused() {
    let liar = Liar::start().await;
    let portal = portal(&liar.server.uri(), |_, _| ()).await;
    let unsigned = |nonce: &str| {
        let header = json!({ "alg": "none" });
        format!("{}.{}.", part(&header), part(&liar.claims(nonce)))
    };
    let says = liar.says(&portal, unsigned).await;
    assert_refused(&portal, says, "wrong-signature", "none").await;
    let says = liar.says(&portal, |nonce| {
        signed(&header(), &liar.claims(nonce), &key(8))
    });
    assert_refused(&portal, says.await, "wrong-signature", "another key").await;
    let says = liar.says(&portal, |nonce| {
        let honest = liar.honest(&liar.claims(nonce));
        let mut parts: Vec<_> = honest.split('.').map(str::to_owned).collect();
        parts[1] = part(&with(liar.claims(nonce), "sub", json!("site-admin")));
        parts.join(".")
    });
    assert_refused(&portal, says.await, "wrong-signature", "changed").await;
    // HMAC with the client secret, which the portal shares.
    let says = liar.says(&portal, |nonce| {
        let header = json!({ "alg": "HS256" });
        let text = format!("{}.{}", part(&header), part(&liar.claims(nonce)));
        format!(
            "{text}.{}",
            URL_SAFE_NO_PAD.encode(hmac(SECRET.as_bytes(), text.as_bytes()))
        )
    });
    assert_refused(&portal, says.await, "wrong-signature", "HS256").await;
    // Malformed tokens.
    let code = "unreadable-token";
    for text in ["", "x", "a.b.c"] {
        let says = liar.says(&portal, |_| text.to_owned()).await;
        assert_refused(&portal, says, code, text).await;
    }
}

/// RFC 2104 with SHA-256.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(text)
        .finalize();
    let outer = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5c))
        .chain_update(inner);
    outer.finalize().to_vec()
}

impl Liar {
    /// The same provider with a userinfo endpoint.
    async fn with_userinfo(self, answer: ResponseTemplate) -> Self {
        let endpoint = format!("{}/me", self.server.uri());
        let document = document(
            &self.server.uri(),
            &json!({ "userinfo_endpoint": endpoint }),
        );
        self.server.reset().await;
        let discovery = ResponseTemplate::new(200).set_body_json(document);
        answers(&self.server, "/.well-known/openid-configuration", discovery).await;
        let keys = json!({ "keys": [self.key.as_verification_key()] });
        let keys = ResponseTemplate::new(200).set_body_json(keys);
        answers(&self.server, "/jwks", keys).await;
        answers(&self.server, "/me", answer).await;
        self
    }
}
