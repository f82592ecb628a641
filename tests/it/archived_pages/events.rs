//! The list of archived events.

use chrono::TimeDelta;
use secmon_portal::simulator::Fault;

use super::{archived, total};
use crate::{
    exports::{column, csv_of},
    support::ACME,
};

/// An event as a file writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    detected: String,
    severity: String,
    name: String,
    direction: String,
    source: String,
    destination: String,
    port: String,
    country: String,
}

fn rows(file: &[Vec<String>]) -> Vec<Row> {
    let columns = [
        "Detected",
        "Severity",
        "Event",
        "Direction",
        "Source IP",
        "Destination IP",
        "Destination port",
        "Destination country",
    ];
    let columns = columns.map(|title| column(file, title));
    let row = |index: usize| {
        let [
            detected,
            severity,
            name,
            direction,
            source,
            destination,
            port,
            country,
        ] = columns.each_ref().map(|column| column[index].clone());
        Row {
            detected,
            severity,
            name,
            direction,
            source,
            destination,
            port,
            country,
        }
    };
    (0..file.len() - 1).map(row).collect()
}

type Filter<'a> = Box<dyn Fn(&Row) -> bool + 'a>;

#[tokio::test]
async fn every_event_parameter_filters_page_and_file() {
    let (portal, mut viewer) = archived("viewer").await;
    let all = rows(&csv_of(&mut viewer, "/t/acme/events.csv").await);
    assert!(all.len() > 100, "{}", all.len());
    let one = all[all.len() / 2].clone();
    let day = one.detected[..10].to_owned();
    let minute = one.detected[..16].replace(' ', "T");
    let prefix = one
        .source
        .rsplit_once('.')
        .expect("an address")
        .0
        .to_owned()
        + ".";
    let Row {
        source,
        destination,
        port,
        country,
        ..
    } = &one;
    let is_in = |range: &str, row: &Row| row.detected.starts_with(range);
    let word = &one.name[..5];
    let cases: Vec<(String, Filter)> = vec![
        (
            "severity=high&severity=critical".to_owned(),
            Box::new(|row| matches!(&*row.severity, "High" | "Critical")),
        ),
        (
            "direction=outbound".to_owned(),
            Box::new(|row| row.direction == "Outbound"),
        ),
        (
            format!("country={}", country.to_lowercase()),
            Box::new(|row| row.country == *country),
        ),
        (
            format!("source={source}"),
            Box::new(|row| row.source == *source),
        ),
        (
            format!("source={prefix}"),
            Box::new(|row| row.source.starts_with(&prefix)),
        ),
        (
            format!("destination={destination}/32"),
            Box::new(|row| row.destination == *destination),
        ),
        (
            format!("address={destination}"),
            Box::new(|row| [&row.source, &row.destination].contains(&destination)),
        ),
        (format!("port={port}"), Box::new(|row| row.port == *port)),
        (
            format!("from={day}&to={day}"),
            Box::new(|row| is_in(&day, row)),
        ),
        (
            format!("start={minute}&end={minute}"),
            Box::new(|row| is_in(&minute.replace('T', " "), row)),
        ),
        (
            format!("q={}", word.to_lowercase()),
            Box::new(|row| row.name.to_lowercase().contains(&word.to_lowercase())),
        ),
        ("severity=extreme".to_owned(), Box::new(|_| false)),
        ("port=http".to_owned(), Box::new(|_| false)),
    ];
    for (query, is_match) in cases {
        let expected: Vec<_> = all.iter().filter(|row| is_match(row)).collect();
        let page = viewer
            .get(&format!("/t/acme/events?{query}&limit=20&x=1"))
            .await;
        assert_eq!(
            (page.status, total(&page)),
            (200, expected.len()),
            "{query}"
        );
        let shown = page.texts("tbody td.when");
        let times = expected.iter().take(20).map(|row| row.detected.clone());
        assert_eq!(shown, times.collect::<Vec<_>>(), "{query}");
        let file = page.link("a[download][href*=csv]");
        assert!(
            !file.contains("x=1") && !file.contains("limit=50"),
            "{file}"
        );
        let file = rows(&csv_of(&mut viewer, &file).await);
        assert_eq!(file.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    assert!(portal.calls().is_empty(), "the archive alone answers");
}

#[tokio::test]
async fn event_pages_lead_on_in_any_order() {
    let (_portal, mut viewer) = archived("viewer").await;
    for sort in ["-detected", "severity", "-name", "port", "country"] {
        let address = format!("/t/acme/events?severity=low&sort={sort}");
        let expected = csv_of(&mut viewer, &address.replace("events", "events.csv")).await;
        let expected = column(&expected, "Detected");
        let mut page = viewer.get(&format!("{address}&limit=20")).await;
        let mut seen = page.texts("tbody td.when");
        while page.has("a[rel=next]") {
            page = viewer.get(&page.link("a[rel=next]")).await;
            assert!(page.has("a[rel=prev]") && page.has("[data-filter=severity]"));
            seen.extend(page.texts("tbody td.when"));
        }
        assert_eq!(seen, expected, "{sort}");
    }
    let page = viewer.get("/t/acme/events?limit=20&page=2").await;
    let first = viewer.get("/t/acme/events?limit=20").await;
    let second = viewer.get(&first.link("a[rel=next]")).await;
    assert_eq!(page.texts("tbody tr"), second.texts("tbody tr"));
}

#[tokio::test]
async fn event_match_is_marked_and_chips_name_the_filters() {
    let (_portal, mut viewer) = archived("viewer").await;
    let page = viewer.get("/t/acme/events?q=ssh&direction=inbound").await;
    let marks = page.texts("tbody mark");
    assert!(!marks.is_empty() && marks.iter().all(|mark| mark.eq_ignore_ascii_case("ssh")));
    let chips = page.attributes("[data-filter]", "data-filter");
    assert_eq!(chips, ["q", "direction"]);
    let wider = viewer.get(&page.link("[data-filter=q]")).await;
    assert!(total(&wider) > total(&page) && !wider.has("tbody mark"));
    let unknown = viewer.get("/t/acme/events?severity=extreme").await;
    assert!(unknown.has("[role=alert]"));
}

#[tokio::test]
async fn events_stay_readable_while_the_source_is_down() {
    let (portal, mut viewer) = archived("viewer").await;
    let before = viewer.get("/t/acme/events").await;
    portal.clock.advance(TimeDelta::hours(2));
    portal.simulator.set_fault(Some(ACME), Fault::Refused);
    for list in ["events", "history"] {
        let page = viewer.get(&format!("/t/acme/{list}")).await;
        assert_eq!(page.status, 200);
        assert!(page.has("[role=alert]"), "{list}");
        let as_of = page.attributes("[data-source=archive]", "data-as-of");
        assert_eq!(as_of, ["2025-06-11T12:00:00+09:00"]);
        let file = csv_of(&mut viewer, &format!("/t/acme/{list}.csv")).await;
        assert_eq!(file.len() - 1, total(&page));
    }
    assert_eq!(total(&before), total(&viewer.get("/t/acme/events").await));
}
