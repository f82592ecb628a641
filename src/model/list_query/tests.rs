//! Parsing of list queries, and the links written from them.

use proptest::prelude::*;

use super::*;
use crate::model::{EVENTS, HISTORY, TICKETS};

fn tickets(query: &str) -> ListQuery {
    ListQuery::parse(&TICKETS, query, Limits::Page)
}

#[test]
fn address_is_written_in_one_form() {
    for (query, canonical) in [
        ("", ""),
        ("status=&q=++&x=1&limit=", ""),
        (
            "status=done&q=웹&status=waiting&status=done",
            "q=%EC%9B%B9&status=done&status=waiting",
        ),
        (
            "address=10.1.2.3/8&source=::ffff:10.0.0.1",
            "source=10.0.0.1&address=10.0.0.0%2F8",
        ),
        (
            "from=2021-07-01&to=2021-07-01T10:00",
            "from=2021-07-01&to=2021-07-01T10%3A00",
        ),
        ("sort=-detected&page=1", ""),
        ("sort=detected_at&page=3", "sort=detected&page=3"),
        (
            "sort=-source_ip&limit=50&before=17",
            "sort=-source&limit=50&before=17",
        ),
        (
            "status=bogus&sort=x&limit=7&after=x",
            "status=bogus&sort=x&limit=7&after=x",
        ),
    ] {
        let list = tickets(query);
        assert_eq!(list.to_query(), canonical, "{query}");
        assert_eq!(tickets(&list.to_query()), list, "{query}");
    }
    let events = |query| ListQuery::parse(&EVENTS, query, Limits::Api).to_query();
    assert_eq!(
        events("start=2021-07-01T10:00&end=2021-07-02"),
        "from=2021-07-01T10%3A00&to=2021-07-02"
    );
    assert_eq!(
        events("country=kr&port=0443&limit=999&status=done"),
        "country=KR&port=443&limit=999"
    );
}

#[test]
fn unknown_values_of_known_parameters_are_named() {
    let list = tickets(
        "status=bogus&type=new&from=2021-13-01&address=web&limit=1000&sort=port&after=x&nonsense=1",
    );
    let named: Vec<_> = list.unknown().iter().map(|(name, _)| *name).collect();
    assert_eq!(
        named,
        [
            "status", "type", "from", "address", "limit", "sort", "after"
        ]
    );
    assert!(list.is_filtered() && list.filters().is_empty());
    assert_eq!(list.without(Field::Status).unknown().len(), 6);
    let events = ListQuery::parse(
        &EVENTS,
        "country=KOR&port=65536&severity=Low&limit=1001",
        Limits::Api,
    );
    assert_eq!(events.unknown().len(), 4);
    assert!(
        ListQuery::parse(&HISTORY, "type=new&page=x", Limits::Page)
            .unknown()
            .is_empty()
    );
}

#[test]
fn script_hands_back_its_cursor() {
    for position in [Position::Before(17), Position::After(1 << 60)] {
        let query = format!("status=done&cursor={}", position.api_cursor());
        assert_eq!(
            ListQuery::parse(&TICKETS, &query, Limits::Api).position(),
            position
        );
    }
    assert_eq!(tickets("cursor=17").unknown().len(), 1);
}

#[test]
fn day_means_all_of_it() {
    let list = tickets("from=2021-07-01&to=2021-07-01&to=2021-07-01T10:00");
    let times = |field| -> Vec<String> {
        let times = list.values(field).iter().map(|value| match value.operand {
            Operand::Time(at) => at.to_api(),
            _ => String::new(),
        });
        times.collect()
    };
    assert_eq!(times(Field::From), ["2021-07-01T00:00:00"]);
    assert_eq!(
        times(Field::To),
        ["2021-07-01T23:59:59", "2021-07-01T10:00:59"]
    );
}

#[test]
fn links_change_one_thing_and_begin_at_the_first_page() {
    let list = tickets("status=done&q=a&page=4&sort=name");
    assert_eq!(
        list.with(Field::Status, "waiting").to_query(),
        "q=a&status=done&status=waiting&sort=name"
    );
    assert_eq!(
        list.with(Field::Status, "bogus").to_query(),
        "q=a&status=done&sort=name"
    );
    assert_eq!(
        list.without_value(Field::Status, "done").to_query(),
        "q=a&sort=name"
    );
    assert_eq!(
        list.without(Field::Search).to_query(),
        "status=done&sort=name"
    );
    assert_eq!(
        list.sorted_by("status", true).to_query(),
        "q=a&status=done&sort=-status"
    );
    assert_eq!(
        list.at(Position::After(5)).to_query(),
        "q=a&status=done&sort=name&after=5"
    );
    assert!(list.has(Field::Status, "done") && !list.has(Field::Status, "waiting"));
    assert_eq!(list.searched_text(), "a");
}

proptest! {
    #[test]
    fn canonical_address_asks_for_the_same(
        pairs in prop::collection::vec(("q|from|to|status|address|sort|limit|page|before|attack|x", any::<String>()), 0..8),
    ) {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&pairs);
        let list = tickets(&query.finish());
        prop_assert_eq!(tickets(&list.to_query()), list);
    }
}
