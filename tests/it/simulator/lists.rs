//! Paging, order, time ranges, and seeded data.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use secmon_portal::simulator::{Endpoint, Simulator};
use serde_json::json;

use super::{KEYS, caller, caller_with, noon, options};

#[tokio::test]
async fn links_lack_the_version_and_hold_the_app_key_as_in_the_guide() {
    let caller = caller();
    let link = |page| {
        json!(format!(
            "https://kr1-secmon.api.nhncloudservice.com/appkeys/{}/history?page={page}",
            KEYS[0]
        ))
    };
    let first = caller.get("history").await.json();
    assert_eq!(
        (&first["previous"], &first["next"]),
        (&json!(null), &link(2))
    );
    let second = caller.get("history?page=2").await.json();
    assert_eq!((&second["previous"], &second["next"]), (&link(1), &link(3)));
    let third = caller.get("history?page=3").await.json();
    assert_eq!(
        (&third["previous"], &third["next"]),
        (&link(2), &json!(null))
    );
    assert_eq!(first["count"], 25);
    assert_eq!(third["results"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn page_past_the_end_has_no_header() {
    for path in [
        "history?page=4",
        "tickets?page=0",
        "events?page=x",
        "tickets?page=99999999999999999999",
    ] {
        let answer = caller().get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.text, r#"{"detail":"Invalid page."}"#);
    }
    let nothing = caller_with(|options| options.tickets = 0);
    let answer = nothing.get("tickets?page=1").await;
    assert_eq!((answer.status.as_u16(), answer.results().len()), (200, 0));
}

#[tokio::test]
async fn tickets_are_sorted_oldest_first_by_default() {
    let caller = caller();
    let ids = |rows: Vec<serde_json::Value>| -> Vec<String> {
        let ids = rows.iter().filter_map(|row| row["ticketId"].as_str());
        ids.map(str::to_owned).collect()
    };
    let mut newest_first = caller.simulator.ticket_ids(0);
    let desc = caller.get("tickets?detectDateOrder=desc").await.results();
    assert_eq!(ids(desc), newest_first[..10]);
    newest_first.reverse();
    for path in ["tickets", "tickets?detectDateOrder=asc&page=1"] {
        assert_eq!(ids(caller.get(path).await.results()), newest_first[..10]);
    }
    let wrong = caller.get("tickets?detectDateOrder=up").await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.refusal()),
        (400, Some(4_001_001))
    );
}

#[tokio::test]
async fn events_cover_one_day_by_default() {
    let caller = caller();
    let day = caller.get("events").await.json();
    let same = "events?startDate=2026-06-30T12:00:00&endDate=2026-07-01T12:00:00";
    assert_eq!(caller.get(same).await.json()["count"], day["count"]);
    for row in day["results"].as_array().expect("rows") {
        let at = row["detectTime"].as_str().expect("a time");
        assert!(
            ("2026-06-30T12:00:00"..="2026-07-01T12:00:00+").contains(&at),
            "{at}"
        );
    }
    let all = caller
        .get("events?startDate=2026-01-01T00:00:00&page=3")
        .await
        .json();
    assert_eq!(all["count"], 2000);
    let next = all["next"].as_str().expect("a link");
    assert!(
        next.ends_with("/events?page=4&startDate=2026-01-01T00%3A00%3A00"),
        "{next}"
    );
    let none = caller
        .get("events?startDate=2026-02-01T00:00:00&endDate=2026-01-01T00:00:00")
        .await;
    assert_eq!(none.json()["count"], 0);
    for wrong in [
        "2026-01-01",
        "2026-01-01T00:00",
        "2026-01-01T00:00:00Z",
        "yesterday",
    ] {
        let answer = caller.get(&format!("events?startDate={wrong}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.refusal()),
            (400, Some(4_001_001))
        );
    }
}

#[tokio::test]
async fn range_includes_its_last_second() {
    let caller = caller();
    caller.clock.advance(TimeDelta::hours(1));
    caller.simulator.add_events(0, 3);
    let moment = "2026-07-01T13:00:00";
    let range = format!("events?startDate={moment}&endDate={moment}");
    assert_eq!(caller.get(&range).await.json()["count"], 3);
}

#[tokio::test]
async fn data_depends_on_seed_and_key_only() {
    let paths = [
        "not-applied-vms",
        "applied-vms",
        "history?page=2",
        "tickets",
        "events",
    ];
    for path in paths {
        let first = caller().get(path).await;
        assert_eq!(caller().get(path).await.text, first.text, "{path}");
        let other_seed = caller_with(|options| options.seed = 12).get(path).await;
        assert_ne!(other_seed.text, first.text, "{path}");
        let mut other_key = caller();
        other_key.key = KEYS[1];
        assert_ne!(other_key.get(path).await.text, first.text, "{path}");
    }
}

#[tokio::test]
async fn new_ticket_is_first_and_waiting() {
    let caller = caller();
    caller.clock.advance(TimeDelta::minutes(5));
    caller.simulator.add_tickets(0, 1);
    let rows = caller.get("tickets?detectDateOrder=desc").await.results();
    assert_eq!(rows[0]["detectDate"], "2026-07-01T12:05:00+09:00");
    assert_eq!(rows[0]["ticketStatus"], "대기");
    assert_eq!(rows[9]["ticketStatus"], "처리완료");
}

#[tokio::test]
async fn gateway_answers_for_unknown_keys_paths_and_tickets() {
    let mut caller = caller();
    for (path, method, expected) in [
        ("tickets/12345678901234567", "GET", (404, 4_041_007)),
        ("tickets/%EA%B0%80", "GET", (404, 4_041_007)),
        ("servers", "GET", (404, 4_041_007)),
        ("history", "POST", (405, 4_051_000)),
    ] {
        let answer = caller
            .call(method.parse().expect("a method"), path, "")
            .await;
        let said = (answer.status.as_u16(), answer.refusal().expect("a refusal"));
        assert_eq!(said, expected, "{path}");
    }
    caller.key = "somebody-else-s-key";
    let answer = caller.get("history").await;
    assert_eq!(
        (answer.status.as_u16(), answer.refusal()),
        (401, Some(4_011_000))
    );
    let calls = caller.simulator.take_calls();
    let last = calls.last().expect("a call");
    assert_eq!((last.endpoint, last.tenant), (Endpoint::History, None));
    assert!(caller.simulator.calls().is_empty());
}

#[tokio::test]
async fn large_data_start_quickly_and_answer_quickly() {
    let start = Instant::now();
    let caller = caller_with(|options| {
        (options.events, options.vms) = (200_000, 5000);
        (options.tickets, options.history) = (1_000_000, 1_000_000);
    });
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    let start = Instant::now();
    let body = caller
        .get("events?startDate=2026-01-01T00:00:00&page=19000")
        .await
        .json();
    assert_eq!(body["count"], 200_000);
    let last = caller.get("tickets?page=100000").await;
    assert_eq!(last.results().len(), 10);
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn simulator_debug_output_hides_keys() {
    let options = options(&secmon_portal::model::Clock::stopped(noon()));
    let printed = format!("{options:?}");
    assert!(KEYS.iter().all(|key| !printed.contains(key)), "{printed}");
    let _ = Simulator::new(options).router();
}
