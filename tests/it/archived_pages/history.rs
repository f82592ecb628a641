//! The list of archived history.

use chrono::TimeDelta;
use url::form_urlencoded::byte_serialize;

use super::{archived, total};
use crate::{
    control::release,
    exports::{column, csv_of},
};

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn history_is_filtered_by_type_names_and_period() {
    let (_portal, mut viewer) = archived("viewer").await;
    let all = csv_of(&mut viewer, "/t/acme/history.csv").await;
    let [ids, types, names, times] =
        ["Number", "Change", "What", "Registered"].map(|title| column(&all, title));
    assert_eq!(ids.len(), 25);
    let page = viewer.get("/t/acme/history").await;
    assert_eq!((total(&page), page.ids("table")), (25, ids.clone()));
    let chosen = |is_match: &dyn Fn(usize) -> bool| -> Vec<String> {
        let places = (0..ids.len()).filter(|place| is_match(*place));
        places.map(|place| ids[place].clone()).collect()
    };
    let name = names[3].split(" | ").next().expect("a name").to_owned();
    let day = &times[5][..10];
    let released = types.iter().find(|kind| *kind != &types[0]);
    assert!(released.is_some(), "several types");
    for (query, expected) in [
        (
            "type=new".to_owned(),
            chosen(&|place| types[place] == "New"),
        ),
        (
            "type=release&type=change".to_owned(),
            chosen(&|place| types[place] != "New"),
        ),
        (
            format!("q=%22{}%22", encoded(&name.to_uppercase())),
            chosen(&|place| names[place].contains(&name)),
        ),
        (
            format!("from={day}&to={day}"),
            chosen(&|place| times[place].starts_with(day)),
        ),
        ("type=nothing".to_owned(), Vec::new()),
    ] {
        let page = viewer.get(&format!("/t/acme/history?{query}")).await;
        assert_eq!(page.ids("table"), expected, "{query}");
        let file = csv_of(&mut viewer, &page.link("a[download][href*=csv]")).await;
        assert_eq!(column(&file, "Number"), expected, "{query}");
    }
    let oldest = viewer.get("/t/acme/history?sort=at&limit=20").await;
    let reversed: Vec<_> = ids.iter().rev().take(20).cloned().collect();
    assert_eq!(oldest.ids("table"), reversed);
}

#[tokio::test]
async fn archived_change_links_the_request_that_caused_it() {
    let (portal, mut operator) = archived("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    release(&mut operator, &[&vm]).await;
    portal.clock.advance(TimeDelta::minutes(2));
    let page = operator.get("/t/acme/history").await;
    assert_eq!(total(&page), 26, "the newest rows were asked for");
    let through = "td[data-label='Asked by']";
    let through = page.texts(through);
    assert_eq!(through[0], "operator");
    assert_eq!(through[1], "outside the portal");
    let request = operator
        .get(&page.link("td[data-label='Asked by'] a"))
        .await;
    assert!(request.has(&format!("[data-id='{vm}']")));
    let file = csv_of(&mut operator, "/t/acme/history.csv").await;
    assert_eq!(column(&file, "Asked by"), through);
}
