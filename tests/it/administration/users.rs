//! Users of the site: rights, teams, disabling, and account recovery.

use insta::assert_snapshot;
use secmon_portal::store::{AuditRecord, RightRemoval};

use super::{assert_audited, assert_refused, times_audited};
use crate::support::{Form, PASSWORD, Page, Portal, TestClient, outline};

async fn user_page(admin: &mut TestClient, portal: &Portal, username: &str) -> Page {
    let id = portal.user(username).await.id.0;
    admin.get(&format!("/admin/users/{id}")).await
}

/// A form on a user's page, by the end of where it leads.
async fn form(admin: &mut TestClient, portal: &Portal, username: &str, what: &str) -> Form {
    let page = user_page(admin, portal, username).await;
    page.form(&format!("form[action$='/{what}']"))
}

async fn send(admin: &mut TestClient, portal: &Portal, username: &str, what: &str) -> Page {
    let form = form(admin, portal, username, what).await;
    admin.submit_and_follow(&form).await
}

#[tokio::test]
async fn site_admin_sees_a_user_and_their_rights() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = user_page(&mut admin, &portal, "operator").await;
    assert_snapshot!(outline(&page), @"
    [← All users of the site](/admin/users)
    # The operator
    Username
    operator
    State
    Active
    Site admin
    No
    Two-factor authentication
    Off
    ## Teams
    | Team | Role |  |
    | Acme | Viewer Manager Operator Admin Save | Remove |
    Add to a team…
    Team
    _team_ Other (other)
    Role
    _role_ Viewer | Manager | Operator | Admin
    (Add a member)
    ## Name
    Name
    _display_name: text_ The operator
    (Save)
    ## Signing in and rights
    New password link…
    The present password stops working at once, all sessions end, and earlier links are void.
    (Create the link)
    Change the right of a site admin…
    May do everything in every team, and create teams and users.
    (Make a site admin)
    Disable this user…
    A disabled user cannot sign in, and all open sessions end at once. What they did stays on record.
    (Disable)
    ");
}

#[tokio::test]
async fn user_is_disabled_at_once_and_enabled_again() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = send(&mut admin, &portal, "viewer", "disable").await;
    assert_eq!(
        page.message(),
        "The user is disabled, and all their sessions are ended."
    );
    assert_eq!(viewer.get("/t/acme").await.status, 303);
    assert_eq!(viewer.sign_in("viewer", PASSWORD).await.status, 422);
    let page = send(&mut admin, &portal, "viewer", "enable").await;
    assert_eq!(page.message(), "The user can sign in again.");
    assert_eq!(viewer.sign_in("viewer", PASSWORD).await.status, 303);
    for action in ["User disabled", "User enabled"] {
        assert_audited(&portal, ["site-admin", action, "viewer", "Done"]).await;
    }
}

#[tokio::test]
async fn site_admin_right_is_granted_and_revoked() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut admin = portal.sign_in("site-admin").await;
    for (given, status) in [("yes", 200), ("no", 403)] {
        let form = form(&mut admin, &portal, "viewer", "site-admin").await;
        let page = admin
            .submit_and_follow(&form.smuggle("site_admin", given))
            .await;
        assert_eq!(
            page.message(),
            "The rights are changed. They count from the next request on."
        );
        assert_eq!(viewer.get("/admin/users").await.status, status);
    }
    for action in ["Site admin granted", "Site admin revoked"] {
        assert_audited(&portal, ["site-admin", action, "viewer", "Done"]).await;
    }
}

#[tokio::test]
async fn site_admin_cannot_demote_or_disable_themselves() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = user_page(&mut admin, &portal, "site-admin").await;
    for what in ["disable", "site-admin", "link", "second-factor"] {
        assert!(
            !page.has(&format!("form[action$='/{what}']")),
            "{what} is not offered"
        );
        let id = portal.user("site-admin").await.id.0;
        let address = format!("/admin/users/{id}/{what}");
        let answer = admin.post(&address, &[("site_admin", "no")]).await;
        assert_eq!(answer.status, 403, "{what}");
    }
    assert_eq!(admin.get("/admin/users").await.status, 200);
}

#[tokio::test]
async fn concurrent_mutual_demotion_leaves_one_site_admin() {
    let portal = Portal::start().await;
    let by = AuditRecord::by_command_line();
    let (one, other) = (portal.user("site-admin").await, portal.user("viewer").await);
    for _ in 0..5 {
        portal
            .store
            .make_site_admin(&one, &by)
            .await
            .expect("is made");
        portal
            .store
            .make_site_admin(&other, &by)
            .await
            .expect("is made");
        portal
            .store
            .enable_user(&other, &by)
            .await
            .expect("is enabled");
        let (first, second) = tokio::join!(
            portal.store.take_site_admin(&one, &by),
            portal.store.disable_one_of_users(&other, &by),
        );
        let mut results = [first.expect("is done"), second.expect("is done")];
        results.sort_by_key(|result| *result != RightRemoval::Removed);
        assert_eq!(
            results,
            [RightRemoval::Removed, RightRemoval::LastSiteAdmin]
        );
    }
}

#[tokio::test]
async fn last_site_admin_cannot_be_demoted() {
    let portal = Portal::start().await;
    let by = AuditRecord::by_command_line();
    let viewer = portal.user("viewer").await;
    portal
        .store
        .make_site_admin(&viewer, &by)
        .await
        .expect("is made");
    let mut second = portal.sign_in("viewer").await;
    let stale = form(&mut second, &portal, "site-admin", "disable").await;
    // The other site admin revokes the right before the form is sent.
    let mut first = portal.sign_in("site-admin").await;
    let form = form(&mut first, &portal, "viewer", "site-admin").await;
    first.submit(&form.smuggle("site_admin", "no")).await;
    assert_eq!(second.submit(&stale).await.status, 403);
    assert_eq!(first.get("/admin/users").await.status, 200);
}

#[tokio::test]
async fn team_roles_are_granted_changed_and_revoked() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut admin = portal.sign_in("site-admin").await;
    let adding = form(&mut admin, &portal, "viewer", "teams").await;
    assert_eq!(
        adding.value("team"),
        Some("other"),
        "only teams that are left are offered"
    );
    let page = admin
        .submit_and_follow(&adding.clone().fill("role", "admin"))
        .await;
    assert_eq!(page.message(), "The member is added.");
    assert_eq!(viewer.get("/t/other/settings").await.status, 200);
    let row = |page: &Page, what: &str| {
        page.form(&format!("[data-id=other] form[action$='/teams/{what}']"))
    };
    let page = admin
        .submit_and_follow(&row(&page, "role").fill("role", "viewer"))
        .await;
    assert_eq!(page.message(), "The role is changed.");
    assert_eq!(viewer.get("/t/other/settings").await.status, 403);
    let removing = row(&page, "remove");
    for words in [
        "The member is removed.",
        "Nothing was changed: it was so already.",
    ] {
        let page = admin.submit_and_follow(&removing).await;
        assert_eq!(page.message(), words);
    }
    assert_eq!(viewer.get("/t/other").await.status, 404);
    let page = admin
        .submit(&adding.fill("team", "never").fill("role", "boss"))
        .await;
    let problems = [
        ("team", "Choose one of the teams."),
        ("role", "Choose one of the roles."),
    ];
    assert_refused(&page, &problems);
    assert_eq!(times_audited(&portal, "Team member removed").await, 1);
}

#[tokio::test]
async fn user_is_renamed() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let naming = form(&mut admin, &portal, "viewer", "name").await;
    let page = admin
        .submit_and_follow(&naming.clone().fill("display_name", " 김 <b> "))
        .await;
    assert_eq!(page.texts("h1"), ["김 <b>"]);
    let words = "The name needs 1 to 100 characters.";
    for nothing in [" ", "\u{3164}", "\u{2800}", "\u{115f}", "\u{200b}"] {
        let form = naming.clone().fill("display_name", nothing);
        let page = admin.submit(&form).await;
        assert_refused(&page, &[("display_name", words)]);
    }
}

#[tokio::test]
async fn lost_second_factor_is_reset_in_the_browser() {
    let portal = Portal::start().await;
    portal.with_second_factor("viewer").await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = send(&mut admin, &portal, "viewer", "second-factor").await;
    assert_eq!(
        page.message(),
        "Two-factor authentication is off, and all sessions of the user are ended."
    );
    assert!(!page.has("form[action$='/second-factor']"));
    let answer = portal.client().sign_in("viewer", PASSWORD).await;
    assert_eq!(answer.location().as_deref(), Some("/"));
    let reset = [
        "site-admin",
        "Two-factor authentication reset",
        "viewer",
        "Done",
    ];
    assert_audited(&portal, reset).await;
}
