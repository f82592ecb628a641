//! The archive in a team's settings.

use secmon_portal::jobs::Sweep;

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
    let form = page.form("form[action$=sync]");
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

#[tokio::test]
async fn retention_shows_what_would_go_and_asks_first() {
    let portal = Portal::start_with(|config| config.api.events = 60).await;
    portal.fill_archive().await;
    let team = portal.team("acme").await;
    let retention = async || {
        let months = portal.store.archive_retention(&team.id).await;
        months.expect("is read")
    };
    let mut admin = portal.sign_in("admin").await;
    let page = admin.get("/t/acme/settings/archive").await;
    let form = page.form("form[action$=retention]");
    assert_eq!(form.value("months"), Some(""));
    let wrong = admin.submit(&form.clone().fill("months", "0")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.alert().starts_with("Enter a number of months"));
    portal.clock.advance(chrono::TimeDelta::days(70));
    let mut admin = portal.sign_in("admin").await;
    let asked = admin.submit(&form.fill("months", "2")).await;
    assert_eq!(asked.status, 200);
    assert_eq!(asked.text_of("h1"), "Keep only 2 months?");
    assert_eq!(asked.text_of("[data-fact=events]"), "60");
    assert_eq!(retention().await, None);
    let done = admin.submit_and_follow(&asked.form("form.confirm")).await;
    assert_eq!(done.message(), "The retention is saved.");
    assert_eq!(retention().await, Some(2));
    portal.run_due(Sweep(portal.store.clone())).await;
    let page = admin.get("/t/acme/settings/archive").await;
    assert_eq!(
        page.attributes("tr[data-kind=events]", "data-stored"),
        ["0"]
    );
    let audit = admin.get("/t/acme/audit").await;
    assert!(audit.text.contains("Archive retention changed"));
    // Everything is kept again: nothing would go, and nobody is asked.
    let form = page.form("form[action$=retention]").fill("months", "");
    let done = admin.submit_and_follow(&form).await;
    assert_eq!(done.message(), "The retention is saved.");
    assert_eq!(retention().await, None);
}
