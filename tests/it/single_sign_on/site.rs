//! Identities in site administration, and invitations.

use insta::assert_snapshot;
use secmon_portal::store::AuditRecord;
use serde_json::json;

use super::{
    sign_in::newest_row,
    support::{Guest, portal, provider},
};
use crate::support::{PASSWORD, Portal, new_user, outline};

#[tokio::test]
async fn site_admin_sees_and_unlinks_identities() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |_, _| ()).await;
    let (mut kim, mut guest) = (portal.client(), Guest::new());
    kim.signs_in_as(&mut guest, "sub-kim").await;
    let mut admin = portal.sign_in("site-admin").await;
    let users = admin.get("/admin/users").await;
    let state = users.texts("tr[data-id=kim] td:last-child");
    assert_eq!(state, ["Active Single sign-on"]);
    let page = admin.get(&users.link("tr[data-id=kim] a")).await;
    assert!(
        page.texts("dl.facts dt")
            .contains(&"Single sign-on".to_owned())
    );
    let form = page.form("form[action$='/single-sign-on/disconnect']");
    let page = admin.submit_and_follow(&form).await;
    assert_eq!(
        page.message(),
        "Single sign-on is disconnected, and all sessions of the user are ended."
    );
    assert!(!page.has("form[action$='/single-sign-on/disconnect']"));
    assert!(
        kim.get("/account").await.location().is_some(),
        "is signed out"
    );
    assert_eq!(
        newest_row(&portal).await,
        "site-admin | Single sign-on disconnected | kim | Done"
    );
}

/// The invitation link of a user named guest.
async fn invitation(portal: &Portal) -> String {
    let by = AuditRecord::by_command_line();
    let user = new_user("guest", Vec::new(), "");
    let invited = portal.store.invite(&user, &by).await;
    format!("/invitation/{}", invited.expect("is invited").1)
}

#[tokio::test]
async fn invited_user_can_link_the_provider_instead() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |settings, config| {
        settings.creates_users = false;
        config.ways.by_password = false;
    })
    .await;
    let (mut invited, mut guest) = (portal.client(), Guest::new());
    let answer = invited.signs_in_as(&mut guest, "sub-kim").await;
    assert_eq!(answer.status, 403);
    assert!(!answer.alert().contains("password"), "{}", answer.alert());
    let address = invitation(&portal).await;
    let page = invited.get(&address).await;
    assert_snapshot!(outline(&page), @"
    Secmon Portal
    View and manage Security Monitoring without a console account.
    # Welcome, The guest
    Sign in at Hanbit Login to connect this invitation with your account there. In the portal your username is guest.
    (Sign in with Hanbit Login)
    ");
    let chosen = [("new", PASSWORD), ("again", PASSWORD)];
    assert_eq!(invited.post(&address, &chosen).await.status, 403);
    let page = invited.submit(&page.form("#by-provider")).await;
    let there = page.link("main a.btn-primary");
    let back = guest.signs_in(&there, "sub-kim").await;
    let answer = invited.get(&back).await;
    assert_eq!(answer.location().as_deref(), Some("/"), "{}", answer.text);
    let account = invited.get("/account").await;
    assert_eq!(account.texts("dl.facts dd")[0], "guest");
    // It is used up, and the provider leads here from now on.
    assert_eq!(invited.get(&address).await.status, 410);
    let mut again = portal.client();
    let answer = again.signs_in_as(&mut guest, "sub-kim").await;
    assert_eq!(answer.location().as_deref(), Some("/"));
}

#[tokio::test]
async fn expired_invitation_links_no_identity() {
    let provider = provider(&json!({}));
    let portal = portal(&provider.issuer, |settings, _| {
        settings.creates_users = false;
    })
    .await;
    let address = invitation(&portal).await;
    let (mut invited, mut guest) = (portal.client(), Guest::new());
    let page = invited.get(&address).await;
    assert!(page.has("#new"), "a password can be chosen too");
    let page = invited.submit(&page.form("#by-provider")).await;
    let there = page.link("main a.btn-primary");
    let back = guest.signs_in(&there, "sub-kim").await;
    let by = AuditRecord::by_command_line();
    let user = portal.user("guest").await;
    assert!(
        portal
            .store
            .withdraw_link(&user, &by)
            .await
            .expect("is withdrawn")
    );
    let answer = invited.get(&back).await;
    assert_eq!(answer.status, 410);
    assert!(!invited.cookies.contains_key("secmon_portal_session"));
    assert_eq!(
        newest_row(&portal).await,
        "– | Sign-in | single sign-on: no-invitation | Refused"
    );
    let late = format!("{address}/single-sign-on");
    assert_eq!(invited.post(&late, &[]).await.status, 410);
}
