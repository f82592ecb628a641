//! The warning before a session ends.

use chrono::TimeDelta;
use secmon_portal::{
    model::{Clock, Role},
    simulator::Options,
};

use crate::{
    portal::{TestPortal, options},
    visitor::TestClient,
};

const WARNED: &str = "!document.querySelector('[data-session]').hidden";
const NOT_WARNED: &str = "document.querySelector('[data-session]').hidden";

/// For the portal, and for the page that is open.
async fn time_passes(clock: &Clock, visitor: &TestClient, minutes: i64) {
    clock.advance(TimeDelta::minutes(minutes));
    let later = format!(
        "(() => {{ const before = Date.now; Date.now = () => before() + {}; return true; }})()",
        minutes * 60_000
    );
    assert!(visitor.reads::<bool>(&later).await);
}

/// Somebody who is signed in at a portal whose clock the test moves.
async fn signed_in(name: &str, role: Role) -> (Clock, TestPortal, TestClient) {
    let clock = Clock::stopped(Clock::system().now());
    let around = Options {
        now: clock.clone(),
        ..options()
    };
    let portal = TestPortal::start_with(around, ["Shop", "Bank"]).await;
    portal.add_user(name, name, role).await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.signs_in(name).await;
    (clock, portal, visitor)
}

/// On the page that the end of the session led to.
async fn signs_in_again(visitor: &mut TestClient, name: &str) {
    visitor.types_into("#username", name).await;
    visitor
        .types_into("#password", crate::portal::PASSWORD)
        .await;
    visitor.clicks_through("form[action='/login'] button").await;
}

/// Has the page's script asked for an address so often.
fn asked(path: &str, times: usize) -> String {
    format!("performance.getEntriesByName(location.origin + '{path}').length >= {times}")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_nothing_for_long_is_warned_and_can_stay_signed_in() {
    let (clock, _portal, mut visitor) = signed_in("operator", Role::Operator).await;
    visitor.opens("/t/shop/vms").await;
    assert!(!visitor.sees("[data-session]").await);
    visitor.clicks("#q").await;

    time_passes(&clock, &visitor, 7 * 60 + 56).await;
    visitor.waits_until(WARNED).await;
    let words = visitor.texts("[data-session] [role=alert]").await.concat();
    assert!(!words.contains(char::is_numeric), "{words}");
    let left = visitor.texts("[data-session] [role=timer]").await.concat();
    assert!(left == "4:00" || left.starts_with("3:"), "{left}");
    let focus: String = visitor.reads("document.activeElement.id").await;
    assert_eq!(focus, "q", "who types goes on typing");
    visitor.clicks("[data-prolong]").await;
    visitor.waits_until(NOT_WARNED).await;

    // What another tab does counts here too.
    time_passes(&clock, &visitor, 7 * 60 + 50).await;
    let other_tab = "(fetch('/account').then((answer) => answer.text()), true)";
    assert!(visitor.reads::<bool>(other_tab).await);
    visitor.waits_until(&asked("/account", 1)).await;
    time_passes(&clock, &visitor, 6).await;
    visitor.waits_until(&asked("/session", 2)).await;
    visitor.waits_until(NOT_WARNED).await;

    time_passes(&clock, &visitor, 8 * 60).await;
    visitor
        .waits_until("!document.querySelector('[data-sign-in]').hidden")
        .await;
    assert!(!visitor.sees("[data-prolong]").await);
    visitor.clicks_through("[data-sign-in]").await;
    assert!(visitor.path().await.starts_with("/login?next=/t/shop/vms"));
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn form_sent_after_session_end_is_restored_after_sign_in() {
    let (clock, _portal, mut visitor) = signed_in("admin", Role::Admin).await;
    visitor.opens("/t/shop/settings").await;
    let form = "form[action=\"/t/shop/settings/members\"]";
    visitor
        .types_into(&format!("{form} [name=username]"), "newcomer")
        .await;
    let choose = format!("(document.querySelector('{form} [name=role]').value = 'manager', true)");
    assert!(visitor.reads::<bool>(&choose).await);
    clock.advance(TimeDelta::hours(9));
    visitor.clicks_through(&format!("{form} button")).await;
    assert!(visitor.path().await.starts_with("/login?next="));
    let notice = visitor.texts("[data-unsent]").await.concat();
    assert!(notice.contains("not sent"), "{notice}");
    signs_in_again(&mut visitor, "admin").await;
    assert_eq!(visitor.path().await, "/t/shop/settings");
    assert_eq!(visitor.texts("main > [role=status]").await.len(), 1);
    let typed = format!("document.querySelector('{form} [name=username]').value");
    assert_eq!(visitor.reads::<String>(&typed).await, "newcomer");
    let role = format!("document.querySelector('{form} [name=role]').value");
    assert_eq!(visitor.reads::<String>(&role).await, "manager");
    // Once: the draft is gone.
    visitor.opens("/t/shop/settings").await;
    assert_eq!(visitor.reads::<String>(&typed).await, "");
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reason_of_an_unsent_confirmation_is_restored_too() {
    let (clock, portal, mut visitor) = signed_in("operator", Role::Operator).await;
    visitor.opens("/t/shop/vms").await;
    let id = &portal.simulator.not_monitored_ids(0)[0];
    visitor.clicks(&format!("input[value={id:?}]")).await;
    let add = "button[formaction*='/vms/add'], form[action*='/vms/add'] .btn-primary";
    visitor.clicks_through(add).await;
    visitor.types_into("[name=reason]", "CHG-1234").await;
    clock.advance(TimeDelta::hours(9));
    visitor.clicks_through("main form .btn-primary").await;
    assert!(visitor.path().await.starts_with("/login?next="));
    signs_in_again(&mut visitor, "operator").await;
    assert_eq!(visitor.path().await, "/t/shop/vms");
    assert_eq!(visitor.texts("main > [role=status]").await.len(), 1);
    visitor.clicks_through(add).await;
    let reason = "document.querySelector('[name=reason]').value";
    assert_eq!(visitor.reads::<String>(reason).await, "CHG-1234");
    visitor.leaves().await;
}
