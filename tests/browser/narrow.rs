//! Narrow screens: no page scrolls sideways.

use secmon_portal::{model::Role, simulator::Fault};

use crate::{
    client::TestClient,
    portal::{TestPortal, options},
};

const WIDTH: i64 = 375;

/// Elements beyond the right edge that are not in a scroll container.
const STICKS_OUT: &str = "(() => {
    const width = 375, root = document.documentElement;
    const inside = it => {
        for (let box = it.parentElement; box && box !== document.body && box !== root; box = box.parentElement) {
            if (getComputedStyle(box).overflowX !== 'visible') return true;
        }
        return false;
    };
    const out = [...document.body.querySelectorAll('*')]
        .filter(it => it.checkVisibility() && it.getBoundingClientRect().right > width + 1 && !inside(it))
        .map(element => element.outerHTML.slice(0, 100));
    if (root.scrollWidth > width || document.body.scrollWidth > width) out.push(`the page is ${root.scrollWidth} wide`);
    return out;
})()";

async fn assert_fits(client: &TestClient) {
    let path = client.path().await;
    let language: String = client.evaluate("document.documentElement.lang").await;
    let out: Vec<String> = client.evaluate(STICKS_OUT).await;
    assert!(out.is_empty(), "{path} in {language}: {out:#?}");
}

/// A portal with names of maximum length.
async fn portal() -> TestPortal {
    let long = "아주긴이름의팀".repeat(12);
    let portal = TestPortal::start_with(options(), [&long, "뱅킹 플랫폼팀"]).await;
    portal
        .add_user("admin", &"긴이름LongName".repeat(9), Role::Admin)
        .await;
    portal.add_site_admin("site-admin").await;
    let lists = [
        portal.simulator.not_monitored_ids(0),
        portal.simulator.monitored_ids(0),
    ];
    for ids in lists {
        let names = ["very-long-name_".repeat(17), "이름이긴서버".repeat(40)];
        for (id, name) in ids.iter().zip(names) {
            assert!(portal.simulator.rename_server(0, id, &name));
        }
    }
    portal
}

/// All pages in one language.
async fn assert_all_pages_fit(client: &mut TestClient, portal: &TestPortal, tickets: &[String]) {
    for path in [
        "/",
        "/account",
        "/t/shop",
        "/t/shop/vms",
        "/t/shop/vms?q=192.168&sort=-name",
        "/t/shop/vms?q=nothing-is-called-so",
        "/t/shop/vms?notice=nothing-chosen",
        "/t/shop/history",
        "/t/shop/tickets",
        "/t/shop/tickets?page=2",
        "/t/shop/tickets?page=999",
        "/t/shop/events",
        "/t/shop/audit",
    ] {
        client.open(path).await;
        assert_fits(client).await;
    }
    for id in tickets {
        client.open(&format!("/t/shop/tickets/{id}")).await;
        assert_fits(client).await;
    }
    // The menus cover the page and must not widen it.
    for menu in [".team-menu", ".user-menu"] {
        client.open("/t/shop").await;
        client.click(&format!("{menu} summary")).await;
        assert!(client.is_visible(&format!("{menu} .menu-body")).await);
        assert_fits(client).await;
    }
    for path in [
        "/nowhere",
        "/t/nowhere/vms",
        "/admin/users",
        "/t/shop/events?start=2030-01-01T00:00&end=2020-01-01T00:00",
    ] {
        client.open_failing(path).await;
        assert_fits(client).await;
    }
    for fault in [Fault::BadGateway, Fault::Refused, Fault::Html] {
        portal.simulator.set_fault(Some(0), fault);
        for path in ["/t/shop/vms", "/t/shop/tickets"] {
            client.open_failing(path).await;
            assert_fits(client).await;
        }
    }
    portal.simulator.set_fault(Some(0), None);
}

/// The confirmation of a release and its outcome, with names of maximum length.
async fn assert_control_fits(client: &mut TestClient, portal: &TestPortal) {
    for (list, ids) in [
        ("monitored", portal.simulator.monitored_ids(0)),
        ("not-monitored", portal.simulator.not_monitored_ids(0)),
    ] {
        client.open("/t/shop/vms").await;
        for id in &ids[..2] {
            client.click(&format!("input[value={id:?}]")).await;
        }
        assert_fits(client).await;
        let send = format!("form#{list} button:not([type=button])");
        client.click_and_wait(&send).await;
        assert_fits(client).await;
        client.click_and_wait("form.confirm button").await;
        assert_fits(client).await;
        assert!(client.is_visible("[role=status]").await);
    }
    for path in ["/t/shop", "/t/shop/audit"] {
        client.open(path).await;
        let open = "document.querySelectorAll('main details').forEach(it => it.open = true)";
        let _: Option<bool> = client.evaluate(open).await;
        assert_fits(client).await;
    }
}

async fn switch_language(client: &mut TestClient, language: &str) {
    client.open("/login").await;
    let button = format!("button[name=language][value={language}]");
    client.click_and_wait(&button).await;
    let spoken: String = client.evaluate("document.documentElement.lang").await;
    assert_eq!(spoken, language);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_overflows_in_korean() {
    assert_no_page_overflows("ko").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_overflows_in_english() {
    assert_no_page_overflows("en").await;
}

async fn assert_no_page_overflows(language: &str) {
    let portal = portal().await;
    let mut client = TestClient::new(&portal).await;
    client.resize(WIDTH, 800).await;
    switch_language(&mut client, language).await;
    assert_fits(&client).await;
    client.type_into("#username", "nobody").await;
    client.type_into("#password", "wrong").await;
    client.expect_failure("/login");
    client.click_and_wait("form[action='/login'] button").await;
    assert_fits(&client).await;
    client.sign_in("admin").await;
    let tickets = portal.simulator.ticket_ids(0);
    assert_all_pages_fit(&mut client, &portal, &tickets).await;
    assert_control_fits(&mut client, &portal).await;
    client.close().await;

    let mut client = TestClient::new(&portal).await;
    client.resize(WIDTH, 800).await;
    switch_language(&mut client, language).await;
    client.sign_in("site-admin").await;
    for path in ["/admin/teams", "/admin/users", "/"] {
        client.open(path).await;
        assert_fits(&client).await;
    }
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overflow_is_detected() {
    let portal = TestPortal::start().await;
    let mut client = TestClient::new(&portal).await;
    client.resize(WIDTH, 800).await;
    client.open("/login").await;
    let widen = "document.querySelector('h1').style.width = '500px'";
    let _: String = client.evaluate(widen).await;
    let out: Vec<String> = client.evaluate(STICKS_OUT).await;
    assert!(out.iter().any(|out| out.starts_with("<h1")), "{out:#?}");
    client.close().await;
}
