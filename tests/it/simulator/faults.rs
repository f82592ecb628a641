//! Injected faults, through the router and over the wire.

use std::{
    io::{self, Read as _},
    net::SocketAddr,
    time::{Duration, Instant},
};

use http_body_util::BodyExt as _;
use secmon_portal::{
    cli::simulator::SimulatorArgs,
    simulator::{Fault, Outage},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::timeout,
};
use tower::ServiceExt as _;

use super::{Caller, KEYS, caller, caller_with};

/// The raw response to a call with that method and path.
async fn raw(address: SocketAddr, method: &str, path: &str) -> io::Result<String> {
    let mut socket = TcpStream::connect(address).await?;
    let call = format!(
        "{method} /v1.0/appkeys/{}/{path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n",
        KEYS[0]
    );
    socket.write_all(call.as_bytes()).await?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Serves until the sender is used or dropped.
async fn served(
    caller: &Caller,
) -> (
    SocketAddr,
    oneshot::Sender<()>,
    tokio::task::JoinHandle<io::Result<()>>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel();
    let serving = caller.simulator.clone().serve(listener, async {
        let _ = stopped.await;
    });
    (address, stop, tokio::spawn(serving))
}

#[tokio::test]
async fn gateway_errors_have_the_gateway_format() {
    let caller = caller();
    for (fault, status, code) in [
        ("unauthorized", 401, 4_012_001),
        ("forbidden", 403, 4_031_007),
        ("not-found", 404, 4_041_007),
        ("too-large", 413, 4_131_000),
        ("too-many-requests", 429, 4_291_000),
        ("unavailable", 503, 5_030_001),
        ("gateway-timeout", 504, 5_040_001),
        ("refused", 200, -1),
    ] {
        let outage: Outage = fault.parse().expect(fault);
        caller.simulator.set_fault(None, outage);
        let answer = caller.get("history").await;
        assert_eq!(
            (answer.status.as_u16(), answer.refusal()),
            (status, Some(code)),
            "{fault}"
        );
        assert!(answer.headers.get("retry-after").is_none());
    }
    let patient = Fault::TooManyRequests {
        retry_after: Some(2),
    };
    caller.simulator.set_fault(None, patient);
    assert_eq!(caller.get("history").await.headers["retry-after"], "2");
    caller.simulator.set_fault(None, None);
    assert_eq!(caller.get("history").await.status, 200);
}

#[tokio::test]
async fn fault_bodies_differ_from_the_guide() {
    let caller = caller();
    let mut answers = Vec::new();
    for fault in [
        Fault::BadGateway,
        Fault::Html,
        Fault::BrokenJson,
        Fault::WrongShape,
        Fault::Empty,
    ] {
        caller.simulator.set_fault(None, fault);
        let answer = caller.get("applied-vms").await;
        let kind = answer.headers["content-type"]
            .to_str()
            .unwrap_or_default()
            .to_owned();
        let is_json = serde_json::from_str::<serde_json::Value>(&answer.text).is_ok();
        answers.push((answer.status.as_u16(), kind, is_json));
    }
    let expected = [
        (502, "text/html", false),
        (200, "text/html; charset=utf-8", false),
        (200, "application/json", false),
        (200, "application/json", true),
        (200, "application/json", false),
    ];
    assert_eq!(
        answers,
        expected.map(|(status, kind, json)| (status, kind.to_owned(), json))
    );
}

#[tokio::test]
async fn fault_can_be_limited_by_tenant_endpoint_and_count() {
    let mut caller = caller();
    caller.simulator.set_fault(Some(0), Fault::Html.once());
    caller.key = KEYS[1];
    assert_eq!(caller.get("history").await.results().len(), 10);
    caller.key = KEYS[0];
    assert!(caller.get("history").await.text.contains("<html>"));
    assert_eq!(caller.get("history").await.results().len(), 10);
    caller
        .simulator
        .set_fault(None, Fault::Unavailable.on_changes());
    assert_eq!(caller.get("history").await.status, 200);
    assert_eq!(caller.delete(&["x"]).await.status, 503);
    caller
        .simulator
        .set_fault(None, Fault::Unavailable.on_reads());
    assert_eq!(caller.get("history").await.status, 503);
    assert_eq!(caller.delete(&["x"]).await.status, 404);
}

#[tokio::test]
async fn change_can_take_effect_and_still_fail() {
    let caller = caller();
    let rows = caller.candidates().await;
    let free = caller.simulator.not_monitored_ids(0);
    let status = |place: usize| caller.simulator.status(0, &free[place]);

    caller.simulator.set_fault(None, Fault::FailAfter);
    assert_eq!(caller.get("history").await.status, 200);
    assert_eq!(
        caller.post(&json!({ "vmList": [rows[0]] })).await.status,
        502
    );
    assert_eq!(status(0), Some("접수대기"));

    caller.simulator.set_fault(None, Fault::HangAfter);
    let body = json!({ "vmList": [rows[1]] });
    let waited = timeout(Duration::from_millis(100), caller.post(&body)).await;
    assert!(waited.is_err());
    assert_eq!(status(1), Some("접수대기"));

    caller.simulator.set_fault(None, Fault::PartialChange);
    let answer = caller.post(&json!({ "vmList": [rows[2], rows[3]] })).await;
    assert_eq!(answer.refusal(), Some(-1));
    assert_eq!((status(2), status(3)), (Some("접수대기"), Some("미신청")));

    caller.simulator.set_fault(None, Fault::Hang);
    let body = json!({ "vmList": [rows[3]] });
    assert!(
        timeout(Duration::from_millis(50), caller.post(&body))
            .await
            .is_err()
    );
    assert_eq!(status(3), Some("미신청"));
}

#[tokio::test]
async fn large_bodies_have_300_mebibytes() {
    let caller = caller();
    let router = caller.simulator.router();
    let call = async || {
        let path = format!("/v1.0/appkeys/{}/history", KEYS[0]);
        let request = axum::http::Request::get(path).body(axum::body::Body::empty());
        let response = router.clone().oneshot(request.expect("a request")).await;
        response.expect("an answer")
    };
    caller.simulator.set_fault(None, Fault::Huge);
    let mut body = call().await.into_body();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame.expect("a frame").data_ref().map_or(0, bytes_in);
    }
    assert_eq!(length, 300 * 1024 * 1024);

    caller.simulator.set_fault(None, Fault::GzipBomb);
    let bomb = call().await;
    assert_eq!(bomb.headers()["content-encoding"], "gzip");
    let bomb = bomb.into_body().collect().await.expect("a body").to_bytes();
    assert!(bomb.len() < 1024 * 1024, "{}", bomb.len());
    let mut plain = flate2::read::GzDecoder::new(&bomb[..]);
    let mut start = [0; 4096];
    plain.read_exact(&mut start).expect("gzip");
    assert_eq!(start, [b' '; 4096]);
    let rest = io::copy(&mut plain, &mut io::sink()).expect("the checksum is right");
    assert_eq!(rest + 4096, 300 * 1024 * 1024);
}

fn bytes_in(data: &axum::body::Bytes) -> usize {
    data.len()
}

#[tokio::test]
async fn connections_break_before_and_within_a_response() {
    let caller = caller();
    let (address, _stop, _serving) = served(&caller).await;
    assert!(
        raw(address, "GET", "history")
            .await
            .expect("an answer")
            .contains("\"count\":25")
    );
    caller.simulator.set_fault(None, Fault::Drop);
    assert_eq!(raw(address, "GET", "history").await.unwrap_or_default(), "");
    caller.simulator.set_fault(None, Fault::CutOff);
    let half = raw(address, "GET", "history")
        .await
        .expect("half an answer");
    assert!(
        half.starts_with("HTTP/1.1 200 OK") && half.ends_with("9d5c"),
        "{half}"
    );
}

#[tokio::test]
async fn hanging_call_does_not_block_shutdown() {
    let caller = caller();
    let (address, stop, serving) = served(&caller).await;
    caller.simulator.set_fault(None, Fault::Hang);
    let hanging = tokio::spawn(async move { raw(address, "GET", "history").await });
    while caller.simulator.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    let start = Instant::now();
    stop.send(()).expect("it listens");
    serving.await.expect("it ends").expect("it ends well");
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(hanging.await.expect("it ends").unwrap_or_default(), "");
}

#[tokio::test]
async fn responses_take_the_configured_time() {
    let caller = caller_with(|options| options.latency = Duration::from_millis(80));
    let start = Instant::now();
    caller.get("history").await;
    assert!(start.elapsed() >= Duration::from_millis(80));
    caller.simulator.set_latency(Duration::from_mins(1));
    let waited = timeout(Duration::from_millis(100), caller.get("history")).await;
    assert!(waited.is_err());
}

#[test]
fn command_reads_its_options() {
    use clap::{CommandFactory as _, Parser};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        simulator: SimulatorArgs,
    }

    let line = [
        "test",
        "--vms",
        "7",
        "--delay",
        "2m",
        "--fault",
        "once:reads:html",
        "--listen",
        "[::1]:0",
    ];
    let read = Line::try_parse_from(line).expect("it parses").simulator;
    assert_eq!((read.vms, read.delay), (7, Duration::from_mins(2)));
    assert_eq!(read.fault, Some(Fault::Html.on_reads().times(1)));
    let wrong = Line::try_parse_from(["test", "--fault", "often"]).map(|_| ());
    assert!(
        wrong
            .expect_err("no such fault")
            .to_string()
            .contains("gzip-bomb")
    );
    let help = Line::command().render_long_help().to_string();
    for part in [
        "too-many-requests",
        "changes:hang-after",
        "SECMON_PORTAL_SIMULATOR_VMS",
    ] {
        assert!(help.contains(part), "{help}");
    }
}
