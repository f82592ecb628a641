//! Completeness of the audit log: every action and every refusal has a row.

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::store::{Action, AuditEntry, AuditFilter, AuditRecord};

use crate::{
    control::{add, release},
    single_sign_on::support::{self as provider_support, Guest},
    support::{ACME, OTHER_KEY, PASSWORD, Portal, TestClient, turn_on},
};

const NEW: &str = "a new and longer 비밀번호";

/// Number of rows for the initial users and teams.
const AT_FIRST: usize = 13;

/// The whole log from the oldest row on.
async fn log(portal: &Portal) -> Vec<AuditEntry> {
    let filter = AuditFilter::default();
    let rows = portal.store.audit_before(None, &filter, None).await;
    let mut rows = rows.expect("is read");
    rows.reverse();
    rows
}

fn lines(log: &[AuditEntry]) -> String {
    log.iter().map(line).collect()
}

/// A row as a line: actor, action, object, outcome, and presence of address, request and session.
fn line(row: &AuditEntry) -> String {
    let known = |letter, is: bool| if is { letter } else { '-' };
    let object = match row.action {
        Action::SessionEnded | Action::SecretKeyReplaced => {
            assert!([12, 16].contains(&row.object.len()), "{}", row.object);
            "ID".to_owned()
        }
        _ => {
            let parts = row.object.split('/');
            let parts = parts.map(|part| if part.len() == 36 { "ID" } else { part });
            parts.collect::<Vec<_>>().join("/")
        }
    };
    format!(
        "{} | {} | {} | {} | {}{}{}\n",
        row.actor,
        row.action.code(),
        object,
        row.outcome.code(),
        known('a', row.address.as_deref() == Some("192.0.2.7")),
        known('r', row.request_id.is_some()),
        known('s', row.session.is_some()),
    )
}

async fn posts(client: &mut TestClient, address: &str, fields: &[(&str, &str)]) {
    let page = client.post(address, fields).await;
    assert!(
        [200, 303, 403].contains(&page.status),
        "{address}: {}",
        page.text
    );
}

/// Fails to sign in until the rate limit, signs in, tries forbidden pages, exports a list, and signs out.
async fn a_viewer_s_day(portal: &Portal) {
    for _ in 0..7 {
        portal.client().sign_in("viewer", "wrong").await;
    }
    portal.clock.advance(TimeDelta::minutes(1));
    let mut viewer = portal.sign_in("viewer").await;
    for address in [
        "/t/acme/audit",
        "/t/other/vms",
        "/t/no-such-team/tickets",
        "/admin/users",
    ] {
        viewer.get(address).await;
    }
    viewer.download("/t/acme/vms.csv").await.expect("comes");
    let elsewhere = portal.sign_in("viewer").await;
    let page = viewer.get("/account").await;
    let form = page.form("form[action='/account/sessions/end']");
    viewer.submit(&form).await;
    drop(elsewhere);
    for old in ["wrong", PASSWORD] {
        let fields = [("old", old), ("new", NEW), ("again", NEW)];
        viewer.post("/account/password", &fields).await;
    }
    viewer.post("/logout", &[]).await;
}

/// Turns the second factor on, uses it rightly, wrongly and by recovery code, and turns it off.
async fn an_operator_s_day(portal: &Portal) {
    let mut operator = portal.sign_in("operator").await;
    add(&mut operator, &portal.vms(false, 1)).await;
    release(&mut operator, &portal.vms(true, 1)).await;
    let (app, codes) = turn_on(portal, &mut operator).await;
    for code in [&app.wrong_code(portal), &app.next_code(portal), &codes[0]] {
        let (mut again, page) = portal.half_way("operator").await;
        again.enters(&page, code).await;
        operator = again;
    }
    let there = "/account/second-factor";
    for (what, password) in [
        ("off", "wrong"),
        ("recovery-codes", PASSWORD),
        ("off", PASSWORD),
    ] {
        let code = app.next_code(portal);
        let proofs = [("password", password), ("code", &code)];
        operator.post(&format!("{there}/{what}"), &proofs).await;
    }
    turn_on(portal, &mut operator).await;
}

async fn an_admin_s_day(portal: &Portal) {
    let mut admin = portal.sign_in("admin").await;
    let (own, viewer) = (
        portal.user("admin").await.id.0,
        portal.user("viewer").await.id.0,
    );
    let there = "/t/acme/settings";
    for (what, fields) in [
        (
            "members",
            &[("username", "stranger"), ("role", "viewer")][..],
        ),
        ("members/role", &[("user", &viewer), ("role", "manager")]),
        ("members/remove", &[("user", &viewer)]),
        ("members/remove", &[("user", &own)]),
        ("key/try", &[]),
        ("key", &[("app_key", OTHER_KEY), ("no_token", "yes")]),
        ("reason", &[("required", "yes")]),
        ("reason", &[("required", "no")]),
    ] {
        posts(&mut admin, &format!("{there}/{what}"), fields).await;
    }
}

async fn a_site_admin_s_day(portal: &Portal) {
    let mut admin = portal.sign_in("site-admin").await;
    let new = [
        ("slug", "new"),
        ("name", "New"),
        ("region", "kr1"),
        ("app_key", OTHER_KEY),
    ];
    posts(&mut admin, "/admin/teams", &new).await;
    let renamed = [("name", "Newer"), ("region", "kr2")];
    posts(&mut admin, "/admin/teams/new/name", &renamed).await;
    for what in ["archive", "bring-back"] {
        posts(&mut admin, &format!("/admin/teams/new/{what}"), &[]).await;
    }
    let invited = [
        ("username", "park"),
        ("display_name", ""),
        ("team", "new"),
        ("role", "viewer"),
    ];
    posts(&mut admin, "/admin/users", &invited).await;
    let park = format!("/admin/users/{}", portal.user("park").await.id.0);
    posts(&mut admin, &format!("{park}/link/withdraw"), &[]).await;
    let page = admin.post(&format!("{park}/link"), &[]).await;
    let link = page.text_of(".link-once code");
    let (_, link) = link.split_once("portal.example").expect("is a link");
    let mut client = portal.client();
    posts(&mut client, link, &[("new", NEW), ("again", NEW)]).await;
    for (what, fields) in [
        ("link", &[][..]),
        ("name", &[("display_name", "Park")]),
        ("site-admin", &[("site_admin", "yes")]),
        ("site-admin", &[]),
        ("disable", &[]),
        ("enable", &[]),
    ] {
        posts(&mut admin, &format!("{park}/{what}"), fields).await;
    }
    let own = format!(
        "/admin/users/{}/disable",
        portal.user("site-admin").await.id.0
    );
    posts(&mut admin, &own, &[]).await;
    let operator = portal.user("operator").await.id.0;
    posts(
        &mut admin,
        &format!("/admin/users/{operator}/second-factor"),
        &[],
    )
    .await;
}

/// A portal without users is set up by its link.
async fn the_first_day() -> Vec<AuditEntry> {
    let portal = Portal::start_with(|around| around.fresh = true).await;
    let token = portal.store.set_up_link().await.expect("is made");
    let link = format!("/setup/{}", token.expect("there are no users"));
    let fields = [
        ("username", "jung"),
        ("new", NEW),
        ("again", NEW),
        ("slug", "acme"),
        ("name", "Acme"),
        ("region", "kr1"),
        ("app_key", OTHER_KEY),
    ];
    posts(&mut portal.client(), &link, &fields).await;
    log(&portal).await
}

async fn at_the_shell(portal: &Portal) {
    let (store, by) = (&portal.store, AuditRecord::by_command_line());
    let only = portal.user("site-admin").await;
    store.take_site_admin(&only, &by).await.expect("is refused");
    let acme = portal.team("acme").await;
    let set = store.set_archive_retention(&acme, Some(12), &by).await;
    assert!(set.expect("is set"));
    let archive = store.open_archive(&acme.id, 1).await.expect("is opened");
    let refused = store.refuse_archive_key(archive, "other", "other tickets");
    refused.await.expect("is refused");
    let confirmed = store.confirm_archive_key(&acme, &by).await;
    assert!(confirmed.expect("is confirmed"));
    let new = portal.team("new").await;
    store.remove_team(&new, &by).await.expect("is removed");
    portal.database.rotate_key(portal.clock.clone()).await;
}

/// Reviews, assigns and notes an archived ticket, on a portal of its own.
async fn a_manager_s_day() -> Vec<AuditEntry> {
    let portal = Portal::start_with(|config| config.api.events = 20).await;
    portal.fill_archive().await;
    let ticket = portal.simulator.ticket_ids(ACME).remove(0);
    let address = format!("/t/acme/tickets/{ticket}");
    let mut manager = portal.sign_in("manager").await;
    for reviewed in ["yes", "no"] {
        let fields = [("reviewed", reviewed)];
        posts(&mut manager, &format!("{address}/review"), &fields).await;
    }
    let fields = [("assignee", "operator")];
    posts(&mut manager, &format!("{address}/assign"), &fields).await;
    let fields = [("text", "A note")];
    posts(&mut manager, &format!("{address}/notes"), &fields).await;
    let page = manager.get(&address).await;
    let form = page.form(".note form").fill("text", "Another text");
    manager.submit(&form).await;
    let mut log = log(&portal).await;
    log.drain(..AT_FIRST);
    let codes: Vec<_> = log.iter().map(|row| row.action.code()).collect();
    assert_eq!(
        codes,
        [
            "signed-in",
            "ticket-reviewed",
            "ticket-reopened",
            "ticket-assigned",
            "note-added",
            "note-edited"
        ]
    );
    assert!(log.iter().all(|row| row.actor == "manager"));
    log
}

/// The day on a portal with an OIDC provider.
async fn a_day_with_a_provider() -> Vec<AuditEntry> {
    let provider = provider_support::provider(&serde_json::json!({}));
    let portal = provider_support::portal(&provider.issuer, |_, _| ()).await;
    let (mut viewer, mut guest) = (portal.sign_in("viewer").await, Guest::new());
    let proof = [("password", PASSWORD)];
    let page = viewer.post("/account/single-sign-on/connect", &proof).await;
    let there = page.link("main a.btn-primary");
    let back = guest.signs_in(&there, "sub-kim").await;
    viewer.get(&back).await;
    posts(&mut viewer, "/account/single-sign-on/disconnect", &proof).await;
    portal.client().signs_in_as(&mut guest, "sub-kim").await;
    let from_nowhere = "/login/single-sign-on/callback?code=x&state=x";
    portal.client().get(from_nowhere).await;
    let mut log = log(&portal).await;
    log.drain(..AT_FIRST);
    assert_snapshot!(lines(&log), @"
    viewer | signed-in |  | done | ars
    viewer | identity-connected | viewer | done | ars
    viewer | identity-disconnected | viewer | done | ars
    single sign-on | user-added | kim | done | ar-
    single sign-on | identity-connected | kim | done | ar-
    kim | signed-in |  | done | ars
    – | signed-in | single sign-on: not-begun | refused | ar-
    ");
    log
}

fn assert_every_action_is_shown(days: &[AuditEntry]) {
    let is_there = |action: &Action| days.iter().any(|row| row.action == *action);
    let missing = Action::ALL.iter().filter(|action| !is_there(action));
    let missing: Vec<_> = missing.map(|action| action.code()).collect();
    assert_eq!(
        missing, [""; 0],
        "no row shows these: do them in a day above"
    );
}

#[tokio::test]
async fn every_action_and_every_refusal_has_a_row() {
    let portal = Portal::start().await;
    a_viewer_s_day(&portal).await;
    an_operator_s_day(&portal).await;
    portal.clock.advance(TimeDelta::hours(2));
    portal.run_due(portal.poller()).await;
    an_admin_s_day(&portal).await;
    a_site_admin_s_day(&portal).await;
    at_the_shell(&portal).await;
    let first_day = the_first_day().await;
    let provider_day = a_day_with_a_provider().await;
    let manager_day = a_manager_s_day().await;
    let mut log = log(&portal).await;
    log.drain(..AT_FIRST);
    assert_snapshot!(lines(&first_day), @"
    jung | connection-tried | acme | started | ar-
    jung | connection-tried | acme | done | ar-
    jung | set-up |  | done | ar-
    jung | user-added | jung | done | ar-
    jung | team-added | acme | done | ar-
    ");
    assert_snapshot!(lines(&log), @"
    viewer | signed-in |  | refused | ar-
    viewer | signed-in |  | refused | ar-
    viewer | signed-in |  | refused | ar-
    viewer | signed-in |  | refused | ar-
    viewer | signed-in |  | refused | ar-
    viewer | tries-paused |  | done | ar-
    viewer | signed-in |  | done | ars
    viewer | opened | /t/acme/audit | refused | ars
    viewer | opened | /t/other/vms | refused | ars
    viewer | opened | /t/no-such-team/tickets | refused | ars
    viewer | opened | /admin/users | refused | ars
    viewer | exported | /t/acme/vms.csv | done | ars
    viewer | export-ended | /t/acme/vms.csv 44 | done | ars
    viewer | signed-in |  | done | ars
    viewer | session-ended | ID | done | ars
    viewer | password-given |  | refused | ars
    viewer | password-set | viewer | done | ars
    viewer | signed-out |  | done | ars
    operator | signed-in |  | done | ars
    operator | control-add |  | see-items | ars
    operator | control-release |  | see-items | ars
    operator | second-factor-on | operator | done | ars
    operator | second-factor-given |  | refused | ar-
    operator | second-factor-given |  | done | ar-
    operator | signed-in |  | done | ars
    operator | recovery-code-used | operator | done | ar-
    operator | signed-in |  | done | ars
    operator | password-given |  | refused | ars
    operator | second-factor-given |  | done | ars
    operator | recovery-codes-made | operator | done | ars
    operator | second-factor-given |  | done | ars
    operator | second-factor-off | operator | done | ars
    operator | second-factor-on | operator | done | ars
    portal | control-settled | operator: done: 1 | see-items | ---
    portal | control-settled | operator: undone: 1 | see-items | ---
    admin | signed-in |  | done | ars
    admin | member-added | stranger: viewer | done | ars
    admin | member-role-changed | viewer: manager | done | ars
    admin | member-removed | viewer | done | ars
    admin | opened | /t/acme/settings/members/remove | refused | ars
    admin | connection-tried | acme (…6789) | started | ars
    admin | connection-tried | acme (…6789) | done | ars
    admin | connection-tried | acme (…4321) | started | ars
    admin | connection-tried | acme (…4321) | done | ars
    admin | team-key-replaced | acme | done | ars
    admin | reason-required | acme | done | ars
    admin | reason-optional | acme | done | ars
    site-admin | signed-in |  | done | ars
    site-admin | connection-tried | new | started | ars
    site-admin | connection-tried | new | done | ars
    site-admin | team-added | new | done | ars
    site-admin | team-changed | new: Newer, kr2 | done | ars
    site-admin | team-archived | new | done | ars
    site-admin | team-brought-back | new | done | ars
    site-admin | member-added | park: viewer | done | ars
    site-admin | user-added | park | done | ars
    site-admin | link-made | park | done | ars
    site-admin | link-withdrawn | park | done | ars
    site-admin | link-made | park | done | ars
    park | password-chosen | park | done | ar-
    site-admin | password-reset | park | done | ars
    site-admin | link-made | park | done | ars
    site-admin | user-renamed | park: Park | done | ars
    site-admin | site-admin-made | park | done | ars
    site-admin | site-admin-taken | park | done | ars
    site-admin | user-disabled | park | done | ars
    site-admin | user-enabled | park | done | ars
    site-admin | opened | /admin/users/ID/disable | refused | ars
    site-admin | second-factor-reset | operator | done | ars
    command line | site-admin-taken | site-admin | refused | ---
    command line | archive-retention-changed | acme: 12 months | done | ---
    command line | archive-key-confirmed | acme | done | ---
    command line | team-removed | new | done | ---
    command line | secret-key-replaced | ID | done | ---
    ");
    assert_every_action_is_shown(&[log, first_day, provider_day, manager_day].concat());
    let verified = portal.store.verify_audit().await;
    verified.expect("is whole");
}
