//! On a phone: no page scrolls to the side, whatever stands in it.

use secmon_portal::{model::Role, simulator::Fault};

use crate::{
    portal::{TestPortal, options},
    visitor::TestClient,
};

const WIDTH: i64 = 375;

/// What sticks out of the page to the right: outside everything that scrolls by itself.
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
        .map(it => it.outerHTML.slice(0, 100));
    if (root.scrollWidth > width || document.body.scrollWidth > width) out.push(`the page is ${root.scrollWidth} wide`);
    return out;
})()";

async fn fits(visitor: &TestClient) {
    let path = visitor.path().await;
    let language: String = visitor.reads("document.documentElement.lang").await;
    let out: Vec<String> = visitor.reads(STICKS_OUT).await;
    assert!(out.is_empty(), "{path} in {language}: {out:#?}");
}

/// A portal in which every name is as long as it may be.
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

/// Everything that one language has to show.
async fn all_pages_fit(visitor: &mut TestClient, portal: &TestPortal, tickets: &[String]) {
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
        visitor.opens(path).await;
        fits(visitor).await;
    }
    for id in tickets {
        visitor.opens(&format!("/t/shop/tickets/{id}")).await;
        fits(visitor).await;
    }
    // The menus cover the page and must not widen it.
    for menu in [".team-menu", ".user-menu"] {
        visitor.opens("/t/shop").await;
        visitor.clicks(&format!("{menu} summary")).await;
        assert!(visitor.sees(&format!("{menu} .menu-body")).await);
        fits(visitor).await;
    }
    for path in [
        "/nowhere",
        "/t/nowhere/vms",
        "/admin/users",
        "/t/shop/events?start=2030-01-01T00:00&end=2020-01-01T00:00",
    ] {
        visitor.opens_failing(path).await;
        fits(visitor).await;
    }
    for fault in [Fault::BadGateway, Fault::Refused, Fault::Html] {
        portal.simulator.set_fault(Some(0), fault);
        for path in ["/t/shop/vms", "/t/shop/tickets"] {
            visitor.opens_failing(path).await;
            fits(visitor).await;
        }
    }
    portal.simulator.set_fault(Some(0), None);
}

/// The question before a release, and what is told after it; with the longest names.
async fn control_fits(visitor: &mut TestClient, portal: &TestPortal) {
    for (list, ids) in [
        ("monitored", portal.simulator.monitored_ids(0)),
        ("not-monitored", portal.simulator.not_monitored_ids(0)),
    ] {
        visitor.opens("/t/shop/vms").await;
        for id in &ids[..2] {
            visitor.clicks(&format!("input[value={id:?}]")).await;
        }
        fits(visitor).await;
        let send = format!("form#{list} button:not([type=button])");
        visitor.clicks_through(&send).await;
        fits(visitor).await;
        visitor.clicks_through("form.confirm button").await;
        fits(visitor).await;
        assert!(visitor.sees("[role=status]").await);
    }
    for path in ["/t/shop", "/t/shop/audit"] {
        visitor.opens(path).await;
        let open = "document.querySelectorAll('main details').forEach(it => it.open = true)";
        let _: Option<bool> = visitor.reads(open).await;
        fits(visitor).await;
    }
}

async fn speaks(visitor: &mut TestClient, language: &str) {
    visitor.opens("/login").await;
    let button = format!("button[name=language][value={language}]");
    visitor.clicks_through(&button).await;
    let spoken: String = visitor.reads("document.documentElement.lang").await;
    assert_eq!(spoken, language);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_scrolls_to_the_side_in_korean() {
    no_page_scrolls_to_the_side("ko").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_scrolls_to_the_side_in_english() {
    no_page_scrolls_to_the_side("en").await;
}

async fn no_page_scrolls_to_the_side(language: &str) {
    let portal = portal().await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.resizes(WIDTH, 800).await;
    speaks(&mut visitor, language).await;
    fits(&visitor).await;
    visitor.types_into("#username", "nobody").await;
    visitor.types_into("#password", "wrong").await;
    visitor.expects_failure("/login");
    visitor.clicks_through("form[action='/login'] button").await;
    fits(&visitor).await;
    visitor.signs_in("admin").await;
    let tickets = portal.simulator.ticket_ids(0);
    all_pages_fit(&mut visitor, &portal, &tickets).await;
    control_fits(&mut visitor, &portal).await;
    visitor.leaves().await;

    let mut visitor = TestClient::of(&portal).await;
    visitor.resizes(WIDTH, 800).await;
    speaks(&mut visitor, language).await;
    visitor.signs_in("site-admin").await;
    for path in ["/admin/teams", "/admin/users", "/"] {
        visitor.opens(path).await;
        fits(&visitor).await;
    }
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sticks_out_is_noticed() {
    let portal = TestPortal::start().await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.resizes(WIDTH, 800).await;
    visitor.opens("/login").await;
    let widen = "document.querySelector('h1').style.width = '500px'";
    let _: String = visitor.reads(widen).await;
    let out: Vec<String> = visitor.reads(STICKS_OUT).await;
    assert!(out.iter().any(|out| out.starts_with("<h1")), "{out:#?}");
    visitor.leaves().await;
}
