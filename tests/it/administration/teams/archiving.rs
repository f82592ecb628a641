//! Archived teams.

use super::super::{assert_audited, times_audited};
use super::new_team;
use crate::support::{OTHER_KEY, Page, Portal, TestClient};

async fn archive(admin: &mut TestClient, what: &str) -> Page {
    let page = admin.get("/admin/teams/acme").await;
    let form = page.form(&format!("form[action='/admin/teams/acme/{what}']"));
    admin.submit_and_follow(&form).await
}

#[tokio::test]
async fn archived_team_is_hidden_and_restored_unchanged() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 1);
    crate::control::add(&mut operator, &vms).await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = archive(&mut admin, "archive").await;
    assert_eq!(page.message(), "The team is archived.");
    portal.calls();
    for client in [&mut operator, &mut admin] {
        for address in ["/t/acme", "/t/acme/vms", "/t/acme/audit"] {
            assert_eq!(client.get(address).await.status, 404, "{address}");
        }
        let sent = [("id", vms[0].as_str()), ("confirm", "yes")];
        assert_eq!(client.post("/t/acme/vms/add", &sent).await.status, 404);
    }
    let page = operator.open("/").await;
    assert_eq!(page.count("a.card-link"), 0);
    assert!(page.text_of(".empty").contains("if it was archived"));
    portal.clock.advance(chrono::TimeDelta::minutes(30));
    portal.run_due(portal.poller()).await;
    let tried = admin.post("/admin/teams/acme/key/try", &[]).await;
    assert_eq!(tried.status, 303);
    assert!(portal.calls().is_empty(), "nothing is called for it");
    let list = admin.get("/admin/teams").await;
    assert_eq!(list.rows("[data-id=acme]")[0][4], "Archived");
    assert!(list.has("[data-id=acme] a"));
    let taken = new_team(&mut admin, "acme", OTHER_KEY).await;
    assert_eq!(
        admin.submit(&taken).await.status,
        422,
        "its address stays its own"
    );

    let page = archive(&mut admin, "bring-back").await;
    assert_eq!(page.message(), "The team is in use again.");
    assert_eq!(operator.get("/t/acme/vms").await.status, 200);
    assert_eq!(operator.get("/t/acme/requests").await.count("tbody tr"), 1);
    for action in ["Team archived", "Team restored"] {
        assert_audited(&portal, ["site-admin", action, "acme", "Done"]).await;
    }
}

#[tokio::test]
async fn archiving_twice_is_audited_once() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    for _ in 0..2 {
        let page = admin.post("/admin/teams/acme/archive", &[]).await;
        assert_eq!(page.status, 303);
    }
    assert_eq!(times_audited(&portal, "Team archived").await, 1);
}
