//! Common behavior of lists: pages of a terse source, and query parameters.

use secmon_portal::simulator::Endpoint;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{any, path_regex},
};

use crate::{
    secmon::support::success,
    support::{ACME, Page, Portal},
};

/// A portal on an API with one canned response.
async fn portal_on(
    answer: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
) -> (Portal, MockServer) {
    let server = MockServer::start().await;
    let token = json!({"access_token": "a-token", "token_type": "Bearer", "expires_in": 86400});
    Mock::given(path_regex("token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let portal = Portal::start_with(|config| config.api_base = Some(server.uri())).await;
    (portal, server)
}

fn page_of(request: &Request) -> usize {
    let mut pairs = request.url.query_pairs();
    let page = pairs.find(|(name, _)| name == "page");
    page.map_or(1, |(_, number)| number.parse().expect("is a number"))
}

/// A page of 25 tickets, ten on each.
fn tickets(request: &Request, next: Option<&Value>) -> ResponseTemplate {
    let numbers = (1..=25).skip((page_of(request) - 1) * 10).take(10);
    let rows: Vec<Value> = numbers.map(|n| json!({"ticketId": n})).collect();
    let mut fields = json!({"count": 25, "results": rows});
    if let Some(next) = next {
        fields["next"] = next.clone();
    }
    success(fields)
}

#[tokio::test]
async fn pages_follow_the_count_when_links_are_missing() {
    for next in [None, Some(Value::Null), Some(json!(false))] {
        let (portal, _api) = portal_on(move |request| tickets(request, next.as_ref())).await;
        let mut viewer = portal.sign_in("viewer").await;
        // The first page was not opened since the start.
        let second = viewer.get("/t/acme/tickets?page=2").await;
        assert_eq!(second.texts(".pager-total"), ["11–20 of 25 in all"; 2]);
        assert!(second.has("a[rel=next]"));
        let mut page = viewer.get("/t/acme/tickets").await;
        let mut seen = page.ids("table");
        let mut totals = page.texts(".pager-total");
        while page.has("a[rel=next]") {
            page = viewer.get(&page.link("a[rel=next]")).await;
            seen.extend(page.ids("table"));
            totals.extend(page.texts(".pager-total"));
        }
        totals.dedup();
        let expected = [
            "1–10 of 25 in all",
            "11–20 of 25 in all",
            "21–25 of 25 in all",
        ];
        assert_eq!(totals, expected);
        let all: Vec<String> = (1..=25).map(|n| n.to_string()).collect();
        assert_eq!(seen, all);
    }
}

#[tokio::test]
async fn promised_page_without_rows_says_so() {
    for results in [json!([]), json!(null)] {
        for empty_from in [1, 2] {
            let results = results.clone();
            let (portal, _api) = portal_on(move |request| {
                if page_of(request) < empty_from {
                    return tickets(request, Some(&json!("next")));
                }
                success(json!({"count": 25, "next": null, "results": results}))
            })
            .await;
            let mut viewer = portal.sign_in("viewer").await;
            let address = format!("/t/acme/tickets?page={empty_from}");
            let page = viewer.get(&address).await;
            assert!(
                page.alert()
                    .starts_with("The Secmon API says that this list has 25 rows")
            );
            assert!(!page.has(".empty") && !page.has("a[rel=next]"));
        }
    }
    let (portal, _api) = portal_on(|request| match page_of(request) {
        1 => tickets(request, Some(&json!("next"))),
        _ => ResponseTemplate::new(404),
    })
    .await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/tickets?page=2").await;
    let past = "No more items.";
    assert_eq!(page.text_of(".empty"), past);
}

const LISTS: [&str; 7] = [
    "/t/acme/vms",
    "/t/acme/tickets",
    "/t/acme/events",
    "/t/acme/history",
    "/t/acme/requests",
    "/t/acme/audit",
    "/admin/audit",
];

#[tokio::test]
async fn junk_parameters_are_dropped_from_links() {
    let portal = Portal::start().await;
    let mut client = portal.sign_in("site-admin").await;
    let junk = "zq".repeat(30_000);
    let mut text_parameters = Vec::new();
    for list in LISTS {
        for parameter in [
            "sort",
            "page",
            "monitored_page",
            "show",
            "list",
            "state",
            "action",
            "outcome",
            "limit",
            "utm",
            "request",
        ] {
            let page = client.get(&format!("{list}?{parameter}={junk}")).await;
            assert_eq!(page.status, 200, "{list} {parameter}");
            assert!(!page.text.contains("zqzq"), "{list} {parameter}");
        }
        for parameter in ["q", "os", "user", "actor", "from", "to"] {
            let page = client.get(&format!("{list}?{parameter}={junk}")).await;
            assert!(!page.text.contains(&junk[..201]), "{list} {parameter}");
            if page.text.contains("zqzq") {
                text_parameters.push(format!("{list} {parameter}: {}", cut_message(&page)));
            }
        }
    }
    let cut = "Only the first 200 characters of the text are used.";
    let of_audit = |list: &str| {
        [
            format!("{list} q: {cut}"),
            format!("{list} actor: {cut}"),
            format!("{list} from: "),
            format!("{list} to: "),
        ]
    };
    let mut expected = ["q", "os"]
        .map(|name| format!("/t/acme/vms {name}: {cut}"))
        .to_vec();
    expected.extend(["from", "to"].map(|name| format!("/t/acme/events {name}: ")));
    expected.extend(["q", "user"].map(|name| format!("/t/acme/requests {name}: {cut}")));
    expected.extend(["from", "to"].map(|name| format!("/t/acme/requests {name}: ")));
    expected.extend(of_audit("/t/acme/audit"));
    expected.extend(of_audit("/admin/audit"));
    assert_eq!(text_parameters, expected);
}

fn cut_message(page: &Page) -> String {
    page.texts("[role=status]").join(" ")
}

#[tokio::test]
async fn blank_search_is_no_search() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let blanks = viewer
        .get(&format!("/t/acme/vms?q={}", "%20".repeat(20_000)))
        .await;
    assert!(blanks.text.len() < 1_000_000);
    let plain = viewer.get("/t/acme/vms").await;
    assert_eq!(
        blanks.ids("#not-monitored-list"),
        plain.ids("#not-monitored-list")
    );
    assert!(!blanks.has(".filter a"), "nothing is there to clear");
}

#[tokio::test]
async fn unknown_filter_value_shows_no_rows_and_says_so() {
    let portal = Portal::start().await;
    let mut manager = portal.sign_in("manager").await;
    let message = "The address asks for a filter value that does not exist, so nothing is shown.";
    let page = manager.get("/t/acme/vms?show=junk").await;
    assert_eq!((page.status, page.alert()), (200, message.to_owned()));
    assert!(!page.has("[data-id]"));
    // The file and the links of the columns are of the same list.
    let file = page.attributes(".files a", "href").remove(0);
    assert_eq!(file, "/t/acme/vms.csv?show=unknown");
    for list in [
        "vms?list",
        "requests?state",
        "audit?action",
        "audit?outcome",
    ] {
        let page = manager.get(&format!("/t/acme/{list}=junk")).await;
        assert_eq!((page.status, page.alert()), (200, message.to_owned()));
        assert!(!page.has("tbody tr"));
    }
}

#[tokio::test]
async fn list_element_carries_its_total_and_source() {
    let portal = Portal::start().await;
    let mut manager = portal.sign_in("manager").await;
    let facts = |page: &Page| {
        let total = page.attributes("[data-total]", "data-total");
        (total, page.attributes("[data-total]", "data-source"))
    };
    let texts = |texts: &[&str]| {
        texts
            .iter()
            .map(|&text| text.to_owned())
            .collect::<Vec<_>>()
    };
    let tickets = portal.simulator.ticket_ids(ACME).len().to_string();
    let page = manager.get("/t/acme/tickets").await;
    assert_eq!(facts(&page), (vec![tickets], texts(&["api"])));
    let page = manager.get("/t/acme/vms?q=nothing-is-named-so").await;
    assert_eq!(facts(&page), (texts(&["0", "0"]), texts(&["api", "api"])));
    let page = manager.get("/t/acme/vms").await;
    let lists = [
        portal.simulator.not_monitored_ids(ACME).len().to_string(),
        portal.simulator.monitored_ids(ACME).len().to_string(),
    ];
    assert_eq!(facts(&page).0, lists);
    let page = manager.get("/t/acme/requests").await;
    assert_eq!(facts(&page), (texts(&["0"]), Vec::new()));
    let page = manager.get("/t/acme/audit?action=signed-in").await;
    assert_eq!(facts(&page), (texts(&["1"]), Vec::new()));
}

#[tokio::test]
async fn search_finds_names_in_every_spelling() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 3);
    // "서버-다라" in NFD, "서버-마바" with a zero-width space, "서버-사아" in NFC.
    let names = [
        "\u{1109}\u{1165}\u{1107}\u{1165}-\u{1103}\u{1161}\u{1105}\u{1161}",
        "서\u{200b}버-마바",
        "서버-사아",
    ];
    for (vm, name) in vms.iter().zip(names) {
        assert!(portal.simulator.rename_server(ACME, vm, name));
    }
    for typed in [
        "서버",
        "\u{1109}\u{1165}\u{1107}\u{1165}",
        "서버 미신청",
        "-없는말 서\u{200b}버",
    ] {
        let page = operator.get("/t/acme/vms").await;
        let form = page.form("main form[role=search]").fill("q", typed);
        let page = operator.submit(&form).await;
        assert_eq!(page.ids("#not-monitored-list"), vms, "{typed}");
        let mut form = page.form("form#not-monitored");
        form.action = page
            .attributes("#not-monitored .select-matching", "formaction")
            .remove(0);
        let confirm = operator.submit(&form).await;
        assert_eq!(
            confirm.attributes("input[name=id]", "value"),
            vms,
            "{typed}"
        );
    }
    let page = operator
        .get("/t/acme/vms?sort=name&q=%EC%84%9C%EB%B2%84")
        .await;
    assert_eq!(page.ids("#not-monitored-list"), vms);
    let page = operator
        .get("/t/acme/vms?q=%EC%84%9C%EB%B2%84%20-%EB%8B%A4%EB%9D%BC")
        .await;
    assert_eq!(page.ids("#not-monitored-list"), vms[1..]);
}

#[tokio::test]
async fn slash_at_the_end_leads_to_the_page() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.calls();
    for (address, there) in [
        ("/t/acme/", "/t/acme"),
        (
            "/t/acme/vms/?q=a%20b&sort=name",
            "/t/acme/vms?q=a%20b&sort=name",
        ),
        ("/t/acme/tickets//", "/t/acme/tickets"),
        (
            "/t/acme/tickets/98425190186514912/",
            "/t/acme/tickets/98425190186514912",
        ),
        ("/t/acme/tickets.csv/", "/t/acme/tickets.csv"),
        ("/account/", "/account"),
    ] {
        let answer = viewer.get(address).await;
        assert_eq!(
            (answer.status, answer.location()),
            (308, Some(there.to_owned()))
        );
    }
    assert_eq!(portal.calls(), Vec::<Endpoint>::new());
    let signed_out = portal.client().get("/login/").await;
    assert_eq!(signed_out.location().as_deref(), Some("/login"));
    for address in [
        "/t/acme/nothing/",
        "/t/acme/vms/add/",
        "//evil.example/",
        "/t//acme/vms/",
    ] {
        let answer = viewer.get(address).await;
        assert_eq!((answer.status, answer.location()), (404, None), "{address}");
    }
}

#[tokio::test]
async fn missing_page_shows_the_menu_to_members_only() {
    let portal = Portal::start().await;
    let menu = "nav.tabs a[href='/t/acme/vms']";
    for (name, sees_menu) in [("viewer", true), ("site-admin", true), ("stranger", false)] {
        let mut client = portal.sign_in(name).await;
        for address in [
            "/t/acme/nothing",
            "/t/acme/vms/a/b",
            "/t/acme/tickets/98425190186514912",
        ] {
            let page = client.get(address).await;
            assert_eq!(
                (page.status, page.has(menu)),
                (404, sees_menu),
                "{name} {address}"
            );
        }
    }
    let signed_out = portal.client().get("/t/acme/nothing").await;
    assert_eq!((signed_out.status, signed_out.has(menu)), (404, false));
}
