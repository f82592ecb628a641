//! Detected events in a range of Korean time.

use insta::assert_snapshot;
use secmon_portal::simulator::Endpoint;
use url::form_urlencoded;

use crate::support::{Page, Portal, TestClient, outline};

/// Query parameters of the last API call, by name.
fn asked(portal: &Portal) -> Vec<(String, String)> {
    let calls = portal.simulator.take_calls();
    let events = calls.iter().rfind(|call| call.endpoint == Endpoint::Events);
    let query = events.and_then(|call| call.query.clone());
    let query = query.expect("events were asked for");
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn value<'a>(asked: &'a [(String, String)], name: &str) -> &'a str {
    let pair = asked.iter().find(|(asked, _)| asked == name);
    pair.map_or("", |(_, value)| value)
}

async fn show(viewer: &mut TestClient, start: &str, end: &str) -> Page {
    let page = viewer.get("/t/acme/events").await;
    let form = page
        .form("form.filter")
        .fill("start", start)
        .fill("end", end);
    viewer.submit(&form).await
}

#[tokio::test]
async fn events_of_the_last_day_are_listed_newest_first() {
    let portal = Portal::start_with(|config| config.api.events = 10_000).await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.calls();
    let page = viewer.get("/t/acme/events").await;
    assert_eq!(portal.calls(), [Endpoint::Events]);
    assert_snapshot!(outline(&page), @"
    # Detected events
    Detected events, up to three months back. Times are Korean time (KST, UTC+9).
    From (KST, UTC+9)
    _start: datetime-local_ 2025-06-10T12:00
    To (KST, UTC+9)
    _end: datetime-local_ 2025-06-11T12:00
    (Show)
    [Last hour](/t/acme/events?start=2025-06-11T11:00&end=2025-06-11T12:00)
    [Today](/t/acme/events?start=2025-06-11T00:00&end=2025-06-11T12:00)
    [Last 24 hours](/t/acme/events?start=2025-06-10T12:00&end=2025-06-11T12:00)
    [Last 7 days](/t/acme/events?start=2025-06-04T12:00&end=2025-06-11T12:00)
    [Last 31 days](/t/acme/events?start=2025-05-11T12:00&end=2025-06-11T12:00)
    [Last 3 months](/t/acme/events?start=2025-03-11T12:00&end=2025-06-11T12:00)
    2025-06-10 12:00:00 KST – 2025-06-11 12:00:59 KST
    Download:
    [CSV](/t/acme/events.csv?start=2025-06-10T12:00&end=2025-06-11T12:00)
    [Excel](/t/acme/events.xlsx?start=2025-06-10T12:00&end=2025-06-11T12:00)
    1–10 of 108 in all
    Page 1 of 11
    [Next](/t/acme/events?start=2025-06-10T12:00&end=2025-06-11T12:00&page=2)
    [Last](/t/acme/events?start=2025-06-10T12:00&end=2025-06-11T12:00&page=11)
    | Detected | Severity | Event | Direction | Source IP | Source port | Destination IP | Destination port | Destination country |
    | 2025-06-11 11:59:52 KST | Low | UDS_439_phpmyadmin_access | Inbound | 120.24.0.91 | 21398 | 133.186.112.244 | 80 | KR South Korea |
    | 2025-06-11 11:44:57 KST | Low | UDS_439_phpmyadmin_access | Inbound | 120.24.0.91 | 2163 | 133.186.111.158 | 80 | KR South Korea |
    | 2025-06-11 11:35:58 KST | Low | UDS_439_phpmyadmin_access | Inbound | 120.24.0.91 | 53013 | 133.186.111.217 | 80 | KR South Korea |
    | 2025-06-11 11:31:35 KST | Low | UDS_439_phpmyadmin_access | Inbound | 120.24.0.91 | 54417 | 133.186.154.235 | 80 | KR South Korea |
    | 2025-06-11 11:17:20 KST | Critical | C2_Beacon_Outbound | Outbound | 133.186.154.140 | 53064 | 218.92.69.125 | 443 | IN India |
    | 2025-06-11 11:11:14 KST | Critical | Apache_Log4j_RCE_CVE-2021-44228 | Inbound | 193.32.210.234 | 40517 | 133.186.154.5 | 8080 | KR South Korea |
    | 2025-06-11 11:04:16 KST | Low | UDS_Appkey_PIOLINK | Inbound | 193.32.27.245 | 6013 | 133.186.154.19 | 80 | JP Japan |
    | 2025-06-11 10:56:33 KST | High | CoinMiner_Pool_Connection | Outbound | 133.186.112.185 | 61836 | 45.155.111.12 | 3333 | GB United Kingdom |
    | 2025-06-11 10:47:43 KST | High | Redis_Unauthorized_Access | Inbound | 141.98.176.81 | 58098 | 133.186.112.125 | 6379 | KR South Korea |
    | 2025-06-11 10:36:38 KST | Medium | SSH_Brute_Force_Login | Inbound | 193.32.160.40 | 35366 | 133.186.112.246 | 22 | KR South Korea |
    1–10 of 108 in all
    Page 1 of 11
    [Next](/t/acme/events?start=2025-06-10T12:00&end=2025-06-11T12:00&page=2)
    [Last](/t/acme/events?start=2025-06-10T12:00&end=2025-06-11T12:00&page=11)
    ");
    let times: Vec<_> = page.texts("tbody td:first-child");
    assert!(times.iter().rev().is_sorted(), "{times:?}");
}

#[tokio::test]
async fn range_reaches_the_api_in_kst_with_its_last_minute() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = show(&mut viewer, "2025-06-01T08:00", "2025-06-02T17:30").await;
    assert_eq!(page.status, 200);
    let asked = asked(&portal);
    assert_eq!(value(&asked, "startDate"), "2025-06-01T08:00:00");
    assert_eq!(value(&asked, "endDate"), "2025-06-02T17:30:59");
    assert_eq!(
        page.text_of(".range"),
        "2025-06-01 08:00:00 KST – 2025-06-02 17:30:59 KST"
    );
    for time in page.texts("tbody td:first-child") {
        assert!(
            ("2025-06-01 08:00:00 KST"..="2025-06-02 17:30:59 KST").contains(&&*time),
            "{time}"
        );
    }
}

#[tokio::test]
async fn range_is_kept_from_page_to_page() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = show(&mut viewer, "2025-06-01T00:00", "2025-06-10T23:59").await;
    let total = page.texts(".pager-total").remove(0);
    let next = viewer.get(&page.link("a[rel=next]")).await;
    let asked = asked(&portal);
    assert_eq!(value(&asked, "page"), "2");
    assert_eq!(value(&asked, "startDate"), "2025-06-01T00:00:00");
    assert_eq!(value(&asked, "endDate"), "2025-06-10T23:59:59");
    assert_eq!(
        next.form("form.filter").value("start"),
        Some("2025-06-01T00:00")
    );
    assert_eq!(
        next.form("form.filter").value("end"),
        Some("2025-06-10T23:59")
    );
    let of = |total: &str| total.split_once(" of ").map(|(_, of)| of.to_owned());
    assert_eq!(of(&next.texts(".pager-total")[0]), of(&total));
    let first = viewer.get(&next.link("a[rel=prev]")).await;
    assert_eq!(first.texts("tbody tr"), page.texts("tbody tr"));
}

#[tokio::test]
async fn default_range_stays_fixed_across_pages() {
    let portal = Portal::start_with(|config| config.api.events = 10_000).await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/events").await;
    portal.clock.advance(chrono::TimeDelta::hours(1));
    viewer.get(&page.link("a[rel=next]")).await;
    let asked = asked(&portal);
    assert_eq!(value(&asked, "startDate"), "2025-06-10T12:00:00");
    assert!(value(&asked, "endDate").starts_with("2025-06-11T12:00:"));
}

#[tokio::test]
async fn pages_of_the_default_range_ask_for_the_same_range() {
    let portal = Portal::start_with(|config| config.api.events = 10_000).await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.clock.advance(chrono::TimeDelta::seconds(13));
    let range = |asked: Vec<(String, String)>| {
        ["startDate", "endDate"].map(|name| value(&asked, name).to_owned())
    };
    for address in ["/t/acme/events", "/t/acme/events?end=2025-06-05T06:00"] {
        let page = viewer.get(address).await;
        let first = range(asked(&portal));
        portal.clock.advance(chrono::TimeDelta::seconds(90));
        viewer.get(&page.link("a[rel=next]")).await;
        assert_eq!(range(asked(&portal)), first, "{address}");
    }
}

#[tokio::test]
async fn range_keeps_its_seconds() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for (given, sent) in [
        ("2025-06-05T06:00:13", "2025-06-05T06:00:13"),
        ("2025-06-05T06:00:00", "2025-06-05T06:00:00"),
        ("2025-06-05T06:00:60", "2025-06-05T06:00:59"),
        ("2025-06-05T06:00", "2025-06-05T06:00:59"),
    ] {
        let page = show(&mut viewer, "2025-05-01T00:00:07", given).await;
        let first = asked(&portal);
        assert_eq!(value(&first, "startDate"), "2025-05-01T00:00:07");
        assert_eq!(value(&first, "endDate"), sent, "{given}");
        viewer.get(&page.link("a[rel=next]")).await;
        assert_eq!(value(&asked(&portal), "endDate"), sent, "{given}");
    }
    show(&mut viewer, "2025-06-05T06:00:60", "").await;
    assert_eq!(value(&asked(&portal), "startDate"), "2025-06-05T06:00:59");
}

#[tokio::test]
async fn range_may_be_open_at_one_end() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    show(&mut viewer, "2025-06-01T00:00", "").await;
    let open_end = asked(&portal);
    assert_eq!(value(&open_end, "startDate"), "2025-06-01T00:00:00");
    assert_eq!(value(&open_end, "endDate"), "2025-06-11T12:00:59");
    show(&mut viewer, "", "2025-06-05T06:00").await;
    let open_start = asked(&portal);
    assert_eq!(value(&open_start, "startDate"), "2025-06-04T06:00:00");
    assert_eq!(value(&open_start, "endDate"), "2025-06-05T06:00:59");
}

#[tokio::test]
async fn every_preset_leads_to_its_range() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/events").await;
    let mut ranges = Vec::new();
    for (name, address) in page
        .texts(".preset")
        .into_iter()
        .zip(page.attributes(".preset", "href"))
    {
        let page = viewer.get(&address).await;
        let current = page.text_of(".preset[aria-current=true]");
        assert_eq!(current, name);
        ranges.push(format!("{name}: {}", page.text_of(".range")));
    }
    assert_snapshot!(ranges.join("\n"), @r"
    Last hour: 2025-06-11 11:00:00 KST – 2025-06-11 12:00:59 KST
    Today: 2025-06-11 00:00:00 KST – 2025-06-11 12:00:59 KST
    Last 24 hours: 2025-06-10 12:00:00 KST – 2025-06-11 12:00:59 KST
    Last 7 days: 2025-06-04 12:00:00 KST – 2025-06-11 12:00:59 KST
    Last 31 days: 2025-05-11 12:00:00 KST – 2025-06-11 12:00:59 KST
    Last 3 months: 2025-03-11 12:00:00 KST – 2025-06-11 12:00:59 KST
    ");
}

#[tokio::test]
async fn invalid_range_is_shown_again_without_an_api_call() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for (start, end, problem, fields) in [
        ("yesterday", "", "The start cannot be read.", &["start"][..]),
        (
            "2025-13-01T00:00",
            "",
            "The start cannot be read.",
            &["start"],
        ),
        ("2025-06-31", "", "The start cannot be read.", &["start"]),
        ("", "<b>now</b>", "The end cannot be read.", &["end"]),
        (
            "2025-06-02T00:00",
            "2025-06-01T00:00",
            "The end is before the start.",
            &["start", "end"],
        ),
        (
            "2026-01-01T00:00",
            "",
            "The end is before the start.",
            &["start", "end"],
        ),
    ] {
        let empty = viewer.get("/t/acme/events").await.form("form.filter");
        portal.calls();
        let page = viewer
            .submit(&empty.fill("start", start).fill("end", end))
            .await;
        assert_eq!(page.status, 422, "{start} {end}");
        assert!(page.alert().starts_with(problem), "{}", page.alert());
        assert_eq!(page.form("form.filter").value("start"), Some(start));
        assert_eq!(page.form("form.filter").value("end"), Some(end));
        assert_eq!(page.attributes("[aria-invalid]", "name"), fields);
        assert_eq!(
            page.attributes("[aria-invalid]", "aria-describedby").len(),
            fields.len()
        );
        assert!(page.has("#filter-problem[role=alert]"));
        assert_eq!(portal.calls(), []);
    }
}

#[tokio::test]
async fn countries_are_named_in_the_user_language() {
    let portal = Portal::start().await;
    let viewer = portal.sign_in("viewer").await;
    for (language, japan) in [("en", "JP Japan"), ("ko", "JP 일본")] {
        let mut viewer = viewer.clone().with_header("accept-language", language);
        let page = viewer
            .get("/t/acme/events?start=2025-05-01T00:00&page=2")
            .await;
        let mut page = page;
        let mut countries = page.texts("tbody td:last-child");
        for _ in 0..20 {
            if countries.iter().any(|country| country == japan) || !page.has("a[rel=next]") {
                break;
            }
            page = viewer.get(&page.link("a[rel=next]")).await;
            countries = page.texts("tbody td:last-child");
        }
        assert!(
            countries.iter().any(|country| country == japan),
            "{countries:?}"
        );
    }
}

#[tokio::test]
async fn empty_range_says_so() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = show(&mut viewer, "2020-01-01T00:00", "2020-01-02T00:00").await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.text_of(".empty"),
        "No event was detected in this range."
    );
    assert_eq!(page.texts(".pager-total"), ["0 in all"]);
}

#[tokio::test]
async fn from_and_to_are_start_and_end_and_may_be_days() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.calls();
    let page = viewer
        .get("/t/acme/events?from=2025-06-08&to=2025-06-09")
        .await;
    assert_eq!(page.status, 200);
    let asked = asked(&portal);
    assert_eq!(value(&asked, "startDate"), "2025-06-08T00:00:00");
    assert_eq!(value(&asked, "endDate"), "2025-06-09T23:59:59");
    let file = "/t/acme/events.csv?start=2025-06-08T00:00&end=2025-06-09T23:59";
    assert_eq!(page.attributes(".files a", "href")[0], file);
    let page = viewer.get("/t/acme/events?from=yesterday").await;
    assert_eq!(page.status, 422);
}
