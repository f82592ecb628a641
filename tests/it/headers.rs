//! Response headers, cross-site requests, static files and health checks.

mod cross_site;
mod static_files;

use crate::support::{Page, Portal};

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
