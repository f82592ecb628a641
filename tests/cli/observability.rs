//! Log lines, warnings about settings, and metrics.

use serde_json::Value;
use sqlx::Connection as _;

use crate::{
    http::TestClient,
    support::{CommandExt as _, Place},
};

#[test]
fn each_request_is_one_line_with_its_route() {
    let place = Place::new();
    let (mut portal, address) = place.serve(&[]);
    let client = TestClient::new(&address);
    let answer = client.get("/invitation/5ecret-token?next=5ecret");
    let line = portal.says_on_stderr("route=\"/invitation/{token}\"");
    let id = answer.header("x-request-id").expect("has an id");
    for part in [
        &*format!("request_id=\"{id}\""),
        "method=\"GET\"",
        &format!("status={}", answer.status),
        "milliseconds=",
        "upstream_calls=0",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!line.contains("5ecret"), "{line}");
    client.get("/no/such/page/5ecret");
    let line = portal.says_on_stderr("status=404");
    assert!(line.contains("route=\"other\"") && !line.contains("5ecret"));
}

#[test]
fn upstream_calls_are_counted_for_the_request() {
    let place = Place::new();
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "simulator-key-1").succeeds();
    let user = "user add --username kim --member acme:viewer --password-file -";
    place.run_typing(user, "correct horse").succeeds();
    let (_api, api) = place.simulator("");
    let (mut portal, address) = place.serve(&[
        ("SECMON_PORTAL_API_KR1", &api),
        ("SECMON_PORTAL_METRICS_LISTEN", "127.0.0.1:0"),
        ("SECMON_PORTAL_SYNC_INTERVAL", "off"),
    ]);
    let mut kim = TestClient::new(&address);
    assert!(kim.signs_in("kim", "correct horse"));
    assert_eq!(kim.get("/t/acme/tickets").status, 200);
    let line = portal.says_on_stderr("route=\"/t/{slug}/tickets\"");
    assert!(line.contains("upstream_calls=1"), "{line}");
}

#[test]
fn metrics_name_routes_and_no_team_or_address() {
    let place = Place::new();
    let settings = [("SECMON_PORTAL_METRICS_LISTEN", "127.0.0.1:0")];
    let mut command = place.program("serve --listen 127.0.0.1:0");
    let mut portal = command.envs(settings).starts();
    let address_of = |line: String| {
        let rest = line.split_once(" address=").expect("an address").1;
        rest.split_whitespace()
            .next()
            .expect("an address")
            .to_owned()
    };
    let metrics = address_of(portal.says_on_stderr("metrics are served"));
    let client = TestClient::new(&address_of(portal.says_on_stderr("the portal listens")));
    for path in ["/login", "/t/acme/vms", "/no-such-page", "/healthz"] {
        client.get(path);
    }
    let answer = TestClient::new(&metrics).get("/metrics");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    let version = env!("CARGO_PKG_VERSION");
    for line in [
        "secmon_portal_http_requests_total{method=\"GET\",route=\"/login\",status=\"200\"} 1",
        "secmon_portal_http_requests_total{method=\"GET\",route=\"/t/{slug}/vms\",status=\"303\"} 1",
        "secmon_portal_http_requests_total{method=\"GET\",route=\"other\",status=\"404\"} 1",
        "secmon_portal_database_connections{state=\"idle\"} ",
        &format!("secmon_portal_build_info{{version=\"{version}\"}} 1"),
        "secmon_portal_http_request_duration_seconds_bucket{method=\"GET\",route=\"/login\",le=",
    ] {
        assert!(answer.body.contains(line), "{line} in\n{}", answer.body);
    }
    assert!(!answer.body.contains("acme") && !answer.body.contains("127.0.0.1"));
    assert_eq!(TestClient::new(&metrics).get("/login").status, 404);
    // The first sweep begins some seconds after the portal.
    let swept = "secmon_portal_job_runs_total{kind=\"sweep\",outcome=\"done\"} 1";
    let is_counted = |_| {
        TestClient::new(&metrics)
            .get("/metrics")
            .body
            .contains(swept)
    };
    assert!((0..50_000).any(is_counted));
}

#[test]
fn failure_of_the_database_is_logged_with_its_request() {
    let place = Place::new();
    let (mut portal, address) = place.serve(&[]);
    let file = format!("sqlite://{}", place.path("data/portal.db").display());
    let runtime = tokio::runtime::Runtime::new().expect("starts");
    runtime.block_on(async {
        let mut database = sqlx::SqliteConnection::connect(&file).await;
        let database = database.as_mut().expect("opens");
        let drop = sqlx::query("drop table invitations").execute(database);
        drop.await.expect("is dropped");
    });
    let answer = TestClient::new(&address).get("/invitation/some-token");
    assert_eq!(answer.status, 500);
    let line = portal.says_on_stderr("a page failed");
    let id = answer.header("x-request-id").expect("has an id");
    assert!(line.contains(id), "{line}");
    assert!(line.contains("no such table"), "{line}");
}

#[test]
fn every_line_is_json_when_asked_for() {
    let place = Place::new();
    let (portal, address) = place.serve(&[
        ("SECMON_PORTAL_LOG_FORMAT", "json"),
        ("SECMON_PORTAL_PUBLIC_URL", "https://portal.example"),
    ]);
    TestClient::new(&address).get("/login");
    let taken = format!("serve --log-format json --listen {address}");
    let failed = place.run(&taken);
    let usage = place.run("serve --log-format=json --no-such-option");
    let mut by_variable = place.program("team add --slug acme");
    let by_variable = by_variable.env("SECMON_PORTAL_LOG_FORMAT", "json").ends();
    let user = "user add --log-format json --username kim --password-file -";
    let warned = place.run_typing(user, "password1234");
    portal.terminate();
    let served = portal.end();
    for (ended, status, level) in [
        (served, 0, "WARN"),
        (failed, 1, "ERROR"),
        (usage, 2, "ERROR"),
        (by_variable, 2, "ERROR"),
        (warned, 0, "WARN"),
    ] {
        assert_eq!(ended.status.code(), Some(status), "{ended:?}");
        let lines = ended.stderr.lines().map(|line| {
            let line: Value = serde_json::from_str(line).expect(line);
            assert!(
                line["timestamp"].is_string() && line["message"].is_string(),
                "{line}"
            );
            line
        });
        assert!(
            lines
                .collect::<Vec<_>>()
                .iter()
                .any(|line| line["level"] == level)
        );
    }
}

#[test]
fn unusual_settings_are_warned_of() {
    let place = Place::new();
    for (listen, variable, value, warning) in [
        (
            "127.0.0.1:0",
            "PUBLIC_URL",
            "https://portal.example",
            "SECMON_PORTAL_TRUSTED_PROXIES is not set",
        ),
        (
            "0.0.0.0:0",
            "PUBLIC_URL",
            "",
            "SECMON_PORTAL_PUBLIC_URL is not set: links that the portal gives out begin with http://localhost:",
        ),
        (
            "127.0.0.1:0",
            "TRUSTED_PROXIES",
            "0.0.0.0/0",
            "holds every address",
        ),
    ] {
        let mut command = place.program(&format!("serve --listen {listen}"));
        let command = command.env(format!("SECMON_PORTAL_{variable}"), value);
        let mut portal = command.starts();
        if listen.starts_with("0.0.0.0") {
            portal.says("Set the portal up at http://localhost:");
        }
        let line = portal.says_on_stderr("WARN");
        assert!(line.contains(warning), "{line}");
    }
}

#[test]
fn proxy_with_a_port_in_its_header_is_understood() {
    let place = Place::new();
    let settings = [("SECMON_PORTAL_TRUSTED_PROXIES", "127.0.0.1")];
    let (mut portal, address) = place.serve(&settings);
    for (header, client) in [
        ("x-forwarded-for: 203.0.113.9:51234", "203.0.113.9"),
        ("forwarded: for=\"[2001:db8::1]:443\"", "2001:db8::1"),
    ] {
        let refused = format!(
            "POST /logout HTTP/1.1\r\nhost: x\r\nsec-fetch-site: cross-site\r\n{header}\r\n\
             content-length: 0\r\nconnection: close\r\n\r\n"
        );
        crate::connections::answer(&address, &refused);
        let line = portal.says_on_stderr("a cross-site form was refused");
        assert!(line.contains(&format!("client={client}")), "{line}");
    }
}
