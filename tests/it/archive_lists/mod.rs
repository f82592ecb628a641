//! Archive queries against a scan of the same rows in memory, on both engines.

mod corpus;
mod walk;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use secmon_portal::{
    model::{
        AddressRange, ApiTimestamp, Count, EVENTS, Field, HISTORY, IndicatorKind, KstDateTime,
        Limits, ListQuery, SearchTerms, TICKETS, TeamId, first_place, indicators,
    },
    store::{ArchivedEvent, ArchivedHistory, ArchivedTicket, FacetValue},
};
use tokio::runtime::Runtime;
use url::form_urlencoded::byte_serialize;

use corpus::{Corpus, START, STATUSES, day, key};

fn tickets(query: &str) -> ListQuery {
    ListQuery::parse(&TICKETS, query, Limits::Api)
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// Runs cases against one database: making one takes longer than asking it.
fn check<S: Strategy>(
    cases: u32,
    strategy: &S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    if let Err(error) = TestRunner::new(config).run(strategy, test) {
        panic!("{error}");
    }
}

#[test]
fn search_matches_a_scan_of_the_texts() {
    let runtime = Runtime::new().expect("a runtime");
    let corpus = runtime.block_on(async {
        let mut corpus = Corpus::new(1).await;
        for second in 0..150 {
            corpus.add_ticket(second * 600).await;
        }
        // Earlier texts of a ticket leave nothing in the index.
        for index in 0..75 {
            let row = &corpus.tickets[index + 75];
            let text = row.text.clone();
            let row = &mut corpus.tickets[index];
            row.text = text;
            row.seek = row.normal_text();
            let row = corpus.tickets[index].clone();
            corpus.write_text(row.place, &row.id, &row.text).await;
        }
        corpus
    });
    let odd = prop::sample::select(vec![
        "\"",
        "*",
        "'",
        ":",
        "\\",
        "&",
        "|",
        "(",
        ")",
        "NOT",
        "NEAR(a b)",
        "-",
        "--",
        "a OR b",
        "\"\" x",
        "%",
        "_",
        "{}",
        "^a",
        "a:*",
        "!a",
        "<->",
        "\u{100}1",
        "\u{0}",
        "💥",
        "É",
        "team1",
    ]);
    let piece = || (0_usize..150, 0_usize..80, 1_usize..9);
    let strategy = (piece(), piece(), 0_u8..8, odd, 5_u32..60);
    check(150, &strategy, |(one, other, form, odd, limit)| {
        let cut = |(row, start, length): (usize, usize, usize)| -> String {
            let text = &corpus.tickets[row].seek;
            let start = start.min(text.chars().count().saturating_sub(length));
            text.chars().skip(start).take(length).collect()
        };
        let (one, other) = (cut(one), cut(other));
        let typed = match form {
            0 | 1 => one,
            2 => format!("\"{one}\""),
            3 => format!("{one} {other}"),
            4 => format!("{one} -{other}"),
            5 => format!("-\"{one}\""),
            6 => format!("{odd}{one}"),
            _ => odd.to_owned(),
        };
        let terms = SearchTerms::parse(typed.trim());
        let expected = corpus
            .tickets
            .iter()
            .filter(|row| terms.match_normalized(&row.seek));
        let mut expected: Vec<i64> = expected.map(|row| row.place).collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));
        let query = tickets(&format!("q={}&limit={limit}", encoded(&typed)));
        let (found, total) = runtime.block_on(async {
            let page = corpus
                .store
                .archive_page::<ArchivedTicket>(&corpus.team, &query, 20)
                .await;
            let total = page.expect("is read").total;
            (
                walk::forward::<ArchivedTicket>(&corpus, &query).await,
                total,
            )
        });
        prop_assert_eq!(&found, &expected, "{:?}", typed);
        prop_assert_eq!(total, Count::Exact(expected.len() as u64));
        Ok(())
    });
}

#[tokio::test]
async fn several_searches_mean_either() {
    let mut corpus = Corpus::new(2).await;
    for second in 0..40 {
        corpus.add_ticket(second).await;
    }
    for (one, other) in [("뷁", "wp-"), ("공격", "-44"), ("침해사고", "php")] {
        let terms = [one, other].map(SearchTerms::parse);
        let matches =
            |row: &&corpus::TicketRow| terms.iter().any(|terms| terms.match_normalized(&row.seek));
        let mut expected: Vec<i64> = corpus
            .tickets
            .iter()
            .filter(matches)
            .map(|row| row.place)
            .collect();
        expected.reverse();
        let query = tickets(&format!("q={}&q={}&limit=7", encoded(one), encoded(other)));
        assert_eq!(
            walk::forward::<ArchivedTicket>(&corpus, &query).await,
            expected,
            "{one} {other}"
        );
    }
}

#[tokio::test]
async fn unknown_values_and_teams_without_archive_have_no_rows() {
    let mut corpus = Corpus::new(3).await;
    corpus.add_ticket(1).await;
    corpus.add_event(1).await;
    let (store, team) = (&corpus.store, &corpus.team);
    for query in [
        "status=bogus",
        "status=done&status=bogus",
        "sort=bogus",
        "from=x",
        "after=x",
        "assignee=nobody",
    ] {
        let page = store
            .archive_page::<ArchivedTicket>(team, &tickets(query), 20)
            .await
            .expect("is read");
        assert_eq!(
            (page.rows.len(), page.total),
            (0, Count::Exact(0)),
            "{query}"
        );
    }
    let query = ListQuery::parse(&EVENTS, "q=nothing", Limits::Page);
    let page = store
        .archive_page::<ArchivedEvent>(team, &query, 20)
        .await
        .expect("is read");
    assert_eq!(page.total, Count::Exact(0));
    let elsewhere = TeamId("nowhere".to_owned());
    let query = ListQuery::new(&HISTORY);
    let page = store
        .archive_page::<ArchivedHistory>(&elsewhere, &query, 20)
        .await
        .expect("is read");
    assert!(page.rows.is_empty() && !page.is_complete);
}

#[tokio::test]
async fn facets_count_rows_of_the_other_filters() {
    let mut corpus = Corpus::new(4).await;
    for second in 0..60 {
        corpus.add_ticket(second * 7200).await;
    }
    let query = tickets("status=done&source=203.0.113.0/24&reviewed=yes");
    let facet = corpus
        .store
        .archive_facet::<ArchivedTicket>(&corpus.team, &query, Field::Status)
        .await;
    let mut facet = facet.expect("is counted");
    facet.sort_by(|one, other| one.value.cmp(&other.value));
    let mut expected = Vec::new();
    for status in STATUSES {
        let rows = corpus.tickets.iter().filter(|row| {
            row.status == status && row.is_reviewed && row.source.starts_with("203.0.113.")
        });
        match rows.count() {
            0 => {}
            count => expected.push(FacetValue {
                value: status.to_owned(),
                count: Count::Exact(count as u64),
            }),
        }
    }
    assert_eq!(facet, expected);
    let total = corpus
        .store
        .archive_total::<ArchivedTicket>(&corpus.team, &query)
        .await;
    let done = expected
        .iter()
        .find(|value| value.value == "done")
        .map(|value| value.count);
    assert_eq!(total.map(Count::Exact).ok(), done.or(Some(Count::Exact(0))));
    let none = corpus
        .store
        .archive_facet::<ArchivedTicket>(&corpus.team, &query, Field::Source)
        .await;
    assert!(none.expect("is counted").is_empty());
}

#[tokio::test]
async fn ticket_has_neighbors_and_relatives() {
    let mut corpus = Corpus::new(5).await;
    for second in 0..50 {
        corpus.add_ticket(second * 24 * 3600).await;
    }
    let (store, team) = (&corpus.store, &corpus.team);
    let row = &corpus.tickets[20];
    let id = row.id.parse().expect("is an id");
    let ticket = store
        .archived_ticket(team, &id)
        .await
        .expect("is read")
        .expect("is there");
    assert_eq!(
        (ticket.place, ticket.ticket.name.as_deref()),
        (row.place, Some(row.name))
    );
    for (query, expected) in [("", [21, 19]), ("sort=detected", [19, 21])] {
        let found = store
            .ticket_neighbors(team, &tickets(query), row.place)
            .await
            .expect("is read");
        let found = found.map(|found| found.map(|found| found.place));
        assert_eq!(
            found,
            expected.map(|index: usize| Some(corpus.tickets[index].place)),
            "{query}"
        );
    }
    let related = store
        .related_tickets(team, row.place, 50)
        .await
        .expect("is read");
    let is_related = |other: &&corpus::TicketRow| {
        let shares = |one: &str, other: &str| one == other && !key(one).is_empty();
        other.place != row.place
            && (other.place - row.place).abs() >> 30 <= 7 * 24 * 3600
            && (shares(other.source, row.source) || shares(other.destination, row.destination))
    };
    let mut expected: Vec<i64> = corpus
        .tickets
        .iter()
        .filter(is_related)
        .map(|row| row.place)
        .collect();
    expected.reverse();
    let related: Vec<i64> = related.iter().map(|ticket| ticket.place).collect();
    assert_eq!(related, expected);
}

#[tokio::test]
async fn excerpt_shows_where_the_analysis_matches() {
    let mut corpus = Corpus::new(6).await;
    let row = corpus.add_ticket(1).await;
    corpus
        .write_text(
            row.place,
            &row.id,
            "앞\nＣＶＥ-2021-44228 뒤 hxxp://evil.example[.]com",
        )
        .await;
    let terms = SearchTerms::parse("cve-2021");
    let (store, team) = (&corpus.store, &corpus.team);
    let found = store
        .ticket_excerpts(&[row.place], &terms, 100)
        .await
        .expect("is read");
    let excerpt = &found[&row.place];
    let marked: Vec<_> = excerpt
        .fragments
        .iter()
        .filter(|part| part.is_match)
        .collect();
    assert_eq!((excerpt.part.as_str(), marked.len()), ("analysis", 1));
    assert_eq!(marked[0].text, "ＣＶＥ-2021");
    for (kind, key) in [
        (IndicatorKind::Cve, "cve-2021-44228"),
        (IndicatorKind::Domain, "evil.example.com"),
    ] {
        let naming = store
            .tickets_naming_indicator(team, kind, key, 10)
            .await
            .expect("is read");
        assert_eq!(naming.len(), 1, "{key}");
    }
}

#[tokio::test]
async fn table_of_an_analysis_is_joined_with_its_events() {
    let guide = include_str!("../sanitizer/guide.html");
    let mut corpus = Corpus::new(10).await;
    let row = corpus.add_ticket(1).await;
    corpus.write_text(row.place, &row.id, guide).await;
    let ended = KstDateTime::parse("2018-08-21 12:07:59").expect("is a time");
    let place = first_place(ended.millis()) + 7;
    let (source, destination) = (key("211.58.124.208"), key("133.186.242.15"));
    for (ordinal, port) in [(1, 80), (2, 80), (3, 443)] {
        let sql = format!(
            "insert into archived_events (team, place, hash, ordinal, severity, severity_level, source_key,
                 destination_key, destination_port, direction, first_seen_at)
             values (1, {}, 'a', {ordinal}, '', 0, '{source}', '{destination}', {port}, '', 0)",
            place + ordinal
        );
        corpus.execute(&sql, &[]).await;
    }
    let attacks = corpus
        .store
        .ticket_attacks(&corpus.team, row.place)
        .await
        .expect("is read");
    let [attack] = attacks.as_slice() else {
        panic!("{attacks:?}")
    };
    assert_eq!(attack.event.detected, Some(ApiTimestamp::At(ended)));
    assert_eq!(attack.source_country.as_deref(), Some("KR"));
    assert_eq!(attack.event.destination_country.as_deref(), Some("JP"));
    assert_eq!((attack.attacks, attack.archived_events), (Some(1), 2));
    assert!(
        attack
            .event
            .severity
            .as_ref()
            .is_some_and(|term| term.is("word-severity-low"))
    );
}

#[tokio::test]
async fn address_summary_counts_every_appearance() {
    let mut corpus = Corpus::new(7).await;
    for second in 0..60 {
        corpus.add_ticket(second * 3600).await;
        corpus.add_event(second * 3600 + 1).await;
        corpus.add_event(second * 3600 + 2).await;
    }
    let since = KstDateTime::parse_input(&format!("{}T00:00", day(1))).expect("is a time");
    for text in [
        "203.0.113.7",
        "203.0.113.",
        "10.0.0.0/8",
        "2001:db8::/32",
        "198.51.100.1",
        "0.0.0.0/0",
    ] {
        let range = AddressRange::parse(text).expect("is a range");
        let summary = corpus
            .store
            .address_summary(&corpus.team, &range, since)
            .await
            .expect("is read");
        let is_in = |address: &str| {
            let key = key(address);
            range.low().as_str() <= key.as_str() && key.as_str() <= range.high().as_str()
        };
        let count = |found: usize| Count::Exact(found as u64);
        let tickets = |side: fn(&corpus::TicketRow) -> &'static str| {
            count(corpus.tickets.iter().filter(|row| is_in(side(row))).count())
        };
        let events = |side: fn(&corpus::EventRow) -> &'static str| {
            count(corpus.events.iter().filter(|row| is_in(side(row))).count())
        };
        assert_eq!(
            summary.tickets_as_source.count,
            tickets(|row| row.source),
            "{text}"
        );
        assert_eq!(
            summary.tickets_as_destination.count,
            tickets(|row| row.destination),
            "{text}"
        );
        assert_eq!(
            summary.events_as_source.count,
            events(|row| row.source),
            "{text}"
        );
        assert_eq!(
            summary.events_as_destination.count,
            events(|row| row.destination),
            "{text}"
        );
        let start = (since.millis() - START) / 1000;
        let recent: Vec<_> = corpus
            .events
            .iter()
            .filter(|row| (row.place >> 30) - START / 1000 >= start)
            .collect();
        let met = recent
            .iter()
            .filter(|row| is_in(row.source) || is_in(row.destination))
            .count();
        assert_eq!(
            summary.days.iter().map(|(_, events)| events).sum::<u64>(),
            met as u64,
            "{text}"
        );
        assert!(
            summary
                .days
                .iter()
                .all(|(day, _)| *day >= since && *day == day.start_of_day()),
            "{text}"
        );
        let attacks = recent.iter().filter(|row| is_in(row.source)).count();
        let targets: u64 = summary.targets.iter().map(|(_, events)| events).sum();
        assert_eq!(targets, attacks as u64, "{text}");
        let in_text = |row: &&corpus::TicketRow| {
            let found = indicators(&row.seek);
            found.iter().any(|found| {
                found.kind == IndicatorKind::Address
                    && (range.low().as_str()..=range.high().as_str()).contains(&found.key.as_str())
            })
        };
        let named = corpus.tickets.iter().filter(in_text).count();
        assert_eq!(summary.tickets_in_text.count, count(named), "{text}");
        let naming = corpus
            .store
            .tickets_naming_address(&corpus.team, &range, 100)
            .await
            .expect("is read");
        assert_eq!(naming.len(), named, "{text}");
        assert_eq!(summary.seen().is_none(), text == "198.51.100.1");
    }
}
