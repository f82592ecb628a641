//! Forward and backward paging of the archive while rows arrive.

use std::collections::BTreeSet;

use ipnet::IpNet;
use secmon_portal::{
    model::{EVENTS, Limits, ListPage, ListQuery, PageNumber, Position, SearchTerms, normalize},
    store::{ArchiveRow, ArchivedEvent, ArchivedTicket},
};

use super::{
    corpus::{
        ADDRESSES, ATTACKS, COUNTRIES, Corpus, EventRow, SEVERITIES, START, STATUSES, TicketRow,
        day, pick,
    },
    encoded, tickets,
};

/// A row that knows its cursor.
pub trait CursorRow: ArchiveRow {
    fn place(&self) -> i64;
}

impl CursorRow for ArchivedTicket {
    fn place(&self) -> i64 {
        self.place
    }
}

impl CursorRow for ArchivedEvent {
    fn place(&self) -> i64 {
        self.place
    }
}

async fn page<R: CursorRow>(corpus: &Corpus, query: &ListQuery) -> ListPage<R> {
    let page = corpus.store.archive_page(&corpus.team, query, 20).await;
    page.unwrap_or_else(|error| panic!("{}: {error}", query.to_query()))
}

fn places<R: CursorRow>(page: &ListPage<R>) -> Vec<i64> {
    page.rows.iter().map(CursorRow::place).collect()
}

/// All rows of a list, page by page.
pub async fn forward<R: CursorRow>(corpus: &Corpus, query: &ListQuery) -> Vec<i64> {
    let mut found = Vec::new();
    let mut next = Some(query.position());
    while let Some(position) = next {
        let page = page::<R>(corpus, &query.at(position)).await;
        found.extend(places(&page));
        next = page.next;
    }
    found
}

/// Which rows a test's filters leave.
type Test<R> = Box<dyn Fn(&R) -> bool>;

/// A random filter as an address writes it, and as a test.
type RandomFilter<R> = fn(&mut fastrand::Rng) -> (String, Test<R>);

/// A random query, and its predicate.
fn query<R>(corpus: &mut Corpus, filters: &[RandomFilter<R>]) -> (String, Vec<Test<R>>) {
    let mut parts = Vec::new();
    let mut tests = Vec::new();
    for filter in filters {
        if corpus.rng.u8(..10) < 3 {
            let (part, test) = filter(&mut corpus.rng);
            parts.push(part);
            tests.push(test);
        }
    }
    (parts.join("&"), tests)
}

fn nets(rng: &mut fastrand::Rng) -> (String, Vec<IpNet>) {
    let net = |rng: &mut fastrand::Rng| match rng.u8(..3) {
        0 => pick(
            rng,
            &[
                "203.0.113.",
                "10.",
                "2001:db8::/31",
                "0.0.0.0/0",
                "10.0.0.0/15",
            ],
        )
        .to_owned(),
        _ => pick(rng, &ADDRESSES[..7]).to_owned(),
    };
    let texts: Vec<String> = (0..rng.usize(1..3)).map(|_| net(rng)).collect();
    let parsed = texts.iter().map(|text| match text.as_str() {
        "203.0.113." => "203.0.113.0/24".parse(),
        "10." => "10.0.0.0/8".parse(),
        text if text.contains('/') => text.parse(),
        text => format!("{text}/{}", if text.contains(':') { 128 } else { 32 }).parse(),
    });
    let parsed = parsed.map(|net| net.expect("is a net")).collect();
    (texts.join("\n"), parsed)
}

fn is_in(nets: &[IpNet], address: &str) -> bool {
    let address = address.parse().ok();
    address.is_some_and(|address: std::net::IpAddr| nets.iter().any(|net| net.contains(&address)))
}

fn parameter(name: &str, values: &str) -> String {
    let pairs: Vec<String> = values
        .lines()
        .map(|value| format!("{name}={}", encoded(value)))
        .collect();
    pairs.join("&")
}

fn second(place: i64) -> i64 {
    (place >> 30) - START / 1000
}

const TICKET_FILTERS: [RandomFilter<TicketRow>; 8] = [
    |rng| {
        let (one, other) = (pick(rng, &STATUSES[1..]), pick(rng, &STATUSES[1..]));
        let test = move |row: &TicketRow| row.status == one || row.status == other;
        (format!("status={one}&status={other}"), Box::new(test))
    },
    |rng| {
        let attack = pick(rng, &ATTACKS[1..]).unwrap_or_default();
        (
            parameter("attack", attack),
            Box::new(move |row| row.attack == Some(attack)),
        )
    },
    |rng| {
        let (text, nets) = nets(rng);
        (
            parameter("source", &text),
            Box::new(move |row| is_in(&nets, row.source)),
        )
    },
    |rng| {
        let (text, nets) = nets(rng);
        (
            parameter("destination", &text),
            Box::new(move |row| is_in(&nets, row.destination)),
        )
    },
    |rng| {
        let (text, nets) = nets(rng);
        let test = move |row: &TicketRow| is_in(&nets, row.source) || is_in(&nets, row.destination);
        (parameter("address", &text), Box::new(test))
    },
    |rng| {
        let is_reviewed = rng.bool();
        let text = if is_reviewed { "yes" } else { "no" };
        (
            format!("reviewed={text}"),
            Box::new(move |row| row.is_reviewed == is_reviewed),
        )
    },
    |rng| {
        let (from, to) = (rng.i64(0..4), rng.i64(2..6));
        let test =
            move |row: &TicketRow| (from..=to).contains(&second(row.place).div_euclid(86_400));
        (format!("from={}&to={}", day(from), day(to)), Box::new(test))
    },
    |rng| {
        let typed = pick(rng, &["공격", "44", "-뷁", "brute", "\"침해사고 \""]);
        let terms = SearchTerms::parse(typed);
        (
            parameter("q", typed),
            Box::new(move |row| terms.match_normalized(&row.seek)),
        )
    },
];

const EVENT_FILTERS: [RandomFilter<EventRow>; 6] = [
    |rng| {
        let (one, other) = (pick(rng, &SEVERITIES[1..]), pick(rng, &SEVERITIES[1..]));
        let test = move |row: &EventRow| row.severity == one || row.severity == other;
        (format!("severity={one}&severity={other}"), Box::new(test))
    },
    |rng| {
        let country = pick(rng, &COUNTRIES[1..]).unwrap_or_default();
        (
            format!("country={country}"),
            Box::new(move |row| row.country == Some(country)),
        )
    },
    |rng| {
        let port = pick(rng, &[80, 443]);
        (
            format!("port={port}"),
            Box::new(move |row| row.port == Some(port)),
        )
    },
    |rng| {
        let (text, nets) = nets(rng);
        let test = move |row: &EventRow| is_in(&nets, row.source) || is_in(&nets, row.destination);
        (parameter("address", &text), Box::new(test))
    },
    |rng| {
        let (text, nets) = nets(rng);
        (
            parameter("source", &text),
            Box::new(move |row| is_in(&nets, row.source)),
        )
    },
    |rng| {
        let typed = pick(rng, &["ssh", "취약점", "-ssh", "log4j cve", "_"]);
        let terms = SearchTerms::parse(typed);
        let test = move |row: &EventRow| terms.match_normalized(&normalize(row.name));
        (parameter("q", typed), Box::new(test))
    },
];

/// Walks to the end and back while rows arrive at the head. `expected`: the rows that match at the start, oldest first.
async fn walk<R: CursorRow>(
    corpus: &mut Corpus,
    text: &str,
    query: &ListQuery,
    mut expected: Vec<i64>,
    mut arrive: impl AsyncFnMut(&mut Corpus),
) {
    expected.sort_unstable();
    if query.sort().descending {
        expected.reverse();
    }
    let at_start: BTreeSet<i64> = expected.iter().copied().collect();
    let is_old = |place: &i64| at_start.contains(place);
    let mut found = Vec::new();
    let mut here = page::<R>(corpus, query).await;
    assert_eq!(here.total.get(), expected.len() as u64, "{text}");
    assert_eq!(here.previous, None, "{text}");
    let mut second_page = None;
    loop {
        found.extend(places(&here));
        let Some(next) = here.next else { break };
        if second_page.is_none() {
            let by_number = page::<R>(corpus, &query.at(Position::Page(PageNumber::new(2)))).await;
            second_page = Some(places(&by_number));
            let by_cursor = page::<R>(corpus, &query.at(next)).await;
            assert_eq!(second_page, Some(places(&by_cursor)), "{text}");
        }
        arrive(corpus).await;
        here = page(corpus, &query.at(next)).await;
    }
    let last = places(&here);
    let distinct: BTreeSet<i64> = found.iter().copied().collect();
    assert_eq!(distinct.len(), found.len(), "a row came twice: {text}");
    let mut old: Vec<i64> = found.iter().copied().filter(is_old).collect();
    if !query.sorts_by_time() {
        old.sort_unstable();
        expected.sort_unstable();
    }
    assert_eq!(old, expected, "{text}");
    let mut back = Vec::new();
    while let Some(previous) = here.previous {
        here = page(corpus, &query.at(previous)).await;
        let mut rows = places(&here);
        rows.reverse();
        back.extend(rows);
    }
    let distinct: BTreeSet<i64> = back.iter().copied().collect();
    assert_eq!(
        distinct.len(),
        back.len(),
        "a row came twice on the way back: {text}"
    );
    let missed = expected
        .iter()
        .filter(|place| !last.contains(place) && !distinct.contains(place));
    assert_eq!(missed.count(), 0, "{text}");
}

#[tokio::test]
async fn walk_over_tickets_meets_each_row_once() {
    let mut corpus = Corpus::new(8).await;
    for number in 0..80 {
        corpus.add_ticket(number * 7000).await;
    }
    let mut head = 80 * 7000;
    for _ in 0..60 {
        let (filters, tests) = query(&mut corpus, &TICKET_FILTERS);
        let column = pick(
            &mut corpus.rng,
            &[
                "detected", "detected", "name", "status", "attack", "source", "reviewed",
            ],
        );
        let sign = if corpus.rng.bool() { "-" } else { "" };
        let limit = corpus.rng.u32(1..30);
        let text = format!("{filters}&sort={sign}{column}&limit={limit}");
        let query = tickets(&text);
        assert_eq!(query.unknown(), [], "{text}");
        let rows = corpus
            .tickets
            .iter()
            .filter(|row| tests.iter().all(|test| test(row)));
        let expected = rows.map(|row| row.place).collect();
        let mut arrivals = 2;
        walk::<ArchivedTicket>(&mut corpus, &text, &query, expected, async |corpus| {
            if arrivals > 0 {
                head += 1;
                arrivals -= 1;
                corpus.add_ticket(head).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn walk_over_events_meets_each_row_once() {
    let mut corpus = Corpus::new(9).await;
    for number in 0..100 {
        corpus.add_event(number * 7000).await;
    }
    let mut head = 100 * 7000;
    for _ in 0..60 {
        let (filters, tests) = query(&mut corpus, &EVENT_FILTERS);
        let column = pick(
            &mut corpus.rng,
            &[
                "detected", "detected", "severity", "name", "port", "country", "source",
            ],
        );
        let sign = if corpus.rng.bool() { "-" } else { "" };
        let limit = corpus.rng.u32(1..30);
        let text = format!("{filters}&sort={sign}{column}&limit={limit}");
        let query = ListQuery::parse(&EVENTS, &text, Limits::Api);
        assert_eq!(query.unknown(), [], "{text}");
        let rows = corpus
            .events
            .iter()
            .filter(|row| tests.iter().all(|test| test(row)));
        let expected = rows.map(|row| row.place).collect();
        let mut arrivals = 2;
        walk::<ArchivedEvent>(&mut corpus, &text, &query, expected, async |corpus| {
            if arrivals > 0 {
                head += 1;
                arrivals -= 1;
                corpus.add_event(head).await;
            }
        })
        .await;
    }
}
