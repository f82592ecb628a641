//! A static Secmon API for benchmarks: canned responses, counted.

#![allow(dead_code, reason = "each benchmark uses a part")]

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const GUIDE: &str = include_str!("../../tests/it/sanitizer/guide.html");

/// Rows of each list.
#[derive(Clone, Copy)]
pub struct Rows {
    /// On each of both VM lists.
    pub servers: usize,
    pub tickets: usize,
    pub events: usize,
}

/// The guide's table with its last rows repeated until it has so many bytes.
pub fn table(bytes: usize) -> String {
    let body = GUIDE.find("</tr>").expect("has rows") + "</tr>".len();
    let end = GUIDE.rfind("</tbody>").expect("has a body");
    let rows = &GUIDE[body..end];
    let rows = rows.repeat(bytes / rows.len());
    [&GUIDE[..body], &rows, &GUIDE[end..]].concat()
}

#[derive(Default)]
struct Responses {
    bodies: HashMap<String, Bytes>,
    calls: AtomicUsize,
}

/// Serves the API on a free port of this machine, from the current runtime, and returns its base URL. `/calls` returns
/// the number of calls.
pub async fn serve_source(rows: Rows) -> String {
    let responses = Arc::new(Responses {
        bodies: bodies(rows),
        calls: AtomicUsize::new(0),
    });
    let router = Router::new()
        .route("/v1.0/appkeys/{key}/{*path}", get(respond))
        .route("/calls", get(calls))
        .with_state(responses);
    serve(router).await
}

/// Serves on a free port of this machine and returns the base URL.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("has an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn respond(
    State(responses): State<Arc<Responses>>,
    Path((_, path)): Path<(String, String)>,
) -> Result<Bytes, StatusCode> {
    responses.calls.fetch_add(1, Relaxed);
    let body = responses.bodies.get(&path);
    body.cloned().ok_or(StatusCode::NOT_FOUND)
}

async fn calls(State(responses): State<Arc<Responses>>) -> String {
    responses.calls.load(Relaxed).to_string()
}

fn bodies(rows: Rows) -> HashMap<String, Bytes> {
    let servers = |status| (0..rows.servers).map(move |n| server(n, status));
    let details = [
        ("guide", GUIDE.to_owned()),
        ("200kb", table(200_000)),
        ("1mb", table(1_000_000)),
    ];
    let lists = [
        ("not-applied-vms", list(servers("미신청"))),
        ("applied-vms", list(servers("진행중"))),
        ("tickets", list((0..rows.tickets).map(ticket))),
        ("events", list((0..rows.events).map(event))),
        ("history", list((0..10).map(history_entry))),
    ];
    let lists = lists.map(|(path, body)| (path.to_owned(), body));
    let details = details.map(|(id, html)| (format!("tickets/{id}"), detail(&html)));
    lists.into_iter().chain(details).collect()
}

fn success(mut fields: Value) -> Bytes {
    fields["header"] = json!({
        "resultCode": 1, "resultMessage": "Request success", "isSuccessful": true,
    });
    fields.to_string().into()
}

fn list(rows: impl Iterator<Item = Value>) -> Bytes {
    let rows: Vec<Value> = rows.collect();
    success(json!({"count": rows.len(), "next": null, "previous": null, "results": rows}))
}

fn server(number: usize, status: &str) -> Value {
    let list = if status == "미신청" { "new" } else { "old" };
    json!({
        "vmId": format!("8b031032-e0a0-4b36-{list}-{number:012}"),
        "vmName": format!("web-{list}-{number}"),
        "vmOs": "Ubuntu Server 20.04.6 LTS (2023.11.21)",
        "fixedIp": format!("192.168.{}.{}", number / 250, number % 250),
        "vmIp": format!("203.0.{}.{}", number / 250, number % 250),
        "serviceStatus": status,
    })
}

fn ticket(number: usize) -> Value {
    json!({
        "ticketId": format!("98425190186{number:06}"),
        "ticketName": format!("[침입탐지] SSH Brute Force 로그인 시도 {number}"),
        "detectTime": "2021-07-09T15:34:29+09:00",
        "isAttack": "정탐",
        "ticketStatus": "처리완료",
        "ticketType": "침입탐지",
        "attackType": "Brute Force",
        "srcIp": "211.58.124.208",
        "dstIp": format!("203.0.113.{}", number % 250),
    })
}

fn event(number: usize) -> Value {
    json!({
        "detectTime": "2021-07-09T15:34:29+09:00",
        "severityLevel": "Low",
        "attackName": "(0x000023)FTP Login Brute Force",
        "srcIp": format!("211.58.124.{}", number % 250),
        "srcPort": 51_234,
        "dstIp": "203.0.113.9",
        "dstPort": 21,
        "dstCountryCode": "KR",
        "inOut": "Inbound",
    })
}

fn history_entry(number: usize) -> Value {
    json!({
        "historyId": number.to_string(),
        "regDate": "2021-07-09T15:34:29+09:00",
        "type": "신규",
        "status": "접수",
        "reason": "사용자신청",
        "contents": "VM 1대",
        "vmId": format!("web-{number}"),
        "meter": "NO",
    })
}

fn detail(analysis: &str) -> Bytes {
    success(json!({"data": {
        "desc": ["[침입탐지] SSH Brute Force 로그인 시도", "무차별 대입 공격이 탐지되었습니다."],
        "result": ["무차별 대입 공격", analysis, ""],
    }}))
}
