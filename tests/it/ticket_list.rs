//! The list of tickets on the archive: filters, order, pages and files.

use crate::support::{ACME, Page, Portal, TestClient};

/// A portal whose archive is filled, and somebody signed in.
async fn archived(username: &str) -> (Portal, TestClient) {
    let portal = Portal::start_with(|config| config.api.events = 20).await;
    portal.fill_archive().await;
    let client = portal.sign_in(username).await;
    portal.calls();
    (portal, client)
}

fn total(page: &Page) -> String {
    page.attributes("[data-source]", "data-total").remove(0)
}

#[tokio::test]
async fn ticket_list_says_where_its_rows_come_from() {
    let (portal, mut viewer) = archived("viewer").await;
    let page = viewer.get("/t/acme/tickets").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.ids("table"), portal.simulator.ticket_ids(ACME));
    assert_eq!(page.attributes("[data-source]", "data-source"), ["archive"]);
    assert_eq!(total(&page), "34");
    assert_eq!(
        page.attributes("[data-source]", "data-as-of"),
        ["2025-06-11T12:00:00+09:00"]
    );
    assert_eq!(page.attributes("[data-source]", "data-complete"), ["yes"]);
}

#[tokio::test]
async fn ticket_filters_are_chips_that_go_into_every_link() {
    let (_portal, mut viewer) = archived("viewer").await;
    let query = "status=done&status=waiting&verdict=true-positive&sort=name&limit=20";
    let page = viewer.get(&format!("/t/acme/tickets?{query}&x=1")).await;
    assert_eq!(
        page.attributes("[data-filter]", "data-filter"),
        ["status", "status", "verdict"]
    );
    for link in [
        "[rel=next]",
        "thead th:nth-child(3) a",
        "tbody th a",
        "a[download]",
    ] {
        for href in page.attributes(link, "href") {
            assert!(
                href.contains("status=done&status=waiting&verdict=true-positive"),
                "{href}"
            );
            assert!(!href.contains("x=1"), "{href}");
        }
    }
    let with = total(&page).parse::<u32>().expect("a number");
    let without = viewer.get(&page.link("[data-filter=verdict]")).await;
    assert!(total(&without).parse::<u32>().expect("a number") > with);
    assert!(!without.has("[data-filter=verdict]"));
}

#[tokio::test]
async fn ticket_pages_lead_to_each_other_in_any_order() {
    let (portal, mut viewer) = archived("viewer").await;
    for sort in ["", "&sort=name", "&sort=-source", "&sort=detected"] {
        let mut page = viewer.get(&format!("/t/acme/tickets?limit=20{sort}")).await;
        let mut seen = page.ids("table");
        assert!(!page.has("a[rel=prev]"));
        let first = seen.clone();
        page = viewer.get(&page.link("a[rel=next]")).await;
        seen.extend(page.ids("table"));
        assert!(!page.has("a[rel=next]"));
        let back = viewer.get(&page.link("a[rel=prev]")).await;
        assert_eq!(back.ids("table"), first);
        seen.sort();
        let mut all = portal.simulator.ticket_ids(ACME);
        all.sort();
        assert_eq!(seen, all, "{sort}");
    }
    let second = viewer.get("/t/acme/tickets?limit=20&page=2").await;
    assert_eq!(second.ids("table"), portal.simulator.ticket_ids(ACME)[20..]);
}

#[tokio::test]
async fn ticket_page_size_is_remembered() {
    let (_portal, mut viewer) = archived("viewer").await;
    assert_eq!(viewer.get("/t/acme/tickets").await.ids("table").len(), 34);
    viewer.get("/t/acme/tickets?limit=20").await;
    assert_eq!(viewer.get("/t/acme/tickets").await.ids("table").len(), 20);
}

#[tokio::test]
async fn ticket_search_marks_its_matches() {
    let (_portal, mut viewer) = archived("viewer").await;
    let page = viewer.get("/t/acme/tickets?q=ssh_login").await;
    assert!(page.has("tbody th mark"));
    for marked in page.texts("tbody mark") {
        assert_eq!(marked.to_lowercase(), "ssh_login");
    }
    let rows = page.ids("table").len();
    assert_eq!(total(&page), rows.to_string());
}

#[tokio::test]
async fn unknown_filter_value_hides_all_tickets() {
    let (_portal, mut viewer) = archived("viewer").await;
    for query in [
        "status=unknown",
        "source=nonsense",
        "from=yesterday",
        "sort=x",
    ] {
        let page = viewer.get(&format!("/t/acme/tickets?{query}")).await;
        assert_eq!(page.status, 200);
        assert_eq!(total(&page), "0", "{query}");
        assert!(page.has("[role=alert]"), "{query}");
        assert!(
            page.text_of(".empty")
                .contains("34 rows are hidden by this filter.")
        );
    }
}

#[tokio::test]
async fn ticket_files_hold_what_the_filters_leave() {
    let (portal, mut viewer) = archived("viewer").await;
    let page = viewer
        .get("/t/acme/tickets?verdict=false-positive&sort=name")
        .await;
    let ids = page.ids("table");
    assert!(!ids.is_empty() && ids.len() < 34);
    let file = viewer.get(&page.link("a[download][href*=csv]")).await;
    let text = String::from_utf8_lossy(&file.body).into_owned();
    let lines: Vec<_> = text.lines().skip(1).collect();
    assert_eq!(lines.len(), ids.len());
    for (line, id) in lines.iter().zip(&ids) {
        assert!(line.contains(id.as_str()), "{line}");
    }
    assert!(portal.calls().is_empty());
}
