//! Response shapes: keys, order and types of the guide's samples.

use serde_json::Value;

use super::{caller, caller_with, id, is_load_balancer};

/// The shape of a value: keys and types, and the first element's shape of a list.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let shapes = fields
                .iter()
                .map(|(key, value)| (key.clone(), shape(value)));
            Value::Object(shapes.collect())
        }
        Value::Array(items) => items.first().map(shape).into_iter().collect(),
        Value::String(_) => "string".into(),
        Value::Number(number) if number.is_u64() => "integer".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Null => "null".into(),
    }
}

/// The keys in the order in which the text has them, each once.
fn order(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let text = text.replace("\\\"", "");
    let parts: Vec<&str> = text.split('"').collect();
    for pair in parts.windows(2).skip(1).step_by(2) {
        if pair[1].trim_start().starts_with(':') && !keys.contains(&pair[0].to_owned()) {
            keys.push(pair[0].to_owned());
        }
    }
    keys
}

fn sample(text: &str) -> Value {
    serde_json::from_str(text).expect("the guide's sample is JSON")
}

#[tokio::test]
async fn vm_lists_match_the_guide() {
    let guide = [
        (
            "not-applied-vms",
            include_str!("../guide/not-applied-vms.json"),
        ),
        ("applied-vms", include_str!("../guide/applied-vms.json")),
    ];
    for (list, text) in guide {
        let guide = sample(text);
        let answer = caller().get(list).await;
        let rows = answer.results();
        let balancer = rows.iter().find(|row| is_load_balancer(row)).expect("one");
        let vm = rows.iter().find(|row| !is_load_balancer(row)).expect("one");
        assert_eq!(shape(balancer), shape(&guide["results"][0]), "{list}");
        assert_eq!(shape(vm), shape(&guide["results"][1]), "{list}");
        assert_eq!(answer.json()["header"], guide["header"]);
        assert_eq!(answer.headers["content-type"], "application/json");
    }
    let first = caller().get("not-applied-vms").await;
    let rest = first.text.find("\"lbIp\"").expect("a load balancer");
    let guide = include_str!("../guide/not-applied-vms.json");
    let guide_rest = guide.find("\"lbIp\"").expect("a load balancer");
    assert_eq!(order(&first.text[rest..]), order(&guide[guide_rest..]));
}

#[tokio::test]
async fn history_tickets_and_events_match_the_guide() {
    let guide = [
        ("history?page=1", include_str!("../guide/history.json")),
        ("tickets?page=1", include_str!("../guide/tickets.json")),
        ("events?page=1", include_str!("../guide/events.json")),
    ];
    for (list, text) in guide {
        let guide = sample(text);
        let answer = caller().get(list).await;
        assert_eq!(answer.status, 200);
        assert_eq!(order(&answer.text), order(text), "{list}");
        let body = answer.json();
        assert_eq!(shape(&body["results"]), shape(&guide["results"]), "{list}");
        assert_eq!(body["header"], guide["header"]);
        assert!(body["count"].is_u64() && body["previous"].is_null());
        assert!(body["next"].is_string());
    }
}

#[tokio::test]
async fn ticket_detail_matches_the_guide() {
    let guide = include_str!("../guide/ticket.json");
    let caller = caller();
    for ticket in caller.simulator.ticket_ids(0) {
        let answer = caller.get(&format!("tickets/{ticket}")).await;
        assert_eq!(order(&answer.text), order(guide));
        let body = answer.json();
        assert_eq!(shape(&body), shape(&sample(guide)));
        assert_eq!(body["header"]["resultMessage"], "Service Result");
        assert_eq!(body["data"]["result"].as_array().map(Vec::len), Some(3));
        assert_eq!(body["data"]["desc"].as_array().map(Vec::len), Some(2));
    }
}

#[tokio::test]
async fn analyses_range_from_the_guide_s_to_long_and_hostile() {
    let caller = caller();
    let mut analyses = String::new();
    let mut lengths = Vec::new();
    for ticket in caller.simulator.ticket_ids(0) {
        let body = caller.get(&format!("tickets/{ticket}")).await.json();
        let parts = body["data"]["result"].as_array().expect("parts").iter();
        let text: String = parts.filter_map(Value::as_str).collect();
        lengths.push(text.len());
        analyses += &text;
    }
    for part in [
        "class=\"__se_tbl\" style=\"width:1400px\">\r\n\t<tbody>\r\n\t\t<tr>",
        "Total : 1</p>",
        "<script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "src=\"data:image/png;base64,",
        "<a href=\"https://",
        "<strong>",
        "<li>",
    ] {
        assert!(analyses.contains(part), "{part}");
    }
    assert!(
        lengths.iter().any(|length| *length > 100_000),
        "{lengths:?}"
    );
}

#[tokio::test]
async fn times_are_kst_and_ids_have_real_lengths() {
    let caller = caller();
    for (list, field) in [
        ("history", "regDate"),
        ("tickets", "detectDate"),
        ("events", "detectTime"),
    ] {
        for row in caller.get(list).await.results() {
            let at = row[field].as_str().expect("a time");
            assert!(at.len() == 25 && at.ends_with("+09:00"), "{at}");
        }
    }
    for row in caller.get("tickets").await.results() {
        let id = row["ticketId"].as_str().expect("a string");
        assert!((17..=20).contains(&id.len()), "{id}");
    }
}

#[tokio::test]
async fn fleet_contains_edge_cases() {
    let caller = caller_with(|options| options.vms = 200);
    let mut rows = caller.get("not-applied-vms").await.results();
    rows.extend(caller.get("applied-vms").await.results());
    let balancers: Vec<_> = rows.iter().filter(|row| is_load_balancer(row)).collect();
    let behind = |row: &Value| row["vm"].as_array().map_or(0, Vec::len);
    assert!(balancers.iter().all(|row| (2..=12).contains(&behind(row))));
    let vms = rows.len() - balancers.len() + balancers.iter().map(|row| behind(row)).sum::<usize>();
    assert_eq!(vms, 200);
    assert!(rows.iter().any(|row| row["vmIp"] == ""));
    assert!(
        rows.iter()
            .any(|row| row["vmName"].as_str().is_some_and(|name| name.len() > 100))
    );
    let mut ids: Vec<_> = rows.iter().map(id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rows.len());
    for word in ["미신청", "접수대기", "진행중"] {
        assert!(
            rows.iter().any(|row| row["serviceStatus"] == word),
            "{word}"
        );
    }
}
