//! Cross-site requests: forms, links and the origin check.

use crate::support::{PASSWORD, Page, Portal, TestClient};

#[tokio::test]
async fn cross_site_form_is_refused() {
    let portal = Portal::start().await;
    let operator = portal.sign_in("operator").await;
    let plain = operator.clone().without_header("sec-fetch-site");
    for (from, refused) in [
        (with(&operator, "cross-site", None), true),
        (with(&operator, "same-site", None), true),
        (
            with(&operator, "cross-site", Some("http://evil.example")),
            true,
        ),
        (with(&operator, "same-origin", None), false),
        (with(&operator, "none", None), false),
        (
            plain.clone().with_header("origin", "http://evil.example"),
            true,
        ),
        (plain.clone().with_header("origin", "null"), true),
        (
            plain.clone().with_header("origin", "http://portal.example"),
            false,
        ),
        (plain, false),
    ] {
        let headers = format!("{:?}", from.headers);
        let mut from = from;
        let answer = from.post("/t/acme/vms/add", &[]).await;
        assert_eq!(answer.status, if refused { 403 } else { 303 }, "{headers}");
        if refused {
            assert!(
                answer
                    .alert()
                    .contains("This request came from another site")
            );
        }
    }
}

fn with(client: &TestClient, site: &str, origin: Option<&str>) -> TestClient {
    let client = client.clone().with_header("sec-fetch-site", site);
    match origin {
        Some(origin) => client.with_header("origin", origin),
        None => client,
    }
}

#[tokio::test]
async fn cross_site_link_to_a_page_works() {
    let portal = Portal::start().await;
    let viewer = portal.sign_in("viewer").await;
    let mut from_a_mail = viewer.with_header("sec-fetch-site", "cross-site");
    assert_eq!(from_a_mail.get("/t/acme/tickets").await.status, 200);
}

#[tokio::test]
async fn origin_check_uses_the_public_url_and_not_the_host_header() {
    let portal = Portal::start_with(|config| config.public_url = "https://secmon.example").await;
    let client = portal.client().without_header("sec-fetch-site");
    for (host, origin, accepted) in [
        ("127.0.0.1:8080", "https://secmon.example", true),
        ("portal:8080", "https://secmon.example", true),
        ("127.0.0.1:8080", "https://evil.example", false),
        ("127.0.0.1:8080", "http://secmon.example", false),
    ] {
        let client = client.clone().with_header("host", host);
        let mut client = client.with_header("origin", origin);
        let answer = client.sign_in("viewer", PASSWORD).await;
        assert_eq!(answer.status == 303, accepted, "{host} {origin}");
    }
}

#[tokio::test]
async fn cookies_are_secure_behind_https() {
    let portal = Portal::start_with(|config| config.public_url = "https://secmon.example").await;
    let mut viewer = portal.client();
    let answer = viewer.sign_in("viewer", PASSWORD).await;
    let cookie = answer.header("set-cookie").expect("a cookie is set");
    assert!(
        cookie.starts_with("__Host-secmon_portal_session="),
        "{cookie}"
    );
    assert!(cookie.contains("; Secure"), "{cookie}");
    assert!(
        cookie.contains("; HttpOnly") && !cookie.contains("Domain"),
        "{cookie}"
    );
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=31536000; includeSubDomains")
    );
    let choices = [("theme", "dark"), ("language", "ko")];
    assert_host_cookies(&viewer.post("/preferences", &choices).await, 2);
    let page = viewer.get("/t/acme").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.attributes("html", "data-theme"), ["dark"]);
    assert_eq!(page.attributes("html", "lang"), ["ko"]);
    // A removal must be `Secure` too, or browsers ignore it.
    let ended = viewer.post("/logout", &[]).await;
    assert_host_cookies(&ended, 1);
    assert!(!viewer.cookies.contains_key("__Host-secmon_portal_session"));
}

#[tokio::test]
async fn sign_in_over_http_is_refused_when_public_url_is_https() {
    let portal = Portal::start_with(|config| config.public_url = "https://portal.example").await;
    // As a browser sends it in the clear: without Sec-Fetch-Site, with its own origin.
    let client = portal.client().without_header("sec-fetch-site");
    let mut client = client.with_header("origin", "http://portal.example");
    let fields = [("username", "viewer"), ("password", PASSWORD)];
    let page = client.post("/login", &fields).await;
    assert_eq!(page.status, 400);
    assert_eq!(page.texts("h1"), ["This portal is opened by https"]);
    assert!(
        page.text.contains("SECMON_PORTAL_PUBLIC_URL"),
        "{}",
        page.text
    );
    assert_eq!(page.link("a.btn-primary"), "https://portal.example/");
    assert_eq!(page.header("strict-transport-security"), None);
    assert!(client.cookies.is_empty());
    // HTTPS origins and clients without an origin can sign in.
    for origin in [Some("https://portal.example"), None] {
        let mut client = portal.client();
        if let Some(origin) = origin {
            client = client.with_header("origin", origin);
        }
        assert_eq!(client.sign_in("viewer", PASSWORD).await.status, 303);
    }
}

/// Asserts that many cookies, all `Secure` and host-only.
fn assert_host_cookies(answer: &Page, count: usize) {
    let cookies = answer.headers.get_all("set-cookie").iter();
    let cookies: Vec<&str> = cookies
        .map(|cookie| cookie.to_str().expect("a text"))
        .collect();
    assert_eq!(cookies.len(), count, "{cookies:?}");
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for attribute in ["; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}
