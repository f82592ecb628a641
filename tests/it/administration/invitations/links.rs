//! Invitation links: validity and address.

use chrono::TimeDelta;

use super::super::assert_audited;
use super::{invite, inviting, is_over, link, reset};
use crate::support::{PASSWORD, Portal};

#[tokio::test]
async fn invitation_link_is_shown_once_and_stored_nowhere() {
    let portal = Portal::start().await;
    let (mut admin, link) = invite(&portal).await;
    let token = link.trim_start_matches("/invitation/");
    for (place, text) in portal.database.texts().await {
        assert!(!text.contains(token), "{place} holds it");
    }
    for address in ["/admin/users", "/admin/audit"] {
        assert!(!admin.get(address).await.text.contains(token), "{address}");
    }
}

#[tokio::test]
async fn invitation_link_expires_after_72_hours() {
    let portal = Portal::start().await;
    let (mut admin, link) = invite(&portal).await;
    portal
        .clock
        .advance(TimeDelta::hours(72) - TimeDelta::seconds(1));
    assert_eq!(portal.client().get(&link).await.status, 200);
    portal.clock.advance(TimeDelta::seconds(1));
    is_over(&link, &portal).await;
    admin.sign_in("site-admin", PASSWORD).await;
    let list = admin.get("/admin/users").await;
    let row = &list.rows("[data-id=park]")[0];
    assert_eq!(row[4], "No password and no valid link");
    portal.store.delete_expired().await.expect("is forgotten");
    let new = super::link(&reset(&mut admin, &portal, "park").await);
    assert_eq!(portal.client().get(&new).await.status, 200);
}

#[tokio::test]
async fn revoked_or_replaced_link_is_refused() {
    let portal = Portal::start().await;
    let (mut admin, first) = invite(&portal).await;
    let second = link(&reset(&mut admin, &portal, "park").await);
    is_over(&first, &portal).await;
    let id = portal.user("park").await.id.0;
    let page = admin.get(&format!("/admin/users/{id}")).await;
    let page = admin
        .submit_and_follow(&page.form("form[action$='/link/withdraw']"))
        .await;
    assert_eq!(page.message(), "The link is revoked and no longer works.");
    is_over(&second, &portal).await;
    let row = ["site-admin", "Password link revoked", "park", "Done"];
    assert_audited(&portal, row).await;
}

#[tokio::test]
async fn link_uses_the_public_url_and_not_the_host_header() {
    let portal = Portal::start_with(|config| config.public_url = "https://secmon.example").await;
    let mut admin = portal.sign_in("site-admin").await;
    let form = inviting(&mut admin, "park").await;
    let mut admin = admin
        .with_header("host", "evil.example")
        .with_header("x-forwarded-host", "evil.example");
    let page = admin.submit(&form).await;
    let link = page.text_of(".link-once code");
    assert!(
        link.starts_with("https://secmon.example/invitation/"),
        "{link}"
    );
    assert!(!page.text.contains("evil.example"));
}

#[tokio::test]
async fn link_with_trailing_punctuation_leads_to_the_page() {
    let portal = Portal::start().await;
    let (_, link) = invite(&portal).await;
    for behind in [".", ")", "),", "%3E", "%EC%9E%85%EB%8B%88%EB%8B%A4."] {
        let answer = portal.client().get(&format!("{link}{behind}")).await;
        assert_eq!(answer.location().as_deref(), Some(&*link), "{behind}");
    }
}
