//! Response headers, cross-site requests, static files and health checks.

use std::io::Read as _;

use crate::support::{PASSWORD, Page, Portal, TestClient};

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn every_response_has_security_headers() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let style = viewer.get("/t/acme").await.link("link[href$='portal.css']");
    let ticket = portal.simulator.ticket_ids(0).remove(0);
    let mut answers = Vec::new();
    for (address, status) in [
        ("/", 303),
        ("/login", 200),
        ("/t/acme/vms", 200),
        (&*format!("/t/acme/tickets/{ticket}"), 200),
        ("/t/acme/audit", 403),
        ("/t/other", 404),
        ("/nowhere", 404),
        ("/t/acme/vms/add", 405),
        ("/healthz", 200),
        ("/readyz", 200),
        (&*style, 200),
        ("/static/x/nothing.css", 404),
    ] {
        let answer = viewer.get(address).await;
        assert_eq!(answer.status, status, "{address}");
        answers.push(answer);
    }
    let from_elsewhere = viewer.clone().with_header("sec-fetch-site", "cross-site");
    answers.push({ from_elsewhere }.post("/logout", &[]).await);
    let large = "x".repeat(1024 * 1024);
    let large = viewer.post("/t/acme/vms/add", &[("id", &large)]).await;
    assert_eq!(large.status, 413);
    answers.push(large);
    answers.push(viewer.get("/t/acme/vms.csv").await);
    for answer in answers {
        let place = &answer.address;
        assert_eq!(
            answer.header("content-security-policy"),
            Some(CSP),
            "{place}"
        );
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{place}"
        );
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{place}");
        assert_eq!(
            answer.header("referrer-policy"),
            Some("same-origin"),
            "{place}"
        );
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            Some("same-origin"),
            "{place}"
        );
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("same-origin"),
            "{place}"
        );
        assert!(answer.header("permissions-policy").is_some(), "{place}");
        assert_eq!(answer.header("strict-transport-security"), None, "{place}");
        assert!(
            answer
                .header("x-request-id")
                .is_some_and(|id| id.len() == 32),
            "{place}"
        );
        let kept = answer
            .header("cache-control")
            .expect("says how it is cached");
        if !place.starts_with("/static/") || answer.status != 200 {
            assert_eq!(kept, "no-store", "{place}");
        }
    }
}

#[tokio::test]
async fn response_cannot_be_read_or_embedded_cross_site() {
    let portal = Portal::start().await;
    let viewer = portal.sign_in("viewer").await;
    let mut elsewhere = viewer.with_header("origin", "https://evil.example");
    let style = elsewhere
        .get("/login")
        .await
        .link("link[href$='portal.css']");
    for address in [
        "/t/acme/vms",
        "/t/acme/vms.csv",
        "/login",
        "/nowhere",
        "/healthz",
        &style,
    ] {
        let answer = elsewhere.get(address).await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            None,
            "{address}"
        );
        let own = answer.header("cross-origin-resource-policy");
        assert_eq!(own, Some("same-origin"), "{address}");
    }
}

#[tokio::test]
async fn unused_methods_are_refused() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for method in [
        "TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "BREW",
    ] {
        let method = axum::http::Method::from_bytes(method.as_bytes()).expect("a method");
        for address in ["/login", "/t/acme/vms", "/account/password", "/healthz"] {
            let answer = viewer.send(method.clone(), address, None).await;
            assert_eq!(answer.status, 405, "{method} {address}");
        }
    }
}

#[tokio::test]
async fn every_text_response_has_media_type_and_charset() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme").await;
    let (style, script) = (
        page.link("link[href$='portal.css']"),
        page.attributes("script", "src").remove(0),
    );
    for (address, kind) in [
        ("/t/acme/vms", "text/html; charset=utf-8"),
        ("/nowhere", "text/html; charset=utf-8"),
        ("/t/acme/vms.csv", "text/csv; charset=utf-8"),
        ("/healthz", "text/plain; charset=utf-8"),
        (&*style, "text/css; charset=utf-8"),
        (&*script, "text/javascript; charset=utf-8"),
    ] {
        let answer = viewer.get(address).await;
        assert_eq!(answer.header("content-type"), Some(kind), "{address}");
    }
}

#[tokio::test]
async fn sign_out_clears_site_data() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let answer = viewer.post("/logout", &[]).await;
    assert_eq!(answer.header("clear-site-data"), Some("\"storage\""));
}

#[tokio::test]
async fn every_request_has_its_own_id() {
    let portal = Portal::start().await;
    let client = portal
        .client()
        .with_header("x-request-id", "chosen-by-a-stranger");
    let (first, second) = (
        { client.clone() }.get("/login").await,
        { client }.get("/login").await,
    );
    let id = |page: &Page| page.header("x-request-id").map(str::to_owned);
    assert_ne!(id(&first), id(&second));
    assert!(!first.text.contains("chosen-by-a-stranger"));
    assert_ne!(id(&first).as_deref(), Some("chosen-by-a-stranger"));
}

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

#[tokio::test]
async fn form_or_query_with_too_many_fields_is_refused() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let many = |count: usize| vec![("id", "x"); count];
    for (count, status) in [(10_100, 303), (10_101, 413)] {
        let answer = operator.post("/t/acme/vms/add", &many(count)).await;
        assert_eq!(answer.status, status, "{count} fields");
        let address = format!("/t/acme/vms?{}", "q=x&".repeat(count - 1));
        let expected = if status == 303 { 200 } else { 414 };
        assert_eq!(operator.get(&address).await.status, expected);
    }
}

#[tokio::test]
async fn static_files_are_immutable_under_their_fingerprint() {
    let portal = Portal::start().await;
    let mut client = portal.client();
    let page = client.get("/login").await;
    let mut addresses = page.attributes("link", "href");
    addresses.extend(page.attributes("script", "src"));
    assert!(addresses.len() >= 4);
    for address in addresses {
        let plain = client.get(&address).await;
        assert_eq!(plain.status, 200, "{address}");
        let kept = plain.header("cache-control");
        assert_eq!(kept, Some("public, max-age=31536000, immutable"));
        let (_, file) = address.split_at("/static/".len());
        let (_, file) = file.split_once('/').expect("has a fingerprint");
        let older = client.get(&format!("/static/older/{file}")).await;
        assert_eq!(
            (older.status, older.header("cache-control")),
            (200, Some("no-cache"))
        );
    }
}

#[tokio::test]
async fn static_path_cannot_escape_its_folder() {
    let portal = Portal::start().await;
    for path in [
        "../Cargo.toml",
        "%2e%2e/Cargo.toml",
        "..%2fCargo.toml",
        "css/../../Cargo.toml",
        "",
        "css",
    ] {
        let answer = portal.client().get(&format!("/static/x/{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn static_files_are_sent_in_the_best_accepted_encoding() {
    let portal = Portal::start().await;
    let mut client = portal.client();
    let style = client
        .get("/login")
        .await
        .link("link[href$='bootstrap.min.css']");
    let plain = client.get(&style).await;
    for (accepted, encoding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("gzip;q=1.0, br;q=0", Some("gzip")),
        ("GZIP", Some("gzip")),
        ("identity", None),
    ] {
        let mut browser = client.clone().with_header("accept-encoding", accepted);
        let answer = browser.get(&style).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("vary"), Some("accept-encoding"), "{accepted}");
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(&*length));
        assert!(answer.body.len() < plain.body.len() / 5 || encoding.is_none());
        assert_eq!(decoded(&answer), plain.body, "{accepted}");
    }
}

#[tokio::test]
async fn pages_are_compressed_in_an_accepted_encoding() {
    let portal = Portal::start().await;
    let viewer = portal.sign_in("viewer").await;
    for (accepted, encoding) in [
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("gzip, br", Some("br")),
        ("gzip", Some("gzip")),
        ("identity", None),
    ] {
        let mut browser = viewer.clone().with_header("accept-encoding", accepted);
        let answer = browser.get("/t/acme/vms").await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("vary"), Some("accept-encoding"), "{accepted}");
        let length = answer.header("content-length").map(str::to_owned);
        let whole = answer.body.len().to_string();
        assert_eq!(length, encoding.is_none().then_some(whole), "{accepted}");
        if encoding != Some("zstd") {
            let page = String::from_utf8(decoded(&answer)).expect("is text");
            assert!(page.ends_with("</html>"), "{accepted}");
        }
        // BREACH: another site learns nothing from the length.
        for site in ["cross-site", "same-site"] {
            let mut led = browser.clone().with_header("sec-fetch-site", site);
            let answer = led.get("/t/acme/vms?q=guess").await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("content-encoding"), None, "{site}");
        }
    }
}

#[tokio::test]
async fn small_responses_and_exports_are_not_compressed() {
    let portal = Portal::start().await;
    let viewer = portal.sign_in("viewer").await;
    let mut browser = viewer.with_header("accept-encoding", "gzip, br, zstd");
    for address in ["/healthz", "/session", "/t/acme/vms.csv"] {
        let answer = { browser.clone().with_header("accept", "application/json") }
            .get(address)
            .await;
        assert_eq!(answer.status, 200, "{address}");
        assert_eq!(answer.header("content-encoding"), None, "{address}");
    }
    let answer = browser.get("/healthz").await;
    assert_eq!(answer.header("content-length"), Some("3"));
}

fn decoded(answer: &Page) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        Some("br") => brotli::BrotliDecompress(&mut &*answer.body, &mut plain),
        Some("gzip") => {
            let mut reader = flate2::read::GzDecoder::new(&*answer.body);
            reader.read_to_end(&mut plain).map(drop)
        }
        _ => return answer.body.clone(),
    }
    .expect("can be decompressed");
    plain
}

#[tokio::test]
async fn health_endpoints_report_liveness_and_readiness() {
    let portal = Portal::start().await;
    let mut machine = portal.client();
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = machine.get(path).await;
        assert_eq!((answer.status, &*answer.text), (200, body));
        assert_eq!(answer.header("set-cookie"), None);
    }
    portal.store.close().await;
    assert_eq!(machine.get("/healthz").await.status, 200);
    let answer = machine.get("/readyz").await;
    assert_eq!(
        (answer.status, &*answer.text),
        (503, "the database does not answer\n")
    );
}
