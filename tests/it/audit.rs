//! The audit log: who did what, and what became of it.

use insta::assert_snapshot;

use crate::{
    control::{add, release},
    support::{PASSWORD, Portal},
};

#[tokio::test]
async fn a_manager_reads_who_did_what_newest_first() {
    let portal = Portal::start().await;
    portal.visitor().sign_in("viewer", "wrong").await;
    portal
        .visitor()
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
    operator | Release from monitoring | web-prod-01 | one item Item Asked What happened What to do now web-prod-01 133.186.154.241, 192.168.0.5 Release from monitoring The API accepted it. The release takes up to one hour. Nothing. Its status shows in the lists. See how this request stands now (1)
    operator | Add to monitoring | web-prod-01 | one item Item Asked What happened What to do now web-prod-01 133.186.154.241, 192.168.0.5 Add to monitoring The API accepted it and lists it as waiting. Monitoring starts within one hour. as of 2025-06-11 12:00:00 KST Nothing. The portal keeps looking. See how this request stands now (1)
    operator | Sign-in |  | Done
    viewer | Asked for something not allowed | /admin/users | Refused
    viewer | Asked for something not allowed | /t/acme/audit | Refused
    viewer | Sign-in |  | Done
    viewer | Sign-in |  | Refused
    Command line | User added | site-admin | Done
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
    // What a stranger typed as a name may be a password.
    assert!(!page.text.contains("wrong field"));
}

#[tokio::test]
async fn each_row_says_where_from_and_which_request() {
    let portal = Portal::start().await;
    let mut viewer = portal.visitor();
    let answer = viewer.sign_in("viewer", PASSWORD).await;
    let request = answer.header("x-request-id").expect("has an id").to_owned();
    let page = portal.sign_in("manager").await.get("/t/acme/audit").await;
    let rows = page.rows("tbody tr");
    let row = rows.iter().find(|row| row[6] == request);
    let row = row.expect("the sign-in is written down");
    assert_eq!(row[..3], ["2025-06-11 12:00:00 KST", "viewer", "Sign-in"]);
    assert_eq!(row[4..6], ["Done", "192.0.2.7"]);
}

#[tokio::test]
async fn a_site_admin_reads_also_what_concerns_no_team() {
    let portal = Portal::start().await;
    portal.visitor().sign_in("nobody-of-that-name", "x").await;
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
async fn a_long_log_is_paged() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for _ in 0..60 {
        viewer.get("/t/acme/audit").await;
    }
    let mut manager = portal.sign_in("manager").await;
    portal.calls();
    let page = manager.get("/t/acme/audit").await;
    assert_eq!(page.count("tbody tr"), 50);
    let next = manager.get(&page.link("a[rel=next]")).await;
    // Two sign-ins, the team, and its four members and the site admin, who were added as users.
    assert_eq!(next.count("tbody tr"), 60 + 2 + 1 + 4 + 5 - 50);
    assert!(!next.has("a[rel=next]"));
    assert_eq!(portal.calls(), []);
}
