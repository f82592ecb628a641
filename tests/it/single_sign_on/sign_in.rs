//! The redirect to the provider, and the callback.

mod callback;

use insta::assert_snapshot;
use serde_json::json;
use url::Url;

use super::support::{Guest, portal, provider};
use crate::support::{Portal, outline};

/// The newest row of the site's audit log: actor, action, object, outcome.
pub async fn newest_row(portal: &Portal) -> String {
    let mut admin = portal.sign_in("site-admin").await;
    let page = admin.get("/admin/audit").await;
    // The admin's own sign-in is above it.
    page.rows("tbody tr")[1][1..5].join(" | ")
}

fn parameter(address: &str, name: &str) -> Option<String> {
    let url = Url::parse(address).expect("an address");
    let mut pairs = url.query_pairs().into_owned();
    pairs.find(|(key, _)| key == name).map(|(_, value)| value)
}

fn with_parameter(path: &str, name: &str, value: &str) -> String {
    let mut url = Url::parse(&format!("http://portal.example{path}")).expect("an address");
    let kept: Vec<_> = url.query_pairs().into_owned().collect();
    let kept = kept.into_iter().filter(|(key, _)| key != name);
    let mut all: Vec<_> = kept.collect();
    all.push((name.to_owned(), value.to_owned()));
    url.query_pairs_mut().clear().extend_pairs(all);
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

#[tokio::test]
async fn login_page_offers_provider_and_password() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let page = portal.client().get("/login").await;
    assert_snapshot!(outline(&page), @"
    Secmon Portal
    View and manage Security Monitoring without a console account.
    # Sign in
    [Sign in with Hanbit Login](/login/single-sign-on)
    or
    Username
    _username: text_
    Password
    _password: password_
    (Sign in)
    ");
    let mut korean = portal.client().with_header("accept-language", "ko");
    let page = korean.get("/login").await;
    assert_eq!(page.texts("a.btn"), ["Hanbit Login 계정으로 로그인"]);
}

#[tokio::test]
async fn provider_login_leads_to_the_requested_page() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    let asked = "/account?flash=%EA%B0%80";
    let page = kim.open(asked).await;
    let there = kim.goes_to_provider(&page).await;
    assert!(there.starts_with(&format!("{}/auth?", provider.issuer)));
    assert_eq!(parameter(&there, "response_type").as_deref(), Some("code"));
    let method = parameter(&there, "code_challenge_method");
    assert_eq!(method.as_deref(), Some("S256"));
    for name in ["state", "nonce", "code_challenge"] {
        assert!(
            parameter(&there, name).is_some_and(|parameter| parameter.len() >= 22),
            "{name}"
        );
    }
    let scope = parameter(&there, "scope");
    assert_eq!(scope.as_deref(), Some("openid profile email groups"));
    assert!(
        !kim.cookies.contains_key("secmon_portal_session"),
        "nobody is signed in yet"
    );
    let back = guest.signs_in(&there, "sub-kim").await;
    // The callback is a cross-site navigation.
    let mut kim = kim.with_header("sec-fetch-site", "cross-site");
    let answer = kim.get(&back).await;
    assert_eq!(answer.location().as_deref(), Some(asked), "{}", answer.text);
    assert!(!kim.cookies.keys().any(|name| name.contains("oidc")));
    let account = kim.get("/account").await;
    assert_eq!(account.texts("dl.facts dd")[..2], ["kim", "김철수"]);
    assert_eq!(newest_row(&portal).await, "kim | Sign-in |  | Done");
}

#[tokio::test]
async fn client_authentication_follows_the_settings() {
    for change in [
        json!({ "client_secret": null }),
        json!({ "auth_method": "client_secret_post" }),
        json!({ "claims_in_token": true }),
        json!({ "curve": "P-256" }),
    ] {
        let provider = provider(&change);
        let is_public = change.get("client_secret").is_some();
        let portal = portal(&provider.issuer, |settings, _| {
            if is_public {
                settings.client_secret = None;
            }
        })
        .await;
        let (mut kim, mut guest) = (portal.client(), Guest::new());
        let answer = kim.signs_in_as(&mut guest, "sub-kim").await;
        assert_eq!(
            answer.location().as_deref(),
            Some("/"),
            "{change} {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn attempt_cookie_is_secure_http_only_and_host_only() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, config| {
        config.public_url = "https://portal.example";
    })
    .await;
    let answer = portal.client().get("/login/single-sign-on").await;
    let there = answer.location().expect("leads to the provider");
    let callback = "https://portal.example/login/single-sign-on/callback";
    assert_eq!(parameter(&there, "redirect_uri").as_deref(), Some(callback));
    let cookie = answer.header("set-cookie").expect("is set");
    assert!(cookie.starts_with("__Host-secmon_portal_oidc_"), "{cookie}");
    for part in [
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
        "Path=/",
        "Max-Age=600",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    for secret in ["state", "nonce"] {
        let secret = parameter(&there, secret).expect("is there");
        assert!(!cookie.contains(&secret), "{cookie}");
    }
}

#[tokio::test]
async fn login_rotates_the_session_id() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    // Session fixation: another session's id in this browser.
    let mut other = portal.sign_in("viewer").await;
    let planted = other.cookies["secmon_portal_session"].clone();
    kim.cookies
        .insert("secmon_portal_session".to_owned(), planted.clone());
    let page = portal.client().get("/login").await;
    let there = kim.goes_to_provider(&page).await;
    let back = guest.signs_in(&there, "sub-kim").await;
    assert_eq!(kim.get(&back).await.location().as_deref(), Some("/"));
    assert_ne!(kim.cookies["secmon_portal_session"], planted);
    let account = other.get("/account").await;
    assert_ne!(account.location(), None, "the planted session is over");
}

#[tokio::test]
async fn callback_works_on_another_portal_of_the_database() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    let page = kim.get("/login").await;
    let there = kim.goes_to_provider(&page).await;
    let back = guest.signs_in(&there, "sub-kim").await;
    let mut elsewhere = portal.after_a_restart(&kim).await;
    let answer = elsewhere.get(&back).await;
    assert_eq!(answer.location().as_deref(), Some("/"));
    // The first portal refuses the callback as used.
    assert_eq!(kim.get(&back).await.status, 409);
}

#[tokio::test]
async fn provider_login_asks_for_the_second_factor() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    kim.signs_in_as(&mut guest, "sub-kim").await;
    // Without a password, a recent login suffices.
    let (app, _) = crate::support::turn_on(&portal, &mut kim).await;
    let mut again = portal.client();
    let answer = again.signs_in_as(&mut guest, "sub-kim").await;
    assert_eq!(answer.location().as_deref(), Some("/login/code?next=/"));
    assert!(!again.cookies.contains_key("secmon_portal_session"));
    let page = again.follow(answer).await;
    let form = page
        .form("#code-form")
        .fill("code", &app.next_code(&portal));
    let answer = again.submit(&form).await;
    assert_eq!(answer.location().as_deref(), Some("/"));
    assert_eq!(again.get("/account").await.status, 200);
}

#[tokio::test]
async fn provider_keys_are_refetched_for_an_unknown_key_id() {
    let mut provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let mut guest = Guest::new();
    let answer = portal.client().signs_in_as(&mut guest, "sub-kim").await;
    assert_eq!(answer.location().as_deref(), Some("/"));
    provider.tell(&json!({ "rotate": true }));
    let answer = portal.client().signs_in_as(&mut guest, "sub-kim").await;
    assert_eq!(answer.location().as_deref(), Some("/"), "{}", answer.text);
}

#[tokio::test]
async fn codes_tokens_and_secrets_are_never_stored_in_plain() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    let page = kim.get("/login").await;
    let there = kim.goes_to_provider(&page).await;
    let back = guest.signs_in(&there, "sub-kim").await;
    kim.get(&back).await;
    kim.open("/account").await;
    let back = format!("http://portal.example{back}");
    let code = parameter(&back, "code").expect("has a code");
    let nonce = parameter(&there, "nonce").expect("has a nonce");
    let state = parameter(&there, "state").expect("has a state");
    // An ID token begins so.
    let token = "eyJ".to_owned();
    for (place, text) in portal.database.texts().await {
        for secret in [&code, &nonce, &state, &token] {
            assert!(!text.contains(secret.as_str()), "{place}: {text}");
        }
        assert!(!text.contains(super::support::SECRET), "{place}");
    }
    let answered = portal.everything_answered();
    assert!(!answered.contains(&code) && !answered.contains(super::support::SECRET));
}
