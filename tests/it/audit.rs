//! The audit log: pages, filters, permissions, and recorded addresses.

use insta::assert_snapshot;
use secmon_portal::{
    model::Actor,
    store::{Action, AuditRecord, Outcome},
};

use crate::{
    control::{add, release},
    support::{PASSWORD, Portal, TestClient},
};

#[tokio::test]
async fn manager_reads_the_log_newest_first() {
    let portal = Portal::start().await;
    portal.client().sign_in("viewer", "wrong").await;
    portal
        .client()
        .sign_in("a secret typed in the wrong field", "x")
        .await;
    let mut viewer = portal.sign_in("viewer").await;
    viewer.get("/t/acme/audit").await;
    viewer.get("/t/other/vms").await;
    viewer.get("/admin/users").await;
    let mut operator = portal.sign_in("operator").await;
    add(&mut operator, &portal.vms(false, 1)).await;
    release(&mut operator, &portal.vms(true, 1)).await;
    operator.post("/logout", &[]).await;
    portal.sign_in("stranger").await;
    let page = portal.sign_in("manager").await.get("/t/acme/audit").await;
    let rows = page.rows("table.list:not(.outcome) > tbody > tr");
    let rows: Vec<_> = rows.iter().map(|row| row[1..5].join(" | ")).collect();
    assert_snapshot!(rows.join("\n"), @"
    manager | Sign-in |  | Done
    operator | Sign-out |  | Done
    operator | Release from monitoring | web-prod-01 | one item accepted 1 current state Item Asked Result Next step web-prod-01 133.186.154.241, 192.168.0.5 Release from monitoring Accepted. The release takes up to one hour. No action needed. Its status shows in the lists. See the latest state of this request (1)
    operator | Add to monitoring | web-prod-01 | one item waiting 1 current state Item Asked Result Next step web-prod-01 133.186.154.241, 192.168.0.5 Add to monitoring Accepted and listed as waiting. Monitoring starts within one hour. as of 2025-06-11 12:00:00 KST No action needed. The portal keeps checking. See the latest state of this request (1)
    operator | Sign-in |  | Done
    viewer | Access denied | /t/acme/audit | Refused
    viewer | Sign-in |  | Done
    viewer | Sign-in |  | Refused
    Command line | User added | admin | Done
    Command line | Team member added | admin: admin | Done
    Command line | User added | operator | Done
    Command line | Team member added | operator: operator | Done
    Command line | User added | manager | Done
    Command line | Team member added | manager: manager | Done
    Command line | User added | viewer | Done
    Command line | Team member added | viewer: viewer | Done
    Command line | Team added | acme | Done
    ");
    // A password may have been typed as the name.
    assert!(!page.text.contains("wrong field"));
}

#[tokio::test]
async fn row_names_address_and_request() {
    let portal = Portal::start().await;
    let mut viewer = portal.client();
    let answer = viewer.sign_in("viewer", PASSWORD).await;
    let request = answer.header("x-request-id").expect("has an id").to_owned();
    let page = portal.sign_in("manager").await.get("/t/acme/audit").await;
    let rows = page.rows("tbody tr");
    let row = rows.iter().find(|row| row[7] == request);
    let row = row.expect("the sign-in is written down");
    assert_eq!(row[..3], ["2025-06-11 12:00:00 KST", "viewer", "Sign-in"]);
    assert_eq!(row[4..6], ["Done", "192.0.2.7"]);
}

#[tokio::test]
async fn site_admin_reads_rows_without_a_team() {
    let portal = Portal::start().await;
    portal.client().sign_in("nobody-of-that-name", "x").await;
    let mut operator = portal.sign_in("operator").await;
    add(&mut operator, &portal.vms(false, 1)).await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = admin.get("/admin/audit").await;
    assert_eq!(page.texts("h1"), ["Audit log of the site"]);
    let rows = page.rows("table.list:not(.outcome) > tbody > tr");
    let told = |row: &Vec<String>| row[1..3].join(" | ");
    let rows: Vec<_> = rows.iter().take(4).map(told).collect();
    assert_eq!(
        rows,
        [
            "site-admin | Sign-in",
            "operator | Add to monitoring",
            "operator | Sign-in",
            "– | Sign-in",
        ]
    );
}

#[tokio::test]
async fn long_log_is_paged() {
    let portal = Portal::start().await;
    let acme = portal.team("acme").await;
    let record = AuditRecord::by_command_line().on_team(&acme.id, "acme");
    for _ in 0..60 {
        let written = portal.store.audit(&record, Action::Exported, Outcome::Done);
        written.await.expect("is written");
    }
    let mut manager = portal.sign_in("manager").await;
    portal.calls();
    let page = manager.get("/t/acme/audit").await;
    assert_eq!(page.count("tbody tr"), 50);
    let next = manager.get(&page.link("a[rel=next]")).await;
    // One login, the team, and its four members, added as users.
    assert_eq!(next.count("tbody tr"), 60 + 1 + 1 + 4 + 4 - 50);
    assert!(!next.has("a[rel=next]"));
    assert_eq!(portal.calls(), []);
}

/// Actor and action of each row under a filter.
async fn shown(client: &mut TestClient, filter: &str) -> Vec<String> {
    let page = client.get(&format!("/t/acme/audit?{filter}")).await;
    assert_eq!(page.status, 200);
    let rows = page
        .rows("table.list:not(.outcome) > tbody > tr")
        .into_iter();
    rows.map(|row| row[1..3].join(" | ")).collect()
}

#[tokio::test]
async fn filters_combine_and_are_kept_through_paging() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    release(&mut operator, &[&vm]).await;
    portal.clock.advance(chrono::TimeDelta::hours(1));
    portal.client().sign_in("viewer", "wrong").await;
    let mut manager = portal.sign_in("manager").await;
    let released = ["operator | Release from monitoring"];
    assert_eq!(
        shown(&mut manager, "action=control-release").await,
        released
    );
    assert_eq!(
        shown(&mut manager, &format!("q={}", portal.name(&vm))).await,
        released
    );
    assert_eq!(shown(&mut manager, &format!("q={vm}")).await, released);
    assert_eq!(
        shown(&mut manager, "actor=OPERATOR&outcome=see-items").await,
        released
    );
    assert_eq!(
        shown(&mut manager, "action=signed-in&outcome=refused").await,
        ["viewer | Sign-in"]
    );
    let late = shown(&mut manager, "start=2025-06-11T12:30&end=2025-06-11T13:00").await;
    assert_eq!(late, ["manager | Sign-in", "viewer | Sign-in"]);
    // Wildcards are escaped: as a pattern this would match the name. (`_` alone occurs in the handle of
    // many a session.)
    let pattern = format!("q=_{}", &portal.name(&vm)[1..]);
    for nothing in [&pattern, "q=%25", "q=%27", "q=%00", "actor=%25"] {
        assert_eq!(shown(&mut manager, nothing).await, [""; 0], "{nothing}");
    }
    let page = manager.get("/t/acme/audit?start=yesterday").await;
    assert_eq!(page.status, 422);
    assert!(page.alert().contains("yesterday"));
    // A day means all of it, and `from` and `to` are `start` and `end`.
    let day = shown(&mut manager, "from=2025-06-11&to=2025-06-11").await;
    assert!(!day.is_empty());
    let before = shown(&mut manager, "to=2025-06-10").await;
    assert_eq!(before, [""; 0]);
    for _ in 0..51 {
        portal.sign_in("viewer").await;
    }
    let page = manager
        .get("/t/acme/audit?actor=viewer&outcome=done&start=2025-06-11T12:00")
        .await;
    let next = page.link(".pager:first-of-type a[rel=next]");
    assert_eq!(
        next,
        "/t/acme/audit?actor=viewer&outcome=done&from=2025-06-11T12:00&page=2"
    );
    assert!(manager.get(&next).await.count("tbody tr") >= 1);
}

#[tokio::test]
async fn rows_of_one_session_can_be_told_apart() {
    let portal = Portal::start().await;
    let mut here = portal.sign_in("operator").await;
    let mut there = portal.sign_in("operator").await;
    release(&mut here, &portal.vms(true, 1)).await;
    there.get("/t/acme/settings").await;
    let mut manager = portal.sign_in("manager").await;
    let page = manager.get("/t/acme/audit?actor=operator").await;
    let rows = page.rows("table.list:not(.outcome) > tbody > tr");
    let sessions: Vec<&str> = rows.iter().map(|row| row[row.len() - 2].as_str()).collect();
    let [refused, released, second, first] = sessions[..] else {
        panic!("{rows:?}");
    };
    assert_eq!((refused, released), (second, first));
    assert_ne!(refused, released);
    assert!(refused.len() == 12, "{refused}");
    let of_one = shown(&mut manager, &format!("q={released}")).await;
    assert_eq!(of_one.len(), 2);
}

#[tokio::test]
async fn audit_search_compares_normal_forms_on_both_engines() {
    let portal = Portal::start().await;
    let acme = portal.team("acme").await;
    // "서버-다라" as a Mac writes it, and a zero-width space.
    let nfd = "\u{1109}\u{1165}\u{1107}\u{1165}-\u{1103}\u{1161}\u{1105}\u{1161}";
    let object = format!("{nfd} ÜBER\u{200b}sicht");
    let record = AuditRecord::by(Actor::anonymous("K\u{200b}im-ÄB")).on_team(&acme.id, &object);
    let written = portal
        .store
        .audit(&record, Action::TeamChanged, Outcome::Done);
    written.await.expect("is written");
    let mut manager = portal.sign_in("manager").await;
    for filter in [
        "q=%EC%84%9C%EB%B2%84-%EB%8B%A4%EB%9D%BC".to_owned(),
        format!("q={nfd}"),
        "q=%C3%BCbersicht".to_owned(),
        "q=%C3%9CBERSICHT&action=TEAM-Changed".to_owned(),
        "actor=kim-%C3%A4b".to_owned(),
        "actor=KIM-A%CC%88B".to_owned(),
    ] {
        let found = shown(&mut manager, &filter).await;
        assert_eq!(found.len(), 1, "{filter}: {found:?}");
    }
    let long = format!("q={}", "x".repeat(60_000));
    assert_eq!(shown(&mut manager, &long).await, [""; 0]);
}

#[tokio::test]
async fn team_log_shows_nothing_of_other_teams() {
    let portal = Portal::start().await;
    let (acme, viewer) = (portal.team("acme").await, portal.user("viewer").await);
    // The site admin is a member too.
    let by = AuditRecord::by_command_line();
    let root = portal.user("site-admin").await;
    let role = secmon_portal::model::Role::Viewer;
    let added = portal.store.add_member(&acme, &root, role, &by);
    added.await.expect("is added");
    let mut root = portal.sign_in("site-admin").await;
    let stranger = portal.user("stranger").await.id.0;
    let renamed = [("display_name", "Customer-B-Person")];
    root.post(&format!("/admin/users/{stranger}/name"), &renamed)
        .await;
    let renamed = [("name", "Customer-B"), ("region", "kr2")];
    root.post("/admin/teams/other/name", &renamed).await;
    root.download("/admin/audit.csv").await.expect("comes");
    root.post(&format!("/admin/users/{}/disable", viewer.id.0), &[])
        .await;
    portal.sign_in("operator").await.get("/t/other/vms").await;
    let mut manager = portal.sign_in("manager").await;
    let page = manager.get("/t/acme/audit").await;
    let file = manager.download("/t/acme/audit.csv").await;
    let file = String::from_utf8(file.expect("comes")).expect("is text");
    for (what, text) in [("page", &page.text), ("file", &file)] {
        for elsewhere in ["stranger", "Customer-B", "other", "/admin"] {
            assert!(!text.contains(elsewhere), "{elsewhere} in the {what}");
        }
        // Actions on its members are part of its log.
        assert!(text.contains("User disabled"), "{text}");
    }
}

#[tokio::test]
async fn refusals_write_one_row_a_minute_for_each_route() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let rows = async || {
        let counted = "update audit set object = object where action = 'opened'";
        portal.database.sql(counted).await
    };
    for number in 0..5 {
        viewer.get(&format!("/t/acme/audit?page={number}")).await;
        viewer.get(&format!("/t/team-{number}/vms")).await;
    }
    assert_eq!(rows().await, 2);
    portal.clock.advance(chrono::TimeDelta::minutes(1));
    assert_eq!(viewer.get("/t/acme/audit").await.status, 403);
    assert_eq!(rows().await, 3);
}

#[tokio::test]
async fn recorded_addresses_are_short() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let long = "x".repeat(30_000);
    for list in ["vms", "history", "tickets", "events", "audit"] {
        let address = format!("/t/acme/{list}.csv?q={long}");
        admin.download(&address).await.expect("comes");
    }
    admin.get(&format!("/admin/users?q={long}")).await;
    for (place, text) in portal.database.texts().await {
        assert!(
            !place.starts_with("audit.") || text.chars().count() <= 400,
            "{place} holds {} characters",
            text.len()
        );
    }
}
