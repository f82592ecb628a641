//! Progressive enhancement: row selection, copy buttons, the back button.

use secmon_portal::{model::Role, simulator::Options};

use crate::{
    client::TestClient,
    portal::{TestPortal, options},
};

const ALL: &str = "[data-list=not-monitored] [data-select-all]";
const NONE: &str = "form#not-monitored [data-select-none]";
const ASK: &str = "form#not-monitored button:not([type=button])";
const COUNT: &str = "form#not-monitored [data-count]";

/// An operator on the page of VM control.
async fn at_control() -> (TestPortal, TestClient) {
    at_control_of(options().vms).await
}

/// The same, with so many VMs.
async fn at_control_of(vms: usize) -> (TestPortal, TestClient) {
    let names = ["쇼핑몰 운영팀", "뱅킹 플랫폼팀"];
    let options = Options { vms, ..options() };
    let portal = TestPortal::start_with(options, names).await;
    portal.add_user("operator", "박운영", Role::Operator).await;
    let mut client = TestClient::new(&portal).await;
    client.sign_in("operator").await;
    client.open("/t/shop/vms").await;
    (portal, client)
}

/// The ids of a list's boxes in display order: all of them, or only the checked ones.
async fn boxes(client: &TestClient, list: &str, chosen: bool) -> Vec<String> {
    let only = if chosen { ":checked" } else { "" };
    let boxes = format!("[data-list={list:?}] input[name=id]{only}");
    client.attributes(&boxes, "value").await
}

/// The number in the selection bar.
async fn count(client: &TestClient) -> usize {
    assert!(client.is_visible(COUNT).await, "the bar is shown");
    let text = client.texts(COUNT).await.concat();
    let number = |c: char| !c.is_ascii_digit();
    let first = text.split(number).find(|part| !part.is_empty());
    first.and_then(|value| value.parse().ok()).expect(&text)
}

#[tokio::test(flavor = "multi_thread")]
async fn select_all_checks_shown_rows_and_counts_them() {
    let (portal, mut client) = at_control().await;
    let shown = boxes(&client, "not-monitored", false).await;
    assert_eq!(shown.len(), portal.simulator.not_monitored_ids(0).len());
    client.click(ALL).await;
    assert_eq!(boxes(&client, "not-monitored", true).await, shown);
    assert!(boxes(&client, "monitored", true).await.is_empty());
    assert_eq!(count(&client).await, shown.len());

    // Deselect one.
    client.click(&format!("input[value={:?}]", shown[1])).await;
    assert_eq!(count(&client).await, shown.len() - 1);
    let all = format!("document.querySelector({ALL:?})");
    assert!(
        client
            .evaluate::<bool>(&format!("{all}.indeterminate"))
            .await
    );
    client.click(ALL).await;
    assert_eq!(count(&client).await, shown.len());
    client.click(ALL).await;
    assert!(boxes(&client, "not-monitored", true).await.is_empty());
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn select_all_in_filtered_list_checks_matches_only() {
    let (portal, mut client) = at_control().await;
    let all = portal.simulator.not_monitored_ids(0);
    let address = client.texts("[data-list=not-monitored] code").await[0].clone();
    client.type_into("#q", &address).await;
    client.click_and_wait("form.filter button").await;
    let shown = boxes(&client, "not-monitored", false).await;
    assert!(!shown.is_empty() && shown.len() < all.len(), "{shown:?}");
    client.click(ALL).await;
    assert_eq!(boxes(&client, "not-monitored", true).await, shown);
    assert_eq!(count(&client).await, shown.len());

    // Only they are sent, and the filter stays.
    client
        .click_and_wait("form#not-monitored button:not([type=button])")
        .await;
    client.click_and_wait("form.confirm button").await;
    let monitored = portal.simulator.monitored_ids(0);
    let added = all.iter().filter(|id| monitored.contains(id));
    assert_eq!(added.count(), shown.len());
    assert!(client.path().await.contains(&format!("q={address}")));
    let typed: String = client.evaluate("document.querySelector('#q').value").await;
    assert_eq!(typed, address);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shift_click_selects_a_range() {
    let (_portal, mut client) = at_control().await;
    let shown = boxes(&client, "not-monitored", false).await;
    let choose = |place: usize| format!("input[value={:?}]", shown[place]);
    client.click(&choose(1)).await;
    client.shift_click(&choose(4)).await;
    assert_eq!(boxes(&client, "not-monitored", true).await, shown[1..=4]);
    assert_eq!(count(&client).await, 4);
    // Upwards, and to none.
    client.click(&choose(3)).await;
    client.shift_click(&choose(2)).await;
    let chosen = boxes(&client, "not-monitored", true).await;
    assert_eq!(chosen, [shown[1].clone(), shown[4].clone()]);
    let selected: String = client.evaluate("String(getSelection())").await;
    assert_eq!(selected, "", "no text is selected on the way");
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sort_and_filter_stay_through_an_action() {
    let (portal, mut client) = at_control().await;
    client.open("/t/shop/vms?q=192.168&sort=-name").await;
    let before = boxes(&client, "not-monitored", false).await;
    client.click(&format!("input[value={:?}]", before[0])).await;
    client
        .click_and_wait("form#not-monitored button:not([type=button])")
        .await;
    client.click_and_wait("form.confirm button").await;
    let path = client.path().await;
    assert!(
        path.starts_with("/t/shop/vms?q=192.168&sort=-name"),
        "{path}"
    );
    let after = boxes(&client, "not-monitored", false).await;
    assert_eq!(after, before[1..]);
    assert!(portal.simulator.monitored_ids(0).contains(&before[0]));

    // And through a canceled release.
    let released = boxes(&client, "monitored", false).await[0].clone();
    client.click(&format!("input[value={released:?}]")).await;
    client
        .click_and_wait("form#monitored button:not([type=button])")
        .await;
    client.click_and_wait("form.confirm a").await;
    let path = client.path().await;
    assert!(
        path.starts_with("/t/shop/vms?q=192.168&sort=-name"),
        "{path}"
    );
    assert!(portal.simulator.monitored_ids(0).contains(&released));
    client.close().await;
}

/// The ids that a confirmation would send.
async fn asked(client: &TestClient) -> Vec<String> {
    let mut ids = client.attributes("form.confirm [name=id]", "value").await;
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn selection_survives_paging_and_cancel() {
    let (portal, mut client) = at_control_of(1_500).await;
    let first = boxes(&client, "not-monitored", false).await;
    let next = "#not-monitored-list a[rel=next]";
    client.click(ALL).await;
    assert_eq!(count(&client).await, first.len());
    client.click_and_wait(next).await;
    assert!(boxes(&client, "not-monitored", true).await.is_empty());
    let second = boxes(&client, "not-monitored", false).await;
    client.click(&format!("input[value={:?}]", second[2])).await;
    assert_eq!(count(&client).await, first.len() + 1);
    let text = client.texts(COUNT).await.concat();
    let elsewhere = format!("{} of them not shown on this page", first.len());
    assert!(text.contains(&elsewhere), "{text}");

    // Ask for all of it, then cancel.
    let mut all = [first.clone(), vec![second[2].clone()]].concat();
    all.sort();
    client.click_and_wait(ASK).await;
    assert_eq!(asked(&client).await, all);
    client.click_and_wait("form.confirm a").await;
    assert_eq!(boxes(&client, "not-monitored", true).await, second[2..=2]);
    assert_eq!(count(&client).await, all.len());

    // Sorting, and the back button.
    client
        .click_and_wait("[data-list=not-monitored] [aria-sort] a")
        .await;
    assert_eq!(count(&client).await, all.len());
    client.go_back().await;
    assert_eq!(count(&client).await, all.len());

    // The other list and the other team have their own selection.
    assert!(boxes(&client, "monitored", true).await.is_empty());
    client.open("/t/bank/vms").await;
    assert_eq!(client.texts(COUNT).await, ["None selected"]);

    // Sending clears it.
    client.open("/t/shop/vms").await;
    assert_eq!(boxes(&client, "not-monitored", true).await, first);
    client.click_and_wait(ASK).await;
    client.click_and_wait("form.confirm button").await;
    let monitored = portal.simulator.monitored_ids(0);
    assert!(all.iter().all(|id| monitored.contains(id)));
    assert_eq!(client.texts(COUNT).await, ["None selected"]);
    client.open("/t/shop/vms").await;
    assert_eq!(client.texts(COUNT).await, ["None selected"]);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn selection_hidden_by_filter_is_counted_and_can_be_cleared() {
    let (_portal, mut client) = at_control().await;
    client.click(ALL).await;
    let chosen = count(&client).await;
    client.open("/t/shop/vms?q=nothing-is-named-so").await;
    assert!(!client.is_visible(ALL).await, "nothing matches");
    assert_eq!(count(&client).await, chosen);
    client.click_and_wait(ASK).await;
    assert_eq!(asked(&client).await.len(), chosen);
    client.go_back().await;
    assert!(client.is_visible(NONE).await);
    client.click(NONE).await;
    assert!(
        !client.is_visible(COUNT).await,
        "there is nothing to be said"
    );
    client.open("/t/shop/vms").await;
    assert!(boxes(&client, "not-monitored", true).await.is_empty());
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ip_is_copied_with_one_click() {
    let (_portal, mut client) = at_control().await;
    let button = "[data-list=monitored] button.copy";
    let address = client.attributes(button, "data-copy").await[0].clone();
    client.click(button).await;
    client
        .wait_until("!!document.querySelector('button.copy.is-copied')")
        .await;
    client.paste_into("#q").await;
    let pasted: String = client.evaluate("document.querySelector('#q').value").await;
    assert_eq!(pasted, address);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn back_button_restores_the_list() {
    let (_portal, mut client) = at_control().await;
    client.open("/t/shop/tickets").await;
    client.click_and_wait("a[rel=next]").await;
    let list = client.path().await;
    let ids = client.attributes("tbody tr", "data-id").await;
    client.click_and_wait("tbody tr:last-child th a").await;
    assert!(client.is_visible("article.ticket").await);
    client.go_back().await;
    assert_eq!(client.path().await, list);
    assert_eq!(client.attributes("tbody tr", "data-id").await, ids);

    client.open("/t/shop/vms?q=192.168&sort=-name").await;
    let rows = client.attributes("tbody tr", "data-id").await;
    client
        .click_and_wait(".tabs a[href='/t/shop/history']")
        .await;
    client.go_back().await;
    assert_eq!(client.path().await, "/t/shop/vms?q=192.168&sort=-name");
    assert_eq!(client.attributes("tbody tr", "data-id").await, rows);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn script_controls_are_hidden_without_scripts() {
    let (_portal, mut client) = at_control().await;
    client.disable_scripts().await;
    client.open("/t/shop/vms").await;
    for selector in [ALL, COUNT, "button.copy", "[data-select-none]"] {
        assert!(!client.is_visible(selector).await, "{selector}");
    }
    client.close().await;
}
