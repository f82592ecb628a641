//! The two server lists: content, search, order and paging.

use insta::assert_snapshot;
use secmon_portal::simulator::{Endpoint, Fault};

use crate::support::{ACME, Page, Portal, outline};

const NOT_MONITORED: &str = "#not-monitored-list";
const MONITORED: &str = "#monitored-list";

#[tokio::test]
async fn viewer_sees_both_lists() {
    let portal = Portal::start_with(|config| config.api.vms = 12).await;
    let page = portal.sign_in("viewer").await.get("/t/acme/vms").await;
    assert_snapshot!(outline(&page), @"
    # Servers
    Search name, IP, OS or status
    _q: search_
    Show
    _show_ All servers | New servers that nobody has added | Servers released outside this portal | Servers that changed in the last 7 days
    List
    _list_ Both lists | Not monitored | Requested, waiting | Monitored
    OS
    _os_ Any | CentOS 6.10 | Debian 12.5 | Ubuntu 20.04.6 LTS | Ubuntu 22.04.3 LTS | Windows Server 2019
    (Filter)
    As of 2025-06-11 12:00:00 KST
    Download:
    [CSV](/t/acme/vms.csv)
    [Excel](/t/acme/vms.xlsx)
    [Not monitored 2](#not-monitored-list)
    [Monitored or pending 2](#monitored-list)
    ## Not monitored 2
    2 items to choose, 8 VMs
    | Name | Floating IP | Fixed IP | OS | Status |
    | web-prod-01 | 133.186.154.241 | 192.168.0.5 | Ubuntu 20.04.6 LTS | Not monitored |
    | lb-검색-01 Load balancer its 7 VMs are added with it | 133.186.112.201 | 192.168.0.6 | – | Not monitored |
    | admin-관리자-101 | – | 192.168.0.7 | CentOS 6.10 | Not monitored |
    | admin-관리자-102 | – | 192.168.0.8 | Windows Server 2019 | Not monitored |
    | admin-관리자-103 | – | 192.168.0.9 | Debian 12.5 | Not monitored |
    | admin-관리자-104 | – | 192.168.0.10 | Ubuntu 20.04.6 LTS | Not monitored |
    | admin-관리자-105 | – | 192.168.0.11 | Ubuntu 20.04.6 LTS | Not monitored |
    | admin-관리자-106 | – | 192.168.0.12 | Debian 12.5 | Not monitored |
    | admin-관리자-107 | – | 192.168.0.13 | Debian 12.5 | Not monitored |
    ## Monitored or pending 2
    2 items to choose, 4 VMs
    | Name | Floating IP | Fixed IP | OS | Status |
    | admin-관리자-03 | – | 192.168.0.14 | Ubuntu 20.04.6 LTS | Monitored |
    | lb-web-prod-02 Load balancer its 3 VMs are released with it | 133.186.154.92 | 192.168.0.15 | – | Monitored |
    | 로그수집-201 | – | 192.168.0.16 | Ubuntu 20.04.6 LTS | Monitored |
    | 로그수집-202 | – | 192.168.0.17 | Ubuntu 22.04.3 LTS | Monitored |
    | 로그수집-203 | 133.186.154.142 | 192.168.0.18 | Windows Server 2019 | Monitored |
    ");
}

#[tokio::test]
async fn each_list_shows_its_count() {
    let portal = Portal::start().await;
    let page = portal.sign_in("viewer").await.get("/t/acme/vms").await;
    for (list, ids) in [
        (NOT_MONITORED, portal.simulator.not_monitored_ids(ACME)),
        (MONITORED, portal.simulator.monitored_ids(ACME)),
    ] {
        assert_eq!(
            page.text_of(&format!("{list} .count")),
            ids.len().to_string()
        );
        let balancers = portal.simulator.load_balancers(ACME);
        let vms = |id: &String| {
            let balancer = balancers.iter().find(|(balancer, _)| balancer == id);
            balancer.map_or(1, |(_, vms)| vms.len())
        };
        let servers: usize = ids.iter().map(vms).sum();
        let told = page.text_of(&format!("{list} .list-heading .muted"));
        assert_eq!(
            told,
            format!("{} items to choose, {servers} VMs", ids.len())
        );
    }
}

#[tokio::test]
async fn operator_can_select_load_balancers_and_standalone_vms_only() {
    let portal = Portal::start().await;
    let page = portal.sign_in("operator").await.get("/t/acme/vms").await;
    for (list, ids) in [
        (NOT_MONITORED, portal.simulator.not_monitored_ids(ACME)),
        (MONITORED, portal.simulator.monitored_ids(ACME)),
    ] {
        let boxes = format!("{list} input[type=checkbox][name=id]");
        assert_eq!(page.attributes(&boxes, "value"), ids);
    }
    let (_, behind) = portal.load_balancer(false);
    for vm in behind {
        assert!(page.has(&format!("[data-id='{vm}']")));
        assert!(!page.has(&format!("input[value='{vm}']")));
    }
}

#[tokio::test]
async fn search_covers_every_cell_and_stays_in_the_url() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/vms?sort=-name").await;
    let all = page.ids(NOT_MONITORED).len();
    for wanted in cells_of_a_vm(&page) {
        let form = page.form("main form[role=search]").fill("q", &wanted);
        let found = viewer.submit(&form).await;
        assert!(found.address.ends_with("&sort=-name"), "{}", found.address);
        assert_eq!(
            found.form("main form[role=search]").value("q"),
            Some(&*wanted)
        );
        let rows = found.texts(&format!("{NOT_MONITORED} tbody"));
        assert!(!rows.is_empty() && rows.len() < all, "{wanted}");
        for row in rows {
            let row = row.to_lowercase();
            assert!(row.contains(&wanted.to_lowercase()), "{wanted} in {row}");
        }
    }
    let none = viewer.get("/t/acme/vms?q=no-such-server").await;
    assert_eq!(none.texts(".empty"), ["No servers match."; 2]);
    assert_eq!(none.link(".filter a"), "/t/acme/vms");
}

fn cells_of_a_vm(page: &Page) -> Vec<String> {
    let rows = page.rows(&format!("{NOT_MONITORED} tbody:not(.group) tr"));
    let full = rows
        .iter()
        .find(|row| row[1] != "–")
        .expect("has both addresses");
    vec![full[0].to_uppercase(), full[1].clone(), full[2].clone()]
}

#[tokio::test]
async fn column_heading_sorts_and_then_reverses() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/vms?q=0").await;
    let page = viewer.get(&page.link("th a[href$='sort=fixed']")).await;
    assert_eq!(page.address, "/t/acme/vms?q=0&sort=fixed");
    let upward = fixed_addresses(&page);
    assert!(upward.is_sorted(), "{upward:?}");
    let page = viewer.get(&page.link("th a[href$='sort=-fixed']")).await;
    let mut downward = fixed_addresses(&page);
    assert!(downward.iter().rev().is_sorted(), "{downward:?}");
    assert_eq!(
        page.attributes("th[aria-sort=descending] a", "href").len(),
        2
    );
    downward.reverse();
    assert_eq!(downward, upward);
}

fn fixed_addresses(page: &Page) -> Vec<std::net::Ipv4Addr> {
    let rows = page.rows(&format!("{NOT_MONITORED} tbody tr:not(.lb-member)"));
    let fixed = |row: &Vec<String>| row[2].parse().expect("an address");
    rows.iter().map(fixed).collect()
}

#[tokio::test]
async fn pages_of_a_long_list_keep_search_and_order() {
    let portal = Portal::start_with(|config| config.api.vms = 2000).await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut seen = Vec::new();
    let mut page = viewer.get("/t/acme/vms?q=a&sort=name").await;
    loop {
        let shown = page.attributes(
            &format!("{NOT_MONITORED} tr:not(.lb-member)[data-id]"),
            "data-id",
        );
        assert!(shown.len() <= 400);
        seen.extend(shown);
        let next = format!("{NOT_MONITORED} a[rel=next]");
        if !page.has(&next) {
            break;
        }
        let back = page.address.clone();
        page = viewer.get(&page.link(&next)).await;
        assert!(page.address.starts_with("/t/acme/vms?q=a&sort=name&page="));
        assert_eq!(page.link(&format!("{NOT_MONITORED} a[rel=prev]")), back);
    }
    let all: std::collections::HashSet<_> = seen.iter().collect();
    assert_eq!(all.len(), seen.len(), "a server stood on two pages");
    let told = page.text_of(&format!("{NOT_MONITORED} strong"));
    assert!(
        told.contains(&format!("the {} that match", seen.len())),
        "{told}"
    );
}

#[tokio::test]
async fn invalid_parameters_show_the_default_list() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for nonsense in [
        "page=abc",
        "page=-1",
        "page=0",
        "page=1.5",
        "sort=%00",
        "sort=-",
        "request=x",
        "request=%00",
        "notice=%3Cb%3E",
    ] {
        let page = viewer.get(&format!("/t/acme/vms?{nonsense}")).await;
        assert_eq!(page.status, 200, "{nonsense}");
        assert!(!page.has("[role=alert], [role=status]"), "{nonsense}");
        let shown = format!("{NOT_MONITORED} tr:not(.lb-member)[data-id]");
        assert_eq!(
            page.attributes(&shown, "data-id"),
            portal.simulator.not_monitored_ids(ACME)
        );
    }
    let page = viewer.get("/t/acme/vms?page=99999999999").await;
    let past = format!("{NOT_MONITORED} .empty");
    assert_eq!(page.text_of(&past), "No more items.");
}

#[tokio::test]
async fn server_lists_are_requested_concurrently() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    viewer.get("/t/acme/vms").await;
    let mut calls = portal.calls();
    calls.sort_by_key(|endpoint| *endpoint == Endpoint::AppliedVms);
    assert_eq!(calls, [Endpoint::NotAppliedVms, Endpoint::AppliedVms]);
    // Both calls hang, and both were sent.
    portal.simulator.set_fault(None, Fault::Hang);
    let both = async {
        portal.is_called(Endpoint::NotAppliedVms).await;
        portal.is_called(Endpoint::AppliedVms).await;
    };
    tokio::select! {
        _ = viewer.get("/t/acme/vms") => panic!("nothing was answered"),
        () = both => {}
    }
}

#[tokio::test]
async fn server_lists_show_their_read_time() {
    let portal = Portal::start().await;
    let page = portal.sign_in("viewer").await.get("/t/acme/vms").await;
    assert_eq!(page.text_of(".freshness"), "As of 2025-06-11 12:00:00 KST");
}

#[tokio::test]
async fn search_of_any_characters_survives_every_link() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    let name = "웹 & 100% + <b>\"#?=/";
    assert!(portal.simulator.rename_server(ACME, &vm, name));
    let page = operator.get("/t/acme/vms").await;
    let form = page.form("main form[role=search]").fill("q", name);
    let mut page = operator.submit(&form).await;
    for _ in 0..2 {
        assert_eq!(page.form("main form[role=search]").value("q"), Some(name));
        assert_eq!(page.ids(NOT_MONITORED), [&*vm]);
        page = operator
            .get(&page.link("#not-monitored-list th[aria-sort] a[href$=name]"))
            .await;
    }
    let form = page.form("form#not-monitored");
    let page = operator.submit_and_follow(&form).await;
    assert_eq!(page.form("main form[role=search]").value("q"), Some(name));
    let (action, sort) = (page.form("form.preferences"), "&sort=-name");
    let answer = operator.submit(&action.smuggle("theme", "dark")).await;
    let there = answer.location().expect("leads back");
    assert!(there.contains(sort), "{there}");
    let page = operator.follow(answer).await;
    assert_eq!(page.form("main form[role=search]").value("q"), Some(name));
}

#[tokio::test]
async fn list_parameter_shows_one_state_of_servers() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let pending = portal.vms(false, 1).remove(0);
    let form = crate::control::form(&mut operator, "add").await;
    operator.submit(&form.check(&[&pending])).await;
    let monitored = portal.simulator.monitored_ids(ACME);
    let free = portal.simulator.not_monitored_ids(ACME);
    let is_pending = |id: &String| portal.simulator.status(ACME, id) == Some("접수대기");
    let (waiting, active): (Vec<_>, Vec<_>) = monitored.iter().cloned().partition(is_pending);
    assert!(waiting.contains(&pending) && !active.is_empty());
    for (list, shown) in [
        ("not-monitored", [free.clone(), Vec::new()]),
        ("pending", [Vec::new(), waiting]),
        ("monitored", [Vec::new(), active]),
        ("all", [free, monitored]),
    ] {
        let page = operator.get(&format!("/t/acme/vms?list={list}")).await;
        let ids = ["not-monitored", "monitored"].map(|kind| {
            let rows = format!("#{kind}-list tr:not(.lb-member)[data-id]");
            page.attributes(&rows, "data-id")
        });
        assert_eq!(ids.map(sorted), shown.map(sorted), "{list}");
        let file = page.attributes(".files a", "href").remove(0);
        assert_eq!(file, format!("/t/acme/vms.csv?list={list}"));
    }
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

#[tokio::test]
async fn os_parameter_shows_servers_of_one_system() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/vms").await;
    let systems = page.texts("#os option");
    assert!(systems.len() > 2, "{systems:?}");
    let form = page.form("form.filter").fill("os", &systems[1]);
    let page = viewer.submit(&form).await;
    let rows = page.rows("#not-monitored-list tbody tr:not(.lb, .lb-member)");
    assert!(rows.iter().all(|row| row.contains(&systems[1])), "{rows:?}");
    let shown = page.texts(".list-box td.os");
    assert!(shown.contains(&systems[1]), "{shown:?}");
    // The filter stays with the order, the file and the button for all.
    assert!(page.attributes("[aria-sort] a", "href")[0].contains("os="));
    assert!(page.attributes(".files a", "href")[0].contains("os="));
}
