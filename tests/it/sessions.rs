//! Sessions: ids, limits, display and prolongation.

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::{
    model::Role,
    store::{AuditRecord, SessionLimits},
};

use crate::support::{PASSWORD, Portal, TestClient, outline};

const LIMITS: SessionLimits = SessionLimits {
    idle: TimeDelta::hours(8),
    most: TimeDelta::hours(24),
};

async fn assert_signed_out(client: &mut TestClient) {
    let answer = client.get("/account").await;
    assert_eq!(answer.location().as_deref(), Some("/login?next=/account"));
}

async fn change_role(portal: &Portal, username: &str, role: Role) {
    let (acme, user) = (portal.team("acme").await, portal.user(username).await);
    let by = AuditRecord::by_command_line();
    let changed = portal.store.change_role(&acme, &user, role, &by).await;
    assert!(changed.expect("is changed"));
}

#[tokio::test]
async fn changed_rights_hold_at_once_in_the_same_session() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let before = viewer.cookies["secmon_portal_session"].clone();
    change_role(&portal, "viewer", Role::Operator).await;
    let page = viewer.get("/t/acme/vms").await;
    assert!(page.has("form#monitored"));
    assert_eq!(viewer.cookies["secmon_portal_session"], before);
}

#[tokio::test]
async fn sign_out_in_one_tab_ends_the_session_in_all() {
    let portal = Portal::start().await;
    let mut first = portal.sign_in("viewer").await;
    let mut second = first.clone();
    let page = first.get("/account").await;
    let answer = first.submit(&page.form("form[action='/logout']")).await;
    assert_eq!(answer.location().as_deref(), Some("/login"));
    assert_signed_out(&mut second).await;
    assert_signed_out(&mut first).await;
}

#[tokio::test]
async fn login_over_a_session_ends_it() {
    let portal = Portal::start().await;
    let mut first = portal.sign_in("viewer").await;
    let mut second = first.clone();
    second.sign_in("manager", PASSWORD).await;
    assert_signed_out(&mut first).await;
    assert_eq!(second.get("/account").await.status, 200);
}

#[tokio::test]
async fn use_of_a_session_is_written_once_a_minute() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let user = portal.user("viewer").await.id;
    let sessions = portal.store.sessions(LIMITS);
    for (seconds, used) in [(59, "12:00:00"), (1, "12:01:00"), (59, "12:01:00")] {
        portal.clock.advance(TimeDelta::seconds(seconds));
        viewer.get("/account").await;
        let open = sessions.list(&user).await.expect("are read");
        let expected = format!("2025-06-11T{used}+09:00");
        assert_eq!(open[0].data["used"], expected.as_str());
    }
}

#[tokio::test]
async fn form_sent_after_session_end_is_reported_as_unsent() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let form = admin
        .get("/t/acme/settings?page=1")
        .await
        .form("form[action='/t/acme/settings/members']")
        .fill("username", "stranger");
    portal.clock.advance(TimeDelta::hours(9));
    let page = admin.submit_and_follow(&form).await;
    assert_eq!(
        page.address,
        "/login?next=/t/acme/settings%3Fpage%3D1&unsent=yes"
    );
    assert_eq!(
        page.alert(),
        "Your session had ended, so your form was not sent and nothing was done. Sign in, and fill it in again."
    );
    let answer = admin.sign_in_at(&page, "admin", PASSWORD).await;
    assert_eq!(
        answer.location().as_deref(),
        Some("/t/acme/settings?page=1")
    );
    let page = admin.follow(answer).await;
    assert!(!page.has("tr[data-id=stranger]"), "nothing was done");
    // A script restores the draft of the same user.
    let user = portal.user("admin").await.id.0;
    assert_eq!(page.attributes("main", "data-user"), [user.as_str()]);
    assert_eq!(page.attributes("main", "data-draft-restored").len(), 1);
}

#[tokio::test]
async fn login_leads_to_a_page_for_any_next() {
    let portal = Portal::start().await;
    for (next, there) in [
        ("/logout", "/"),
        ("/login", "/"),
        ("/login/code?next=/account", "/"),
        ("/nowhere", "/"),
        ("/account/password", "/account"),
        ("/t/acme/vms/release?x=1", "/t/acme/vms"),
        ("/t/acme/tickets?page=2", "/t/acme/tickets?page=2"),
        ("//evil.example", "/"),
    ] {
        let mut viewer = portal.client();
        let fields = [
            ("username", "viewer"),
            ("password", PASSWORD),
            ("next", next),
        ];
        let answer = viewer.post("/login", &fields).await;
        assert_eq!(answer.location().as_deref(), Some(there), "{next}");
    }
}

#[tokio::test]
async fn password_change_rotates_the_id_and_keeps_the_lifetime() {
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
    assert_ne!(
        viewer.cookies["secmon_portal_session"],
        before.cookies["secmon_portal_session"]
    );
    assert_signed_out(&mut { before }).await;
    assert_eq!(viewer.get("/account").await.status, 200);
    portal.clock.advance(TimeDelta::hours(4));
    assert_signed_out(&mut viewer).await;
}

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

#[tokio::test]
async fn all_other_sessions_end_at_once() {
    let portal = Portal::start().await;
    let mut others = [
        portal.sign_in("viewer").await,
        portal.sign_in("viewer").await,
    ];
    let mut manager = portal.sign_in("manager").await;
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let mut here = portal.client().with_header("user-agent", agent);
    here.sign_in("viewer", PASSWORD).await;
    let page = here.get("/account").await;
    let row = page
        .rows("table:last-of-type tbody tr")
        .into_iter()
        .find(|row| row.last().is_some_and(|last| last == "This session"));
    assert_eq!(
        row.expect("is listed"),
        [
            "2025-06-11 12:00:00 KST",
            "2025-06-11 12:00:00 KST",
            "2025-06-11 20:00:00 KST",
            "192.0.2.7",
            agent,
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
