//! Ends of sessions: lifetime, idle timeout and prolongation.

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::store::SessionLimits;

use super::assert_signed_out;
use crate::support::{Portal, outline};

#[tokio::test]
async fn session_ends_a_day_after_login_despite_use() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for _ in 0..23 {
        portal.clock.advance(TimeDelta::hours(1));
        assert_eq!(viewer.get("/account").await.status, 200);
    }
    portal.clock.advance(TimeDelta::minutes(59));
    let page = viewer.get("/session").await;
    assert_snapshot!(outline(&page), @"
    # How long you stay signed in
    Idle timeout
    2025-06-12 12:00:00 KST
    Expires at
    2025-06-12 12:00:00 KST
    Every page that you open keeps you signed in for longer, up to the expiry time. Viewing this page does not.
    This cannot be made longer. Sign in again after that time.
    [Back to where you were](/)
    ");
    portal.clock.advance(TimeDelta::minutes(1));
    assert_signed_out(&mut viewer).await;
}

#[tokio::test]
async fn session_limits_apply_to_existing_sessions() {
    let portal = Portal::start_with(|config| {
        config.session_limits = SessionLimits {
            idle: TimeDelta::minutes(10),
            most: TimeDelta::minutes(25),
        };
    })
    .await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.clock.advance(TimeDelta::minutes(9));
    assert_eq!(viewer.get("/account").await.status, 200);
    let wider = portal.store.sessions(SessionLimits {
        idle: TimeDelta::hours(8),
        most: TimeDelta::hours(24),
    });
    let user = portal.user("viewer").await.id;
    portal.clock.advance(TimeDelta::minutes(10));
    assert_signed_out(&mut viewer).await;
    assert!(
        wider.list(&user).await.expect("are read").is_empty(),
        "ended is ended"
    );
    let mut viewer = portal.sign_in("viewer").await;
    for _ in 0..3 {
        portal.clock.advance(TimeDelta::minutes(8));
        assert_eq!(viewer.get("/account").await.status, 200);
    }
    portal.clock.advance(TimeDelta::minutes(1));
    assert_signed_out(&mut viewer).await;
}

#[tokio::test]
async fn session_status_does_not_prolong_and_the_button_does() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.clock.advance(TimeDelta::hours(7));
    let page = viewer.get("/session?back=/t/acme/tickets").await;
    assert_snapshot!(outline(&page), @"
    # How long you stay signed in
    Idle timeout
    2025-06-11 20:00:00 KST
    Expires at
    2025-06-12 12:00:00 KST
    Every page that you open keeps you signed in for longer, up to the expiry time. Viewing this page does not.
    (Stay signed in)
    [Back to where you were](/t/acme/tickets)
    ");
    let mut script = viewer.clone().with_header("accept", "application/json");
    let times = script.get("/session").await;
    assert_eq!(
        times.text,
        r#"{"ends":1749639600000,"latest":1749697200000,"now":1749636000000,"warned":1749639300000}"#
    );
    let page = viewer
        .submit_and_follow(&page.form("form[action='/session/prolong']"))
        .await;
    assert_eq!(page.message(), "You stay signed in for longer.");
    assert_eq!(page.link("main > p > a"), "/t/acme/tickets");
    portal.clock.advance(TimeDelta::hours(7));
    assert_eq!(viewer.get("/session").await.status, 200);
    let prolonged = script.post("/session/prolong", &[]).await;
    assert!(
        prolonged.text.contains(r#""ends":1749690000000"#),
        "{}",
        prolonged.text
    );
    portal.clock.advance(TimeDelta::hours(8));
    for answer in [
        script.get("/session").await,
        script
            .post("/session/prolong", &[("back", "/t/acme")])
            .await,
    ] {
        let there = answer.location().expect("leads to signing in");
        assert!(there.starts_with("/login?next=/"), "{there}");
    }
}

#[tokio::test]
async fn every_page_carries_the_session_end_for_scripts() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for address in [
        "/t/acme",
        "/account",
        "/t/acme/audit",
        "/nowhere-in/particular",
    ] {
        let page = viewer.get(address).await;
        let ends = page.attributes("[data-session]", "data-ends");
        let known = !address.starts_with("/nowhere");
        assert_eq!(ends.len(), usize::from(known), "{address}");
        assert_eq!(page.count("[data-session][hidden]"), ends.len());
    }
    let page = viewer.get("/t/acme").await;
    assert_eq!(
        page.text_of(".session-until"),
        "Signed in until 2025-06-11 20:00:00 KST"
    );
}
