//! Sessions: their new ids, their limits, and how one sees and prolongs them.

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::{
    model::Role,
    simulator::Fault,
    store::{AuditRecord, SessionLimits},
};

use crate::support::{ACME, PASSWORD, Portal, Visitor, outline};

async fn assert_signed_out(visitor: &mut Visitor) {
    let answer = visitor.get("/account").await;
    assert_eq!(answer.location().as_deref(), Some("/login?next=/account"));
}

async fn change_role(portal: &Portal, username: &str, role: Role) {
    let (acme, user) = (portal.team("acme").await, portal.user(username).await);
    let by = AuditRecord::by_command_line();
    let changed = portal.store.change_role(&acme, &user, role, &by).await;
    assert!(changed.expect("is changed"));
}

#[tokio::test]
async fn a_change_of_right_gives_every_session_a_new_id_at_its_next_request() {
    let portal = Portal::start().await;
    let mut here = portal.sign_in("viewer").await;
    let mut elsewhere = portal.sign_in("viewer").await;
    for visitor in [&mut here, &mut elsewhere] {
        let before = visitor.cookies["session"].clone();
        visitor.get("/t/acme").await;
        assert_eq!(visitor.cookies["session"], before, "nothing has changed");
    }
    change_role(&portal, "viewer", Role::Operator).await;
    for visitor in [&mut here, &mut elsewhere] {
        let before = visitor.clone();
        let page = visitor.get("/t/acme/vms").await;
        assert!(page.has("form#monitored"), "the new right holds at once");
        assert_ne!(visitor.cookies["session"], before.cookies["session"]);
        let new = visitor.cookies["session"].clone();
        visitor.get("/t/acme").await;
        assert_eq!(visitor.cookies["session"], new, "once for each change");
        portal.clock.advance(TimeDelta::seconds(31));
        assert_signed_out(&mut { before }).await;
    }
}

#[tokio::test]
async fn the_right_of_a_site_admin_given_or_taken_gives_a_new_id_too() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let user = portal.user("viewer").await;
    let by = AuditRecord::by_command_line();
    portal
        .store
        .make_site_admin(&user, &by)
        .await
        .expect("is made");
    let before = viewer.cookies["session"].clone();
    assert_eq!(viewer.get("/admin/teams").await.status, 200);
    assert_ne!(viewer.cookies["session"], before);
    let user = portal.user("viewer").await;
    portal
        .store
        .take_site_admin(&user, &by)
        .await
        .expect("is taken");
    let before = viewer.cookies["session"].clone();
    // A refusal sends no cookie: the next page does.
    assert_eq!(viewer.get("/admin/teams").await.status, 403);
    assert_eq!(viewer.cookies["session"], before);
    assert_eq!(viewer.get("/account").await.status, 200);
    assert_ne!(viewer.cookies["session"], before);
}

#[tokio::test]
async fn a_tab_that_asked_with_the_id_before_is_not_signed_out() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    change_role(&portal, "viewer", Role::Operator).await;
    let mut other_tab = viewer.clone();
    viewer.get("/t/acme").await;
    // Its request was under way with the old id: it is answered, and gets no second session.
    let page = other_tab.get("/t/acme/tickets").await;
    assert_eq!((page.status, page.header("set-cookie")), (200, None));
    let page = viewer.get("/account").await;
    assert_eq!(page.count("table:last-of-type tbody tr strong"), 1);
    assert!(
        !page.has("form[action='/account/sessions/end']"),
        "one session is one"
    );
}

#[tokio::test]
async fn of_several_tabs_at_once_one_gets_the_new_id() {
    let portal = Portal::start().await;
    let viewer = portal.sign_in("viewer").await;
    change_role(&portal, "viewer", Role::Operator).await;
    let tabs = (0..6).map(|_| {
        let mut tab = viewer.clone();
        async move { tab.get("/t/acme/requests").await }
    });
    let pages = futures_util::future::join_all(tabs).await;
    assert!(pages.iter().all(|page| page.status == 200));
    let renewed = pages.iter().filter(|it| it.header("set-cookie").is_some());
    assert_eq!(renewed.count(), 1);
}

/// Two tabs of the viewer: the first has the new id that a change of rights gave, the second still
/// sends the one before.
async fn two_tabs(portal: &Portal) -> (Visitor, Visitor) {
    let mut first = portal.sign_in("viewer").await;
    let mut second = first.clone();
    change_role(portal, "viewer", Role::Operator).await;
    first.get("/t/acme").await;
    assert_ne!(first.cookies["session"], second.cookies["session"]);
    assert_eq!(second.get("/account").await.status, 200);
    (first, second)
}

#[tokio::test]
async fn signing_out_in_one_tab_ends_the_id_before_too() {
    let portal = Portal::start().await;
    let (mut first, mut second) = two_tabs(&portal).await;
    let page = first.get("/account").await;
    first.submit(&page.form("form[action='/logout']")).await;
    assert_signed_out(&mut second).await;
}

#[tokio::test]
async fn signing_out_in_the_tab_with_the_id_before_ends_the_new_one_too() {
    let portal = Portal::start().await;
    let (mut first, mut second) = two_tabs(&portal).await;
    let page = second.get("/account").await;
    let answer = second.submit(&page.form("form[action='/logout']")).await;
    assert_eq!(answer.location().as_deref(), Some("/login"));
    assert_signed_out(&mut first).await;
    assert_signed_out(&mut second).await;
    let mut site_admin = portal.sign_in("site-admin").await;
    let log = site_admin.get("/admin/audit?action=signed-out").await;
    assert_eq!(log.count("tbody tr"), 1, "{}", outline(&log));
}

#[tokio::test]
async fn a_session_that_is_ended_in_the_list_ends_with_the_ids_that_it_had() {
    let portal = Portal::start().await;
    for which in ["/end", "/end-others"] {
        let (mut first, mut second) = two_tabs(&portal).await;
        let mut elsewhere = portal.sign_in("viewer").await;
        let page = elsewhere.get("/account").await;
        let form = page.form(&format!("form[action='/account/sessions{which}']"));
        elsewhere.submit(&form).await;
        assert_signed_out(&mut first).await;
        assert_signed_out(&mut second).await;
        assert_eq!(elsewhere.get("/account").await.status, 200);
        change_role(&portal, "viewer", Role::Viewer).await;
        let page = elsewhere.get("/account").await;
        elsewhere.submit(&page.form("form[action='/logout']")).await;
    }
}

#[tokio::test]
async fn ending_all_others_leaves_one_s_own_other_tab_alone() {
    let portal = Portal::start().await;
    let (mut first, mut second) = two_tabs(&portal).await;
    let mut elsewhere = portal.sign_in("viewer").await;
    let page = first.get("/account").await;
    first
        .submit(&page.form("form[action='/account/sessions/end-others']"))
        .await;
    assert_eq!(second.get("/account").await.status, 200);
    assert_signed_out(&mut elsewhere).await;
}

#[tokio::test]
async fn an_id_before_only_reads() {
    let portal = Portal::start().await;
    let (mut first, mut second) = two_tabs(&portal).await;
    let mut elsewhere = portal.sign_in("viewer").await;
    let account = second.get("/account").await;
    let password = account
        .form("form[action='/account/password']")
        .fill("old", PASSWORD)
        .fill("new", "a new and longer 비밀번호")
        .fill("again", "a new and longer 비밀번호");
    let others = account.form("form[action='/account/sessions/end-others']");
    let factor = second.get("/account/second-factor").await;
    let factor = factor.form("form[action='/account/second-factor/start']");
    for form in [password, others, factor] {
        let cookie = second.cookies["session"].clone();
        let page = second.submit_and_follow(&form).await;
        assert!(page.address.starts_with("/login?next="), "{}", page.address);
        assert_eq!(second.cookies["session"], cookie, "{}", form.action);
    }
    // Nothing of it was done, and what other tabs have is as it was.
    for visitor in [&mut first, &mut elsewhere] {
        assert_eq!(visitor.get("/account").await.status, 200);
    }
    assert!(portal.visitor().sign_in("viewer", PASSWORD).await.status == 303);
}

#[tokio::test]
async fn a_new_id_that_is_given_while_somebody_signs_out_opens_nothing() {
    let portal = Portal::start().await;
    for _ in 0..4 {
        let tab = portal.sign_in("viewer").await;
        let (mut reading, mut leaving) = (tab.clone(), tab.clone());
        let role = Role::Operator;
        change_role(&portal, "viewer", role).await;
        let (_, left) = futures_util::join!(reading.get("/t/acme"), leaving.post("/logout", &[]));
        assert_eq!(left.location().as_deref(), Some("/login"));
        assert_signed_out(&mut reading).await;
        assert_signed_out(&mut { tab }).await;
        change_role(&portal, "viewer", Role::Viewer).await;
    }
}

#[tokio::test]
async fn signing_in_with_an_id_before_ends_the_session_that_it_was_of() {
    let portal = Portal::start().await;
    let (mut first, mut second) = two_tabs(&portal).await;
    second.sign_in("manager", PASSWORD).await;
    assert_signed_out(&mut first).await;
    assert_eq!(second.get("/account").await.status, 200);
}

#[tokio::test]
async fn an_answer_that_fails_does_not_cost_the_session() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    change_role(&portal, "viewer", Role::Manager).await;
    portal.simulator.set_fault(Some(ACME), Fault::Refused);
    assert_eq!(viewer.get("/t/acme/tickets").await.status, 502);
    portal.clock.advance(TimeDelta::minutes(1));
    assert_eq!(viewer.get("/t/acme/requests").await.status, 200);
}

#[tokio::test]
async fn a_new_password_gives_a_new_id_and_no_longer_session() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for _ in 0..3 {
        portal.clock.advance(TimeDelta::hours(7));
        viewer.get("/account").await;
    }
    let before = viewer.clone();
    let new = "a new and longer 비밀번호";
    let page = viewer.get("/account").await;
    let form = page.form("form[action='/account/password']");
    let form = form
        .fill("old", PASSWORD)
        .fill("new", new)
        .fill("again", new);
    viewer.submit(&form).await;
    assert_ne!(viewer.cookies["session"], before.cookies["session"]);
    assert_signed_out(&mut { before }).await;
    assert_eq!(viewer.get("/account").await.status, 200);
    portal.clock.advance(TimeDelta::hours(4));
    assert_signed_out(&mut viewer).await;
}

#[tokio::test]
async fn a_session_ends_a_day_after_signing_in_however_much_it_is_used() {
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
    Ends when not used
    2025-06-12 12:00:00 KST
    Ends at the latest
    2025-06-12 12:00:00 KST
    Every page that you open keeps you signed in for longer, up to the latest time. Looking at this page does not.
    This cannot be made longer. Sign in again after that time.
    [Back to where you were](/)
    ");
    portal.clock.advance(TimeDelta::minutes(1));
    assert_signed_out(&mut viewer).await;
}

#[tokio::test]
async fn the_limits_are_settings_and_hold_for_sessions_of_before() {
    let portal = Portal::start_with(|it| {
        it.session_limits = SessionLimits {
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
        wider.of(&user).await.expect("are read").is_empty(),
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
async fn looking_how_long_a_session_lasts_does_not_prolong_it_and_the_button_does() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.clock.advance(TimeDelta::hours(7));
    let page = viewer.get("/session?back=/t/acme/tickets").await;
    assert_snapshot!(outline(&page), @"
    # How long you stay signed in
    Ends when not used
    2025-06-11 20:00:00 KST
    Ends at the latest
    2025-06-12 12:00:00 KST
    Every page that you open keeps you signed in for longer, up to the latest time. Looking at this page does not.
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
async fn every_page_tells_a_script_when_the_session_ends() {
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

#[tokio::test]
async fn all_other_sessions_are_ended_at_once() {
    let portal = Portal::start().await;
    let mut others = [
        portal.sign_in("viewer").await,
        portal.sign_in("viewer").await,
    ];
    let mut manager = portal.sign_in("manager").await;
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let mut here = portal.visitor().with_header("user-agent", agent);
    here.sign_in("viewer", PASSWORD).await;
    let page = here.get("/account").await;
    let row = page
        .rows("table:last-of-type tbody tr")
        .into_iter()
        .find(|it| it.last().is_some_and(|last| last == "This session"));
    assert_eq!(
        row.expect("is listed"),
        [
            "2025-06-11 12:00:00 KST",
            "2025-06-11 12:00:00 KST",
            "2025-06-11 20:00:00 KST",
            "192.0.2.7",
            "Firefox, Linux",
            "This session",
        ]
    );
    let page = here
        .submit_and_follow(&page.form("form[action$='/end-others']"))
        .await;
    assert_eq!(page.message(), "All your other sessions are ended.");
    assert!(!page.has("form[action$='/end-others']"));
    for other in &mut others {
        assert_signed_out(other).await;
    }
    assert_eq!(manager.get("/account").await.status, 200);
}
