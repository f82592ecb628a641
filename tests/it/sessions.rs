//! Sessions: ids, limits, display and prolongation.

mod expiry;

use chrono::TimeDelta;
use secmon_portal::{
    model::Role,
    store::{AuditRecord, SessionLimits},
};

use crate::support::{PASSWORD, Portal, TestClient};

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
    assert_eq!(page.message(), "All your other sessions are signed out.");
    assert!(!page.has("form[action$='/end-others']"));
    for other in &mut others {
        assert_signed_out(other).await;
    }
    assert_eq!(manager.get("/account").await.status, 200);
}
