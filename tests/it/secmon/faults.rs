//! Failures of a call: error kinds and retries.

use std::time::Duration;

use secmon_portal::{model::Server, model::Vm, secmon::Error};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::support::{
    access, answering, client, client_with, first, gateway, hanging_up, impatient, nobody,
    requests_of, row_id, success, ticket_id,
};

fn one_vm() -> Vec<Server> {
    vec![Server::Vm(Vm {
        id: Some(row_id("vm-1")),
        ..Vm::default()
    })]
}

async fn failure(answer: ResponseTemplate) -> Error {
    let server = answering(answer).await;
    let outcome = client(&server.uri()).history(&access(), first()).await;
    outcome.map(drop).expect_err("fails")
}

async fn failed_change(answer: ResponseTemplate) -> Error {
    let server = answering(answer).await;
    let outcome = client(&server.uri()).add(&access(), &one_vm()).await;
    assert_eq!(requests_of(&server).await.len(), 1, "a change is sent once");
    outcome.expect_err("fails")
}

fn text(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(body)
}

#[tokio::test]
async fn gateway_error_keeps_status_code_and_message() {
    for (status, code) in [
        (401, 4_012_001),
        (403, 4_031_007),
        (404, 4_041_007),
        (413, 4_131_000),
        (500, -1),
    ] {
        let expected = Error::HttpStatus {
            status,
            code: Some(code.to_string()),
            message: Some("why".to_owned()),
            retry_after: None,
        };
        assert_eq!(failure(gateway(status, code, "why")).await, expected);
    }
    let bare = failure(ResponseTemplate::new(403).set_body_string("<html>Forbidden")).await;
    assert_eq!(
        bare.to_string(),
        "the gateway refused the call with status 403"
    );
}

#[tokio::test]
async fn refusal_of_the_api_keeps_its_message() {
    let error = failure(gateway(200, -10, "appKey is disabled")).await;
    let expected = Error::Refused {
        code: Some("-10".to_owned()),
        message: Some("appKey is disabled".to_owned()),
    };
    assert_eq!(error, expected);
    assert_eq!(
        error.to_string(),
        "the API refused the call (code -10): appKey is disabled"
    );
}

#[tokio::test]
async fn other_formats_are_unexpected_responses() {
    let invalid = ResponseTemplate::new(200).set_body_bytes(b"{\"header\": \"\xff\"}".as_slice());
    let moved = ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/");
    let deep = "[".repeat(500_000);
    for answer in [
        text("<!doctype html><title>Sign in</title>"),
        text("\n <?xml version=\"1.0\"?>"),
        text(""),
        text("{\"header\": {\"isSuccessful\": tr"),
        text("[]"),
        text("null"),
        text("\"text\""),
        text(&deep),
        text("{\"results\": []}"),
        text("{\"header\": null, \"results\": []}"),
        text("{\"header\": {}, \"results\": []}"),
        text("{\"header\": {\"isSuccessful\": 3}, \"results\": []}"),
        text("{\"header\": {\"isSuccessful\": true}}"),
        text("{\"header\": {\"isSuccessful\": true}, \"results\": {}}"),
        text("{\"header\": {\"isSuccessful\": true}, \"results\": []} trailing"),
        text("x").insert_header("content-encoding", "gzip"),
        invalid,
        moved,
    ] {
        let shown = format!("{answer:?}");
        let error = failure(answer).await;
        let shown: String = shown.chars().take(400).collect();
        assert!(
            matches!(error, Error::UnexpectedResponse { .. }),
            "{error:?} {shown}"
        );
        assert!(error.may_have_taken_effect());
    }
}

#[tokio::test]
async fn redirect_is_not_followed() {
    let target = answering(success(json!({"results": []}))).await;
    let moved = ResponseTemplate::new(307).insert_header("location", target.uri());
    failure(moved).await;
    assert!(requests_of(&target).await.is_empty());
}

#[tokio::test]
async fn closed_port_means_nothing_was_sent() {
    let client = client(&nobody().await);
    let read = client.history(&access(), first()).await.map(drop);
    assert!(
        matches!(read, Err(Error::Unreachable { sent: false, .. })),
        "{read:?}"
    );
    let error = client.add(&access(), &one_vm()).await.expect_err("fails");
    assert!(!error.may_have_taken_effect());
}

#[tokio::test]
async fn unknown_host_is_unreachable() {
    let client = client_with("http://secmon.invalid", |settings| {
        settings.timeout = Duration::from_secs(30);
    });
    let error = client
        .history(&access(), first())
        .await
        .map(drop)
        .expect_err("fails");
    assert!(
        matches!(error, Error::Unreachable { sent: false, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn broken_connection_leaves_a_change_in_doubt() {
    let server = hanging_up().await;
    let error = client(&server.base)
        .add(&access(), &one_vm())
        .await
        .expect_err("fails");
    assert!(
        matches!(error, Error::Unreachable { sent: true, .. }),
        "{error:?}"
    );
    assert!(error.may_have_taken_effect());
    assert_eq!(server.connections(), 1, "a change is sent once");
}

#[tokio::test]
async fn read_is_sent_three_times_when_the_connection_breaks() {
    let server = hanging_up().await;
    let outcome = client(&server.base).history(&access(), first()).await;
    assert!(matches!(outcome, Err(Error::Unreachable { .. })));
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn hanging_call_ends_with_the_timeout() {
    let never = success(json!({})).set_delay(Duration::from_mins(10));
    let server = answering(never).await;
    let client = impatient(&server.uri());
    let error = client.release(&access(), &[row_id("vm-1")]).await;
    assert_eq!(error, Err(Error::TimedOut { sent: true }));
    assert_eq!(requests_of(&server).await.len(), 1);
}

#[tokio::test]
async fn read_is_retried_when_the_gateway_is_busy() {
    for status in [429, 502, 503, 504] {
        let server = MockServer::start().await;
        let busy = Mock::given(any()).respond_with(ResponseTemplate::new(status));
        busy.up_to_n_times(2).mount(&server).await;
        let good = Mock::given(any()).respond_with(success(json!({"data": {}})));
        good.mount(&server).await;
        let ticket = client(&server.uri())
            .ticket(&access(), &ticket_id("1"))
            .await;
        assert!(ticket.is_ok(), "{status}");
        assert_eq!(requests_of(&server).await.len(), 3, "{status}");
    }
}

#[tokio::test]
async fn read_is_retried_twice_but_not_after_a_definite_status() {
    for (status, tries) in [(503, 3), (429, 3), (500, 1), (403, 1), (404, 1), (200, 1)] {
        let server = answering(ResponseTemplate::new(status)).await;
        let outcome = client(&server.uri()).history(&access(), first()).await;
        assert!(outcome.is_err());
        assert_eq!(requests_of(&server).await.len(), tries, "{status}");
    }
}

#[tokio::test]
async fn change_is_never_retried() {
    for status in [429, 500, 502, 503, 504] {
        failed_change(ResponseTemplate::new(status)).await;
        let server = answering(ResponseTemplate::new(status)).await;
        let ids = [row_id("vm-1")];
        assert!(
            client(&server.uri())
                .release(&access(), &ids)
                .await
                .is_err()
        );
        assert_eq!(requests_of(&server).await.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn change_is_in_doubt_only_without_a_definite_answer() {
    for (answer, doubt) in [
        (gateway(503, 5_030_001, "circuit open"), false),
        (gateway(429, 4_291_000, "too many requests"), false),
        (gateway(200, -1, "no"), false),
        (gateway(504, 5_040_001, "time-out"), true),
        (ResponseTemplate::new(503), true),
        (text("<html>"), true),
    ] {
        let error = failed_change(answer).await;
        assert_eq!(error.may_have_taken_effect(), doubt, "{error:?}");
    }
}

#[tokio::test]
async fn retry_after_beyond_the_timeout_ends_the_call_at_once() {
    let in_an_hour = "Sun, 06 Nov 1994 09:49:37 GMT";
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    for wish in ["3600", in_an_hour] {
        let busy = ResponseTemplate::new(429).insert_header("retry-after", wish);
        let server = answering(busy.insert_header("date", date)).await;
        let outcome = client(&server.uri()).history(&access(), first()).await;
        let error = outcome.map(drop).expect_err("fails");
        assert_eq!(error.retry_after(), Some(Duration::from_hours(1)), "{wish}");
        assert_eq!(requests_of(&server).await.len(), 1, "{wish}");
    }
}

#[tokio::test]
async fn retry_after_is_capped() {
    for wish in [
        "3601",
        "31536000",
        "18446744073709551615",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let busy = ResponseTemplate::new(503).insert_header("retry-after", wish);
        let error = failure(busy).await;
        assert_eq!(error.retry_after(), Some(Duration::from_hours(1)), "{wish}");
    }
    let negative = ResponseTemplate::new(503).insert_header("retry-after", "-5");
    assert_eq!(failure(negative).await.retry_after(), None);
}

#[tokio::test]
async fn retry_after_in_the_past_or_invalid_is_ignored() {
    for wish in [
        "0",
        "soon",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "99999999999999999999",
    ] {
        let busy = ResponseTemplate::new(503).insert_header("retry-after", wish);
        let server = answering(busy).await;
        let outcome = client(&server.uri()).history(&access(), first()).await;
        assert!(outcome.is_err());
        assert_eq!(requests_of(&server).await.len(), 3, "{wish}");
    }
}
