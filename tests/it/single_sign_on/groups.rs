//! Rights from the provider's groups.

use insta::assert_snapshot;
use secmon_portal::{model::Role, store::AuditRecord};
use serde_json::{Value, json};

use super::support::{Guest, mapping, portal, provider};
use crate::support::{Portal, TestClient};

const MAPPING: &str = "see=acme:viewer;ops=acme:operator;CN=Chiefs,OU=x=acme:admin;root=site-admin;gone=no-such-team:viewer";

fn groups(groups: &Value) -> Value {
    json!({ "people": { "sub-kim": { "preferred_username": "kim", "groups": groups } } })
}

/// Kim's role in the mapped team and in the unmapped one, and the site admin right.
async fn roles(portal: &Portal) -> (Option<Role>, Option<Role>, bool) {
    let mut roles = [None, None];
    for (place, slug) in roles.iter_mut().zip(["acme", "other"]) {
        let team = portal.team(slug).await;
        let members = portal.store.members(&team.id).await.expect("are read");
        let kim = members
            .iter()
            .find(|member| member.user.username.as_str() == "kim");
        *place = kim.map(|kim| kim.role);
    }
    (roles[0], roles[1], portal.user("kim").await.site_admin)
}

async fn kim_signs_in(portal: &Portal) -> TestClient {
    let mut kim = portal.client();
    let answer = kim.signs_in_as(&mut Guest::new(), "sub-kim").await;
    assert_eq!(answer.location().as_deref(), Some("/"), "{}", answer.text);
    kim
}

#[tokio::test]
async fn groups_set_the_mapped_roles_at_each_login() {
    let mut provider = provider(&groups(&json!(["see", "ops", "unmapped"])));
    let portal = portal(&provider.issuer, |settings, _| {
        settings.groups = mapping(MAPPING);
    })
    .await;
    let mut kim = kim_signs_in(&portal).await;
    assert_eq!(roles(&portal).await, (Some(Role::Operator), None, false));
    assert_eq!(kim.get("/t/acme/vms").await.status, 200);

    // A manual role in the unmapped team stays, one in the mapped team does not.
    let by = AuditRecord::by_command_line();
    let (acme, other) = (portal.team("acme").await, portal.team("other").await);
    let user = portal.user("kim").await;
    let added = portal.store.add_member(&other, &user, Role::Manager, &by);
    added.await.expect("is added");
    let changed = portal.store.change_role(&acme, &user, Role::Admin, &by);
    changed.await.expect("is changed");
    kim_signs_in(&portal).await;
    let manager = Some(Role::Manager);
    assert_eq!(roles(&portal).await, (Some(Role::Operator), manager, false));

    for (told, role, site_admin) in [
        (json!(["CN=Chiefs,OU=x", "see"]), Some(Role::Admin), false),
        (json!("see"), Some(Role::Viewer), false),
        (json!(["root"]), None, true),
        (json!(["see", 7, null]), Some(Role::Viewer), false),
        (json!([]), None, false),
    ] {
        provider.tell(&groups(&told));
        kim_signs_in(&portal).await;
        assert_eq!(roles(&portal).await, (role, manager, site_admin), "{told}");
    }
    let mut admin = portal.sign_in("site-admin").await;
    let log = admin.get("/admin/audit").await;
    let rows = log.rows("tbody tr").into_iter();
    let rows: Vec<_> = rows
        .filter(|row| row[1] == "Single sign-on")
        .map(|row| row[1..5].join(" | "))
        .collect();
    assert_snapshot!(rows.join("\n"), @"
    Single sign-on | Team member removed | kim | Done
    Single sign-on | Site admin revoked | kim | Done
    Single sign-on | Team member added | kim: viewer | Done
    Single sign-on | Site admin granted | kim | Done
    Single sign-on | Team member removed | kim | Done
    Single sign-on | Role changed | kim: viewer | Done
    Single sign-on | Role changed | kim: admin | Done
    Single sign-on | Role changed | kim: operator | Done
    Single sign-on | Team member added | kim: operator | Done
    Single sign-on | Single sign-on connected | kim | Done
    Single sign-on | User added | kim | Done
    ");
}

#[tokio::test]
async fn lost_right_ends_at_once_in_every_session() {
    let mut provider = provider(&groups(&json!(["ops"])));
    let portal = portal(&provider.issuer, |settings, _| {
        settings.groups = mapping(MAPPING);
    })
    .await;
    let mut first = kim_signs_in(&portal).await;
    assert_eq!(first.get("/t/acme/vms").await.status, 200);
    provider.tell(&groups(&json!([])));
    kim_signs_in(&portal).await;
    assert_eq!(first.get("/t/acme/vms").await.status, 404);
    assert_eq!(first.post("/t/acme/vms/add", &[]).await.status, 404);
}

#[tokio::test]
async fn missing_groups_revoke_and_missing_mapping_keeps_rights() {
    let provider = provider(&json!({ "people": { "sub-kim": { "preferred_username": "kim" } } }));
    for (text, expected) in [(Some(MAPPING), None), (None, Some(Role::Viewer))] {
        let portal = portal(&provider.issuer, |settings, _| {
            if let Some(text) = text {
                settings.groups = mapping(text);
            }
        })
        .await;
        kim_signs_in(&portal).await;
        let (team, user) = (portal.team("acme").await, portal.user("kim").await);
        let by = AuditRecord::by_command_line();
        let added = portal.store.add_member(&team, &user, Role::Viewer, &by);
        added.await.expect("is added");
        kim_signs_in(&portal).await;
        assert_eq!(roles(&portal).await.0, expected);
    }
}

#[tokio::test]
async fn groups_claim_name_is_configurable() {
    let provider = provider(&json!({
        "claims_in_token": true,
        "people": { "sub-kim": { "preferred_username": "kim", "groups": ["ops"] } },
    }));
    for (claim, role) in [("groups", Some(Role::Operator)), ("roles", None)] {
        let portal = portal(&provider.issuer, |settings, _| {
            settings.groups = mapping(MAPPING);
            settings.groups_claim = claim.to_owned();
        })
        .await;
        kim_signs_in(&portal).await;
        assert_eq!(roles(&portal).await.0, role, "{claim}");
    }
}

#[tokio::test]
async fn last_site_admin_is_kept_despite_groups() {
    let mut provider = provider(&groups(&json!(["root"])));
    let portal = portal(&provider.issuer, |settings, _| {
        settings.groups = mapping(MAPPING);
    })
    .await;
    kim_signs_in(&portal).await;
    let by = AuditRecord::by_command_line();
    let other = portal.user("site-admin").await;
    portal
        .store
        .disable_user(&other, &by)
        .await
        .expect("is disabled");
    provider.tell(&groups(&json!([])));
    let mut kim = kim_signs_in(&portal).await;
    assert!(portal.user("kim").await.site_admin);
    assert_eq!(kim.get("/admin/users").await.status, 200);
}

#[tokio::test]
async fn role_with_required_mfa_waits_for_setup() {
    let provider = provider(&groups(&json!(["ops"])));
    let portal = portal(&provider.issuer, |settings, config| {
        settings.groups = mapping(MAPPING);
        config.second_factor = secmon_portal::config::SecondFactorRule::Operators;
    })
    .await;
    let mut kim = kim_signs_in(&portal).await;
    let answer = kim.get("/t/acme/vms").await;
    let there = answer.location().expect("leads to setting it up");
    assert_eq!(there, "/account/second-factor?next=/t/acme/vms");
    crate::support::turn_on(&portal, &mut kim).await;
    assert_eq!(kim.get("/t/acme/vms").await.status, 200);
}
