//! Completeness of exports: every row once, or a visible abort.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::path_regex};

use super::{column, csv_of, lines, parts};
use crate::support::{Portal, TestClient};

/// Response for a page of a list, given its number and the count of earlier calls for the list.
type Answer = Box<dyn Fn(u64, u64) -> ResponseTemplate + Send + Sync>;

struct Api {
    server: MockServer,
    calls: Arc<AtomicU64>,
}

impl Api {
    /// Every list of it is this one.
    async fn start(answer: impl Fn(u64, u64) -> ResponseTemplate + Send + Sync + 'static) -> Self {
        let server = MockServer::start().await;
        let token = json!({ "access_token": "t", "token_type": "Bearer", "expires_in": 86400 });
        Mock::given(path_regex("token"))
            .respond_with(ResponseTemplate::new(200).set_body_json(token))
            .mount(&server)
            .await;
        let calls = Arc::new(AtomicU64::new(0));
        let (counted, answer): (_, Answer) = (Arc::clone(&calls), Box::new(answer));
        let list = move |request: &Request| {
            let mut parameters = request.url.query_pairs();
            let page = parameters.find(|(name, _)| name == "page");
            let page = page.and_then(|(_, page)| page.parse().ok());
            answer(page.unwrap_or(1), counted.fetch_add(1, Ordering::SeqCst))
        };
        Mock::given(path_regex("/(tickets|events|history)$"))
            .respond_with(list)
            .mount(&server)
            .await;
        Self { server, calls }
    }

    async fn viewer(&self) -> (Portal, TestClient) {
        let uri = self.server.uri();
        let portal = Portal::start_with(|around| around.api_base = Some(uri)).await;
        let viewer = portal.sign_in("viewer").await;
        (portal, viewer)
    }

    fn calls(&self) -> u64 {
        self.calls.swap(0, Ordering::SeqCst)
    }
}

fn page(ids: &[u64], count: impl Into<Value>, next: impl Into<Value>) -> ResponseTemplate {
    let rows = ids.iter().map(|id| {
        json!({
            "ticketId": format!("{}", 90_000_000_000_000_000 + id),
            "historyId": format!("h{id}"),
            "ticketName": format!("row {id}"),
            "attackName": format!("row {id}"),
            "detectTime": "2025-06-11T11:00:00+09:00",
        })
    });
    ResponseTemplate::new(200).set_body_json(json!({
        "header": { "isSuccessful": true, "resultCode": 1, "resultMessage": "" },
        "count": count.into(), "next": next.into(), "previous": null,
        "results": rows.collect::<Vec<_>>(),
    }))
}

fn bare(field: &str, value: impl Into<Value>, count: u64) -> ResponseTemplate {
    let mut body = json!({
        "header": { "isSuccessful": true, "resultCode": 1, "resultMessage": "" },
        "count": count, "next": null, "previous": null,
    });
    body[field] = value.into();
    ResponseTemplate::new(200).set_body_json(body)
}

/// The rows on a page of ten of a list of `count`.
fn ids(number: u64, count: u64) -> Vec<u64> {
    let start = (number - 1) * 10;
    (start..count.min(start + 10)).collect()
}

#[tokio::test]
async fn export_fails_when_a_promised_page_is_missing() {
    type Missing = (&'static str, fn() -> ResponseTemplate);
    let missing: [Missing; 6] = [
        ("404 without a body", || ResponseTemplate::new(404)),
        ("404 of the framework", || {
            let body = json!({ "detail": "Invalid page." });
            ResponseTemplate::new(404).set_body_json(body)
        }),
        ("no rows", || bare("results", json!([]), 25)),
        ("null", || bare("results", Value::Null, 25)),
        ("a smaller count", || bare("results", json!([]), 8)),
        ("a refusal", || ResponseTemplate::new(500)),
    ];
    for (what, answer) in missing {
        let api = Api::start(move |number, _| match number {
            1 => page(&ids(1, 25), 25, "x"),
            _ => answer(),
        });
        let api = api.await;
        let (_portal, mut viewer) = api.viewer().await;
        for list in ["tickets", "events", "history"] {
            for format in ["csv", "xlsx"] {
                let file = viewer.get(&format!("/t/acme/{list}.{format}")).await;
                assert_eq!(file.status, 502, "{what}: {list}.{format}");
                assert!(!file.alert().is_empty());
                assert_eq!(file.header("content-disposition"), None);
            }
        }
    }
}

#[tokio::test]
async fn long_export_breaks_off_when_a_page_fails() {
    let name = "긴 이름 ".repeat(4000);
    let api = Api::start(move |number, _| match number {
        1..=5 => {
            let rows = (0..10).map(|row| {
                // Distinct texts, since repetition would compress to nothing.
                let text = name.replace('긴', &format!("{number}{row}"));
                json!({ "ticketId": format!("{number}{row}"), "ticketName": text })
            });
            let rows: Vec<_> = rows.collect();
            let mut body = json!({ "count": 60, "next": "x", "results": rows });
            body["header"] = json!({ "isSuccessful": true, "resultCode": 1, "resultMessage": "" });
            ResponseTemplate::new(200).set_body_json(body)
        }
        _ => ResponseTemplate::new(500),
    });
    let api = api.await;
    let (portal, mut viewer) = api.viewer().await;
    assert!(viewer.download("/t/acme/tickets.csv").await.is_none());
    let mut manager = portal.sign_in("manager").await;
    let log = manager.get("/t/acme/audit?action=export-ended").await;
    assert!(log.text_of("tbody .state").contains("Broken off"));
    let told = log.texts("tbody td.long").remove(0);
    assert!(told.starts_with("/t/acme/tickets.csv (rows: "), "{told}");
    let asked = manager.get("/t/acme/audit?action=exported").await;
    assert_eq!(asked.count("tbody tr"), 1);
}

#[tokio::test]
async fn export_goes_by_the_count_when_no_page_is_linked() {
    for next in [Value::Null, json!(false), json!("")] {
        let api = Api::start(move |number, _| match number {
            1..=3 => page(&ids(number, 25), 25, next.clone()),
            _ => ResponseTemplate::new(404),
        });
        let api = api.await;
        let (_portal, mut viewer) = api.viewer().await;
        for list in ["tickets", "events", "history"] {
            let file = csv_of(&mut viewer, &format!("/t/acme/{list}.csv")).await;
            assert_eq!(file.len() - 1, 25, "{list}");
            assert_eq!(api.calls(), 3, "{list}");
        }
        let file = viewer.download("/t/acme/tickets.xlsx").await;
        let sheets = parts(file.expect("comes"));
        let (list, _about) = sheets.split_once("</worksheet>").expect("a sheet");
        assert_eq!(list.matches("<row ").count(), 26);
    }
}

#[tokio::test]
async fn export_ends_well_when_the_list_has_shrunk() {
    let api = Api::start(|number, call| match (number, call) {
        (1, 0) => page(&ids(1, 25), 25, "x"),
        (1, _) => page(&ids(1, 18), 18, "x"),
        (2, _) => page(&ids(2, 18), 18, "x"),
        _ => ResponseTemplate::new(404),
    });
    let api = api.await;
    let (_portal, mut viewer) = api.viewer().await;
    let file = csv_of(&mut viewer, "/t/acme/tickets.csv").await;
    assert_eq!(file.len() - 1, 18);
}

#[tokio::test]
async fn export_gives_up_when_the_source_repeats_a_page() {
    for list in ["tickets", "events", "history"] {
        let api = Api::start(|_, _| page(&ids(1, 25), 25, "x")).await;
        let (_portal, mut viewer) = api.viewer().await;
        let address = format!("/t/acme/{list}.csv");
        assert_eq!(viewer.get(&address).await.status, 502, "{list}");
        assert!(api.calls() <= 3, "{list}");
        // It is whole already: only the link is wrong.
        let api = Api::start(|_, _| page(&ids(1, 10), 10, "x")).await;
        let (_portal, mut viewer) = api.viewer().await;
        let file = csv_of(&mut viewer, &address).await;
        assert_eq!(file.len() - 1, 10, "{list}");
    }
}

#[tokio::test]
async fn row_shifted_by_new_ones_is_exported_once() {
    // Each call finds three rows more at the beginning of the list.
    let api = Api::start(|number, call| {
        let new = 3 * call;
        let places = (number - 1) * 10..(number * 10).min(40 + new);
        let ids: Vec<_> = places.map(|place| 1000 + place - new.min(1000)).collect();
        let next = if number * 10 < 40 + new {
            json!("x")
        } else {
            Value::Null
        };
        page(&ids, 40 + new, next)
    });
    let api = api.await;
    let (_portal, mut viewer) = api.viewer().await;
    for (list, title) in [("tickets", "Name"), ("events", "Event")] {
        api.calls();
        let file = viewer.get(&format!("/t/acme/{list}.csv")).await;
        let names = column(&lines(&file.body), title);
        let expected: Vec<_> = (1000..1040).map(|id| format!("row {id}")).collect();
        assert_eq!(names, expected, "{list}");
    }
}

#[tokio::test]
async fn identical_events_are_all_exported() {
    let rows = [1, 1, 2, 3, 3, 3, 4, 4, 5, 5, 5, 5, 6];
    let api = Api::start(move |number, _| {
        let from = usize::try_from(number - 1).expect("a page") * 5;
        let to = rows.len().min(from + 5);
        let next = if to < rows.len() {
            json!("x")
        } else {
            Value::Null
        };
        page(&rows[from..to], rows.len() as u64, next)
    });
    let api = api.await;
    let (_portal, mut viewer) = api.viewer().await;
    let file = csv_of(&mut viewer, "/t/acme/events.csv").await;
    let expected: Vec<_> = rows.iter().map(|row| format!("row {row}")).collect();
    assert_eq!(column(&file, "Event"), expected);
}

#[tokio::test]
async fn pages_of_identical_rows_are_counted() {
    let api = Api::start(|number, _| match number {
        1..=3 => page(&vec![7; ids(number, 25).len()], 25, Value::Null),
        _ => ResponseTemplate::new(404),
    });
    let api = api.await;
    let (_portal, mut viewer) = api.viewer().await;
    let file = csv_of(&mut viewer, "/t/acme/events.csv").await;
    assert_eq!(file.len() - 1, 25);
}

#[tokio::test]
async fn export_of_events_ends_no_later_than_now() {
    let api = Api::start(|_, _| page(&[1], 1, Value::Null)).await;
    let (_portal, mut viewer) = api.viewer().await;
    let range = "start=2025-06-11T09:00&end=2025-06-11T14:00";
    csv_of(&mut viewer, &format!("/t/acme/events.csv?{range}")).await;
    let requests = api.server.received_requests().await.expect("are kept");
    let asked = requests
        .iter()
        .filter_map(|request| request.url.query())
        .find(|query| query.contains("endDate"));
    let asked = asked.expect("has a range").replace("%3A", ":");
    assert!(asked.contains("endDate=2025-06-11T12:00:00"), "{asked}");
}

#[tokio::test]
async fn upstream_text_cannot_corrupt_an_excel_file() {
    let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
    for text in [
        family.repeat(6000),
        "\u{1f525}".repeat(20_000),
        "a\u{0}b\u{1b}c\r\u{fffe}".to_owned(),
        "]]> <t>&amp;".to_owned(),
    ] {
        let name = text.clone();
        let api = Api::start(move |_, _| bare("results", json!([{ "ticketName": name }]), 1));
        let api = api.await;
        let (_portal, mut viewer) = api.viewer().await;
        let file = viewer.download("/t/acme/tickets.xlsx").await;
        let xml = parts(file.expect("comes"));
        let cells = xml.split("preserve\">");
        let mut cells = cells.filter_map(|cell| cell.split_once("</t>"));
        assert!(cells.all(|(cell, _)| cell.encode_utf16().count() <= 32_767));
    }
}
