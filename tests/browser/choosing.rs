//! What scripts make quicker: choosing many, copying an address, finding the way back.

use secmon_portal::{model::Role, simulator::Options};

use crate::{
    portal::{TestPortal, options},
    visitor::TestClient,
};

const ALL: &str = "[data-list=not-monitored] [data-choose-all]";
const NONE: &str = "form#not-monitored [data-choose-none]";
const ASK: &str = "form#not-monitored button:not([type=button])";
const COUNT: &str = "form#not-monitored [data-count]";

/// An operator in front of VM control.
async fn at_control() -> (TestPortal, TestClient) {
    at_control_of(options().vms).await
}

/// The same, with so many VMs.
async fn at_control_of(vms: usize) -> (TestPortal, TestClient) {
    let names = ["쇼핑몰 운영팀", "뱅킹 플랫폼팀"];
    let options = Options { vms, ..options() };
    let portal = TestPortal::start_with(options, names).await;
    portal.add_user("operator", "박운영", Role::Operator).await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.signs_in("operator").await;
    visitor.opens("/t/shop/vms").await;
    (portal, visitor)
}

/// The ids of a list's boxes, in their shown order: all of them, or only the chosen ones.
async fn boxes(visitor: &TestClient, list: &str, chosen: bool) -> Vec<String> {
    let only = if chosen { ":checked" } else { "" };
    let boxes = format!("[data-list={list:?}] input[name=id]{only}");
    visitor.attributes(&boxes, "value").await
}

/// The number in the bar.
async fn count(visitor: &TestClient) -> usize {
    assert!(visitor.sees(COUNT).await, "the bar is shown");
    let text = visitor.texts(COUNT).await.concat();
    let number = |c: char| !c.is_ascii_digit();
    let first = text.split(number).find(|part| !part.is_empty());
    first.and_then(|value| value.parse().ok()).expect(&text)
}

#[tokio::test(flavor = "multi_thread")]
async fn select_all_chooses_what_is_shown_and_the_bar_counts_it() {
    let (portal, mut visitor) = at_control().await;
    let shown = boxes(&visitor, "not-monitored", false).await;
    assert_eq!(shown.len(), portal.simulator.not_monitored_ids(0).len());
    visitor.clicks(ALL).await;
    assert_eq!(boxes(&visitor, "not-monitored", true).await, shown);
    assert!(boxes(&visitor, "monitored", true).await.is_empty());
    assert_eq!(count(&visitor).await, shown.len());

    // One taken out again.
    visitor
        .clicks(&format!("input[value={:?}]", shown[1]))
        .await;
    assert_eq!(count(&visitor).await, shown.len() - 1);
    let all = format!("document.querySelector({ALL:?})");
    assert!(visitor.reads::<bool>(&format!("{all}.indeterminate")).await);
    visitor.clicks(ALL).await;
    assert_eq!(count(&visitor).await, shown.len());
    visitor.clicks(ALL).await;
    assert!(boxes(&visitor, "not-monitored", true).await.is_empty());
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn select_all_of_a_filtered_list_chooses_the_matches_only() {
    let (portal, mut visitor) = at_control().await;
    let all = portal.simulator.not_monitored_ids(0);
    let address = visitor.texts("[data-list=not-monitored] code").await[0].clone();
    visitor.types_into("#q", &address).await;
    visitor.clicks_through("form.filter button").await;
    let shown = boxes(&visitor, "not-monitored", false).await;
    assert!(!shown.is_empty() && shown.len() < all.len(), "{shown:?}");
    visitor.clicks(ALL).await;
    assert_eq!(boxes(&visitor, "not-monitored", true).await, shown);
    assert_eq!(count(&visitor).await, shown.len());

    // Only they are sent, and the filter stays.
    visitor
        .clicks_through("form#not-monitored button:not([type=button])")
        .await;
    visitor.clicks_through("form.confirm button").await;
    let monitored = portal.simulator.monitored_ids(0);
    let added = all.iter().filter(|id| monitored.contains(id));
    assert_eq!(added.count(), shown.len());
    assert!(visitor.path().await.contains(&format!("q={address}")));
    let typed: String = visitor.reads("document.querySelector('#q').value").await;
    assert_eq!(typed, address);
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_with_shift_chooses_a_range() {
    let (_portal, mut visitor) = at_control().await;
    let shown = boxes(&visitor, "not-monitored", false).await;
    let choose = |place: usize| format!("input[value={:?}]", shown[place]);
    visitor.clicks(&choose(1)).await;
    visitor.shift_clicks(&choose(4)).await;
    assert_eq!(boxes(&visitor, "not-monitored", true).await, shown[1..=4]);
    assert_eq!(count(&visitor).await, 4);
    // Upwards, and to none.
    visitor.clicks(&choose(3)).await;
    visitor.shift_clicks(&choose(2)).await;
    let chosen = boxes(&visitor, "not-monitored", true).await;
    assert_eq!(chosen, [shown[1].clone(), shown[4].clone()]);
    let selected: String = visitor.reads("String(getSelection())").await;
    assert_eq!(selected, "", "no text is selected on the way");
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sort_and_filter_stay_through_an_action() {
    let (portal, mut visitor) = at_control().await;
    visitor.opens("/t/shop/vms?q=192.168&sort=-name").await;
    let before = boxes(&visitor, "not-monitored", false).await;
    visitor
        .clicks(&format!("input[value={:?}]", before[0]))
        .await;
    visitor
        .clicks_through("form#not-monitored button:not([type=button])")
        .await;
    visitor.clicks_through("form.confirm button").await;
    let path = visitor.path().await;
    assert!(
        path.starts_with("/t/shop/vms?q=192.168&sort=-name"),
        "{path}"
    );
    let after = boxes(&visitor, "not-monitored", false).await;
    assert_eq!(after, before[1..]);
    assert!(portal.simulator.monitored_ids(0).contains(&before[0]));

    // And through a release that is thought better of.
    let released = boxes(&visitor, "monitored", false).await[0].clone();
    visitor.clicks(&format!("input[value={released:?}]")).await;
    visitor
        .clicks_through("form#monitored button:not([type=button])")
        .await;
    visitor.clicks_through("form.confirm a").await;
    let path = visitor.path().await;
    assert!(
        path.starts_with("/t/shop/vms?q=192.168&sort=-name"),
        "{path}"
    );
    assert!(portal.simulator.monitored_ids(0).contains(&released));
    visitor.leaves().await;
}

/// What a confirmation would send.
async fn asked(visitor: &TestClient) -> Vec<String> {
    let mut ids = visitor.attributes("form.confirm [name=id]", "value").await;
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_chosen_stays_chosen_on_other_pages_and_after_cancel() {
    let (portal, mut visitor) = at_control_of(1_500).await;
    let first = boxes(&visitor, "not-monitored", false).await;
    let next = "#not-monitored-list a[rel=next]";
    visitor.clicks(ALL).await;
    assert_eq!(count(&visitor).await, first.len());
    visitor.clicks_through(next).await;
    assert!(boxes(&visitor, "not-monitored", true).await.is_empty());
    let second = boxes(&visitor, "not-monitored", false).await;
    visitor
        .clicks(&format!("input[value={:?}]", second[2]))
        .await;
    assert_eq!(count(&visitor).await, first.len() + 1);
    let text = visitor.texts(COUNT).await.concat();
    let elsewhere = format!("{} of them not shown on this page", first.len());
    assert!(text.contains(&elsewhere), "{text}");

    // All of it is asked for, and thought better of.
    let mut all = [first.clone(), vec![second[2].clone()]].concat();
    all.sort();
    visitor.clicks_through(ASK).await;
    assert_eq!(asked(&visitor).await, all);
    visitor.clicks_through("form.confirm a").await;
    assert_eq!(boxes(&visitor, "not-monitored", true).await, second[2..=2]);
    assert_eq!(count(&visitor).await, all.len());

    // Sorting, and the browser's own way back.
    visitor
        .clicks_through("[data-list=not-monitored] [aria-sort] a")
        .await;
    assert_eq!(count(&visitor).await, all.len());
    visitor.goes_back().await;
    assert_eq!(count(&visitor).await, all.len());

    // The other list and the other team know nothing of it.
    assert!(boxes(&visitor, "monitored", true).await.is_empty());
    visitor.opens("/t/bank/vms").await;
    assert_eq!(visitor.texts(COUNT).await, ["Nothing chosen"]);

    // After it was sent it is over.
    visitor.opens("/t/shop/vms").await;
    assert_eq!(boxes(&visitor, "not-monitored", true).await, first);
    visitor.clicks_through(ASK).await;
    visitor.clicks_through("form.confirm button").await;
    let monitored = portal.simulator.monitored_ids(0);
    assert!(all.iter().all(|id| monitored.contains(id)));
    assert_eq!(visitor.texts(COUNT).await, ["Nothing chosen"]);
    visitor.opens("/t/shop/vms").await;
    assert_eq!(visitor.texts(COUNT).await, ["Nothing chosen"]);
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_filter_hides_is_said_and_can_be_let_go() {
    let (_portal, mut visitor) = at_control().await;
    visitor.clicks(ALL).await;
    let chosen = count(&visitor).await;
    visitor.opens("/t/shop/vms?q=nothing-is-named-so").await;
    assert!(!visitor.sees(ALL).await, "nothing matches");
    assert_eq!(count(&visitor).await, chosen);
    visitor.clicks_through(ASK).await;
    assert_eq!(asked(&visitor).await.len(), chosen);
    visitor.goes_back().await;
    assert!(visitor.sees(NONE).await);
    visitor.clicks(NONE).await;
    assert!(!visitor.sees(COUNT).await, "there is nothing to be said");
    visitor.opens("/t/shop/vms").await;
    assert!(boxes(&visitor, "not-monitored", true).await.is_empty());
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_copied_with_one_click() {
    let (_portal, mut visitor) = at_control().await;
    let button = "[data-list=monitored] button.copy";
    let address = visitor.attributes(button, "data-copy").await[0].clone();
    visitor.clicks(button).await;
    visitor
        .waits_until("!!document.querySelector('button.copy.is-copied')")
        .await;
    visitor.pastes_into("#q").await;
    let pasted: String = visitor.reads("document.querySelector('#q').value").await;
    assert_eq!(pasted, address);
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_back_button_leads_from_a_ticket_to_the_list_as_it_was() {
    let (_portal, mut visitor) = at_control().await;
    visitor.opens("/t/shop/tickets").await;
    visitor.clicks_through("a[rel=next]").await;
    let list = visitor.path().await;
    let ids = visitor.attributes("tbody tr", "data-id").await;
    visitor.clicks_through("tbody tr:last-child th a").await;
    assert!(visitor.sees("article.ticket").await);
    visitor.goes_back().await;
    assert_eq!(visitor.path().await, list);
    assert_eq!(visitor.attributes("tbody tr", "data-id").await, ids);

    visitor.opens("/t/shop/vms?q=192.168&sort=-name").await;
    let rows = visitor.attributes("tbody tr", "data-id").await;
    visitor
        .clicks_through(".tabs a[href='/t/shop/history']")
        .await;
    visitor.goes_back().await;
    assert_eq!(visitor.path().await, "/t/shop/vms?q=192.168&sort=-name");
    assert_eq!(visitor.attributes("tbody tr", "data-id").await, rows);
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_nothing_is_offered_that_needs_them() {
    let (_portal, mut visitor) = at_control().await;
    visitor.disables_scripts().await;
    visitor.opens("/t/shop/vms").await;
    for selector in [ALL, COUNT, "button.copy", "[data-choose-none]"] {
        assert!(!visitor.sees(selector).await, "{selector}");
    }
    visitor.leaves().await;
}
