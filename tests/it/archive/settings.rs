//! The archive in a team's settings.

use crate::support::Portal;

#[tokio::test]
async fn archive_settings_tell_how_far_each_kind_is() {
    let portal = Portal::start_with(|config| config.api.events = 60).await;
    let mut admin = portal.sign_in("admin").await;
    let page = admin.get("/t/acme/settings/archive").await;
    assert!(page.text.contains("Nothing is archived yet."));
    portal.fill_archive().await;
    let page = admin.get("/t/acme/settings/archive").await;
    assert_eq!(page.status, 200);
    for (kind, stored) in [("tickets", "34"), ("events", "60"), ("history", "25")] {
        let row = format!("tr[data-kind={kind}]");
        assert_eq!(page.attributes(&row, "data-stored"), [stored]);
        assert_eq!(page.attributes(&row, "data-complete"), ["yes"]);
    }
    assert!(!page.has("progress"));
    let mut viewer = portal.sign_in("viewer").await;
    assert_eq!(viewer.get("/t/acme/settings/archive").await.status, 403);
}

#[tokio::test]
async fn admin_can_have_the_archive_synchronized_now() {
    let portal = Portal::start_with(|config| config.api.events = 60).await;
    portal.fill_archive().await;
    let team = portal.team("acme").await;
    let mut admin = portal.sign_in("admin").await;
    let page = admin.get("/t/acme/settings/archive").await;
    let form = page.form("main form");
    assert_eq!(form.action, "/t/acme/settings/archive/sync");
    let idle = async || {
        portal
            .store
            .is_archive_idle(&team.id)
            .await
            .expect("is told")
    };
    assert!(idle().await);
    let page = admin.submit_and_follow(&form).await;
    assert!(page.message().starts_with("Synchronization starts."));
    assert!(!idle().await);
}
