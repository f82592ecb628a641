//! The warning before a session ends.

use chrono::TimeDelta;
use secmon_portal::{
    model::{Clock, Role},
    simulator::Options,
};

use crate::{
    client::TestClient,
    portal::{TestPortal, options},
};

const WARNED: &str = "!document.querySelector('[data-session]').hidden";
const NOT_WARNED: &str = "document.querySelector('[data-session]').hidden";

/// Moves the portal's clock and the page's.
async fn advance_clock(clock: &Clock, client: &TestClient, minutes: i64) {
    clock.advance(TimeDelta::minutes(minutes));
    let later = format!(
        "(() => {{ const before = Date.now; Date.now = () => before() + {}; return true; }})()",
        minutes * 60_000
    );
    assert!(client.evaluate::<bool>(&later).await);
}

/// A signed-in user at a portal with a clock that the test moves.
async fn signed_in(name: &str, role: Role) -> (Clock, TestPortal, TestClient) {
    let clock = Clock::stopped(Clock::system().now());
    let around = Options {
        now: clock.clone(),
        ..options()
    };
    let portal = TestPortal::start_with(around, ["Shop", "Bank"]).await;
    portal.add_user(name, name, role).await;
    let mut client = TestClient::new(&portal).await;
    client.sign_in(name).await;
    (clock, portal, client)
}

/// On the sign-in page after the end of the session.
async fn sign_in_again(client: &mut TestClient, name: &str) {
    client.type_into("#username", name).await;
    client.type_into("#password", crate::portal::PASSWORD).await;
    client.click_and_wait("form[action='/login'] button").await;
}

/// An expression: whether the page's script has requested an address so many times.
fn asked(path: &str, times: usize) -> String {
    format!("performance.getEntriesByName(location.origin + '{path}').length >= {times}")
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_user_is_warned_and_can_prolong_session() {
    let (clock, _portal, mut client) = signed_in("operator", Role::Operator).await;
    client.open("/t/shop/vms").await;
    assert!(!client.is_visible("[data-session]").await);
    client.click("#q").await;

    advance_clock(&clock, &client, 7 * 60 + 56).await;
    client.wait_until(WARNED).await;
    let words = client.texts("[data-session] [role=alert]").await.concat();
    assert!(!words.contains(char::is_numeric), "{words}");
    let left = client.texts("[data-session] [role=timer]").await.concat();
    assert!(left == "4:00" || left.starts_with("3:"), "{left}");
    let focus: String = client.evaluate("document.activeElement.id").await;
    assert_eq!(focus, "q", "who types goes on typing");
    client.click("[data-prolong]").await;
    client.wait_until(NOT_WARNED).await;

    // Activity in another tab counts here too.
    advance_clock(&clock, &client, 7 * 60 + 50).await;
    let other_tab = "(fetch('/account').then((answer) => answer.text()), true)";
    assert!(client.evaluate::<bool>(other_tab).await);
    client.wait_until(&asked("/account", 1)).await;
    advance_clock(&clock, &client, 6).await;
    client.wait_until(&asked("/session", 2)).await;
    client.wait_until(NOT_WARNED).await;

    advance_clock(&clock, &client, 8 * 60).await;
    client
        .wait_until("!document.querySelector('[data-sign-in]').hidden")
        .await;
    assert!(!client.is_visible("[data-prolong]").await);
    client.click_and_wait("[data-sign-in]").await;
    assert!(client.path().await.starts_with("/login?next=/t/shop/vms"));
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn form_sent_after_session_end_is_restored_after_sign_in() {
    let (clock, _portal, mut client) = signed_in("admin", Role::Admin).await;
    client.open("/t/shop/settings").await;
    let form = "form[action=\"/t/shop/settings/members\"]";
    client
        .type_into(&format!("{form} [name=username]"), "newcomer")
        .await;
    let choose = format!("(document.querySelector('{form} [name=role]').value = 'manager', true)");
    assert!(client.evaluate::<bool>(&choose).await);
    clock.advance(TimeDelta::hours(9));
    client.click_and_wait(&format!("{form} button")).await;
    assert!(client.path().await.starts_with("/login?next="));
    let notice = client.texts("[data-unsent]").await.concat();
    assert!(notice.contains("not sent"), "{notice}");
    sign_in_again(&mut client, "admin").await;
    assert_eq!(client.path().await, "/t/shop/settings");
    assert_eq!(client.texts("main > [role=status]").await.len(), 1);
    let typed = format!("document.querySelector('{form} [name=username]').value");
    assert_eq!(client.evaluate::<String>(&typed).await, "newcomer");
    let role = format!("document.querySelector('{form} [name=role]').value");
    assert_eq!(client.evaluate::<String>(&role).await, "manager");
    // Once: the draft is gone.
    client.open("/t/shop/settings").await;
    assert_eq!(client.evaluate::<String>(&typed).await, "");
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reason_of_an_unsent_confirmation_is_restored_too() {
    let (clock, portal, mut client) = signed_in("operator", Role::Operator).await;
    client.open("/t/shop/vms").await;
    let id = &portal.simulator.not_monitored_ids(0)[0];
    client.click(&format!("input[value={id:?}]")).await;
    let add = "button[formaction*='/vms/add'], form[action*='/vms/add'] .btn-primary";
    client.click_and_wait(add).await;
    client.type_into("[name=reason]", "CHG-1234").await;
    clock.advance(TimeDelta::hours(9));
    client.click_and_wait("main form .btn-primary").await;
    assert!(client.path().await.starts_with("/login?next="));
    sign_in_again(&mut client, "operator").await;
    assert_eq!(client.path().await, "/t/shop/vms");
    assert_eq!(client.texts("main > [role=status]").await.len(), 1);
    client.click_and_wait(add).await;
    let reason = "document.querySelector('[name=reason]').value";
    assert_eq!(client.evaluate::<String>(reason).await, "CHG-1234");
    client.close().await;
}
