//! Response tickets: the list, one ticket, and the way back.

use insta::assert_snapshot;
use secmon_portal::simulator::Endpoint;
use serde_json::json;
use wiremock::{Mock, MockServer, matchers::path_regex};

use crate::{
    secmon::support::{gateway, success},
    support::{ACME, Portal, outline},
};

#[tokio::test]
async fn tickets_are_listed_newest_first_with_every_field() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.calls();
    let page = viewer.get("/t/acme/tickets").await;
    assert_eq!(portal.calls(), [Endpoint::Tickets]);
    assert_eq!(page.ids("table"), portal.simulator.ticket_ids(ACME)[..10]);
    assert_snapshot!(outline(&page), @"
    # Response tickets
    Incident responses by the monitoring center, newest first.
    Download:
    [CSV](/t/acme/tickets.csv)
    [Excel](/t/acme/tickets.xlsx)
    1–10 of 34 in all
    Page 1 of 4
    [Next](/t/acme/tickets?page=2)
    [Last](/t/acme/tickets?page=4)
    | Detected | Name | Status | Verdict | Type | Attack | Source IP | Destination IP | Number |
    | 2025-06-06 14:11:35 KST | 판교IDC 미등록(133.186.112.118) Log4Shell_Attempt | Waiting | True positive | Intrusion detected | 취약점 공격 | 218.92.241.206 | 133.186.112.118 | 961539512167200608 |
    | 2025-03-09 09:36:04 KST | Bruteforce_Inbound | Waiting | False positive | Intrusion detected | Brute Force | 120.24.182.164 | 133.186.154.18 | 93987770876890543 |
    | 2025-02-09 20:47:47 KST | 판교IDC 미등록(133.186.111.37) Port_Scan | In progress | True positive | Intrusion detected | Scan | 80.94.244.78 | 133.186.111.37 | 94701590536907127894 |
    | 2024-11-13 15:09:35 KST | SSH_Login_Failure | In progress | True positive | Intrusion detected | Brute Force | 141.98.135.74 | 133.186.111.140 | 9337541019702085430 |
    | 2024-10-05 13:59:21 KST | 판교IDC 미등록(133.186.112.229) DDoS_SYN_Flood | In progress | True positive | Intrusion detected | DoS | 80.94.13.172 | 133.186.112.229 | 918292298571344742 |
    | 2024-09-11 10:18:36 KST | SQL_Injection | Processing complete | True positive | Intrusion detected | Web 공격 | 5.188.67.182 | 133.186.111.179 | 93923049517201877 |
    | 2024-07-17 15:58:08 KST | 웹쉘 업로드 시도 | Processing complete | True positive | Incident | Web 침해 | 89.248.72.64 | 133.186.154.59 | 94976869177340045372 |
    | 2024-05-19 01:15:05 KST | SSH_Login_Failure | Processing complete | True positive | Intrusion detected | Brute Force | 211.58.190.50 | 133.186.111.96 | 9767068883748160871 |
    | 2024-04-04 19:34:25 KST | 판교IDC 미등록(133.186.111.116) SQL_Injection | Processing complete | True positive | Intrusion detected | Web 공격 | 61.177.130.70 | 133.186.111.116 | 956845084975300641 |
    | 2024-01-27 12:48:09 KST | SSH_Login_Failure | Processing complete | True positive | Intrusion detected | Brute Force | 141.98.249.234 | 133.186.111.167 | 91038328157635460 |
    1–10 of 34 in all
    Page 1 of 4
    [Next](/t/acme/tickets?page=2)
    [Last](/t/acme/tickets?page=4)
    ");
}

#[tokio::test]
async fn ticket_pages_hold_every_ticket_once() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut page = viewer.get("/t/acme/tickets").await;
    assert!(!page.has("a[rel=prev]"));
    let mut seen = page.ids("table");
    while page.has("a[rel=next]") {
        let before = page.address.clone();
        page = viewer.get(&page.link("a[rel=next]")).await;
        assert_eq!(page.link("a[rel=prev]"), before);
        seen.extend(page.ids("table"));
    }
    assert_eq!(seen, portal.simulator.ticket_ids(ACME));
    assert_eq!(page.texts(".pager-total"), ["31–34 of 34 in all"; 2]);
}

#[tokio::test]
async fn invalid_page_number_is_the_first_page() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let newest = portal.simulator.ticket_ids(ACME);
    for number in ["abc", "-1", "0", "1.5", "", "%00", "1%20or%201"] {
        let page = viewer.get(&format!("/t/acme/tickets?page={number}")).await;
        assert_eq!(page.status, 200, "{number}");
        assert_eq!(page.ids("table"), newest[..10], "{number}");
    }
}

#[tokio::test]
async fn page_past_the_end_says_so() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for list in ["tickets", "history", "events", "audit"] {
        for number in ["500", "99999999999", "4294967295"] {
            let address = format!("/t/acme/{list}?page={number}");
            let page = portal.sign_in("manager").await.get(&address).await;
            assert_eq!(page.status, 200, "{address}");
            let told = page.text_of(".empty");
            assert_eq!(told, "No more items.");
            let first = page.link(".pager a.page-link:not([rel])");
            assert!(!first.contains("page="), "{first}");
        }
    }
    assert_eq!(
        viewer.get("/t/acme/tickets?page=4").await.count("tbody tr"),
        4
    );
}

#[tokio::test]
async fn ticket_links_back_to_its_list_page() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/tickets?page=3").await;
    let links = page.attributes("th a", "href");
    let ticket = viewer.get(&links[2]).await;
    assert_eq!(ticket.status, 200);
    assert_eq!(ticket.link("a.back"), "/t/acme/tickets?page=3");
    let newest = viewer
        .get("/t/acme/tickets")
        .await
        .attributes("th a", "href");
    let ticket = viewer.get(&newest[0]).await;
    assert_eq!(ticket.link("a.back"), "/t/acme/tickets");
}

#[tokio::test]
async fn ticket_shows_its_five_parts() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let id = portal.simulator.ticket_ids(ACME).remove(12);
    portal.calls();
    let page = viewer.get(&format!("/t/acme/tickets/{id}")).await;
    assert_eq!(portal.calls(), [Endpoint::Ticket]);
    assert_eq!(
        page.attributes("article [data-part]", "data-part"),
        [
            "name",
            "description",
            "summary",
            "analysis",
            "deep-analysis"
        ]
    );
    for part in page.texts("article [data-part]") {
        assert!(!part.is_empty());
    }
    assert_eq!(page.attributes("article", "data-id"), [id]);
}

#[tokio::test]
async fn empty_and_missing_parts_are_stated() {
    let (portal, _api) =
        answering(json!({"data": {"result": ["", "<p>only this</p>"], "desc": []}})).await;
    let page = portal
        .sign_in("viewer")
        .await
        .get("/t/acme/tickets/12345678901234567")
        .await;
    assert_eq!(
        page.texts("[data-part]"),
        [
            "Ticket without a name",
            "Nothing was written here.",
            "Nothing was written here.",
            "only this",
            "Nothing was written here.",
        ]
    );
}

/// Browsers end a heading at the next one, so a name must not contain one.
#[tokio::test]
async fn ticket_name_cannot_leave_its_heading() {
    let name = "<h2>웹쉘 <b>업로드</b></h2><table><tr><td>시도</table>";
    let (portal, _api) = answering(json!({"data": {"result": [], "desc": [name]}})).await;
    let address = "/t/acme/tickets/12345678901234567";
    let page = portal.sign_in("viewer").await.get(address).await;
    assert_eq!(page.texts("h1[data-part=name]"), ["웹쉘 업로드 시도"]);
    assert!(!page.has("article > header > h1 ~ *"));
    assert!(!page.has("h1[data-part=name] *"));
}

#[tokio::test]
async fn truncated_part_says_so_and_offers_its_raw_text() {
    let long = "<p>가나다</p>".repeat(400_000);
    let raw = "<script>alert(1)</script>\r\n".to_owned() + &long;
    let (portal, _api) =
        answering(json!({"data": {"result": ["요약", raw, ""], "desc": ["이름"]}})).await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/tickets/12345678901234567").await;
    let told = page.texts("section:has([data-part=analysis]) > [role=status]");
    let words = "This part is too long: its end is not shown here. Download all of it as text";
    assert_eq!(told, [words]);
    let links = page.attributes("[role=status] a", "href");
    assert_eq!(
        links,
        ["/t/acme/tickets/12345678901234567/raw?part=analysis"]
    );
    let file = viewer.get(&links[0]).await;
    assert_eq!(file.status, 200);
    assert_eq!(String::from_utf8_lossy(&file.body), raw);
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        (
            "content-disposition",
            "attachment; filename=\"secmon-acme-ticket-12345678901234567-analysis.txt\"",
        ),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(file.header(name), Some(value));
    }
    for part in ["", "?part=all", "?part=description"] {
        let address = format!("/t/acme/tickets/12345678901234567/raw{part}");
        assert_eq!(viewer.get(&address).await.status, 404, "{part}");
    }
}

#[tokio::test]
async fn unknown_ticket_is_not_found() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.calls();
    let page = viewer.get("/t/acme/tickets/98425190186514912").await;
    assert_eq!(page.status, 404);
    assert_eq!(portal.calls(), [Endpoint::Ticket]);
    for no_id in ["..%2f..%2fvm", "a%20b", "a,b", &"9".repeat(65), "%ED%95%9C"] {
        let page = viewer.get(&format!("/t/acme/tickets/{no_id}")).await;
        assert_eq!(page.status, 404, "{no_id}");
    }
    assert_eq!(portal.calls(), [], "what is no id is never asked for");
    let theirs = portal.simulator.ticket_ids(crate::support::OTHER).remove(0);
    assert_eq!(
        viewer
            .get(&format!("/t/acme/tickets/{theirs}"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn unknown_terms_are_shown_unchanged() {
    let (portal, _api) = answering(json!({
        "count": 2, "next": null, "previous": null,
        "results": [
            {"ticketId": "1", "ticketName": "<script>alert(1)</script>", "ticketStatus": "보류",
             "isAttack": "정탐", "ticketType": "<b>", "detectDate": "어제"},
            {"tickentName": "no id", "somethingNew": [1]},
        ],
    }))
    .await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/tickets").await;
    let rows = page.rows("tbody tr");
    assert_eq!(
        rows[0],
        [
            "어제",
            "<script>alert(1)</script>",
            "보류",
            "True positive",
            "<b>",
            "–",
            "–",
            "–",
            "1"
        ]
    );
    assert_eq!(rows[1], ["–", "no id", "–", "–", "–", "–", "–", "–", "–"]);
    assert_eq!(
        page.attributes("tbody .badge", "title"),
        ["보류", "정탐", "<b>"]
    );
    assert_eq!(page.ids("table"), ["1"]);
}

/// A portal whose API has one canned response for tickets of acme.
async fn answering(fields: serde_json::Value) -> (Portal, MockServer) {
    let server = MockServer::start().await;
    let keyed = |rest: &str| format!("^/v1.0/appkeys/{}/{rest}", crate::support::ACME_KEY);
    Mock::given(path_regex("token"))
        .respond_with(wiremock::ResponseTemplate::new(200).set_body_json(
            json!({"access_token": "a-token", "token_type": "Bearer", "expires_in": 86400}),
        ))
        .mount(&server)
        .await;
    Mock::given(path_regex(keyed("tickets")))
        .respond_with(success(fields))
        .mount(&server)
        .await;
    Mock::given(path_regex("."))
        .respond_with(gateway(404, 4_041_007, "Not found"))
        .mount(&server)
        .await;
    let portal = Portal::start_with(|config| config.api_base = Some(server.uri())).await;
    (portal, server)
}
