//! MFA required of operators and admins.

use chrono::TimeDelta;
use secmon_portal::config::SecondFactorRule;

use crate::support::{Portal, turn_on};

async fn strict() -> Portal {
    Portal::start_with(|config| config.second_factor = SecondFactorRule::Operators).await
}

#[tokio::test]
async fn user_with_required_mfa_reaches_only_its_setup() {
    let portal = strict().await;
    for username in ["operator", "admin", "stranger", "site-admin"] {
        let mut client = portal.sign_in(username).await;
        for address in [
            "/",
            "/account",
            "/t/acme",
            "/t/acme/vms?q=web",
            "/admin/users",
        ] {
            let page = client.open(address).await;
            assert_eq!(page.status, 200);
            assert!(page.address.starts_with("/account/second-factor?next=/"));
            assert_eq!(
                page.message(),
                "Your role requires two-factor authentication. Turn it on now; until then nothing else is shown."
            );
            assert!(!page.text.contains("Acme"));
            assert_eq!(
                page.attributes(".site-header a", "href"),
                ["/"],
                "nothing else is offered"
            );
        }
        for address in [
            "/account/password",
            "/account/sessions/end",
            "/t/acme/vms/add",
        ] {
            let answer = client.post(address, &[]).await;
            let there = answer.location().expect("leads to setting up");
            assert!(there.starts_with("/account/second-factor?next="), "{there}");
        }
    }
    assert!(portal.calls().is_empty());
}

#[tokio::test]
async fn mfa_can_be_required_of_everybody() {
    let portal =
        Portal::start_with(|config| config.second_factor = SecondFactorRule::Everybody).await;
    for username in ["viewer", "manager", "operator", "site-admin"] {
        let mut client = portal.sign_in(username).await;
        let page = client.open("/t/acme/tickets").await;
        assert!(
            page.address.starts_with("/account/second-factor?next=/"),
            "{username}"
        );
    }
    let mut viewer = portal.sign_in("viewer").await;
    turn_on(&portal, &mut viewer).await;
    assert_eq!(viewer.get("/t/acme/tickets").await.status, 200);
}

#[tokio::test]
async fn setup_of_required_mfa_leads_to_the_requested_page() {
    let portal = strict().await;
    let mut operator = portal.sign_in("operator").await;
    let page = operator.open("/t/acme/vms?q=web").await;
    let page = operator
        .submit_and_follow(&page.form("form[action='/account/second-factor/start']"))
        .await;
    let app = crate::support::Authenticator::scan(&page);
    let form = page.form("form[action='/account/second-factor/on']");
    let page = operator
        .submit(&form.fill("code", &app.code(&portal)))
        .await;
    assert_eq!(page.link("a.go-on"), "/t/acme/vms?q=web");
    let page = operator.get("/t/acme/vms?q=web").await;
    assert_eq!(page.texts("h1"), ["Servers"]);
}

#[tokio::test]
async fn user_without_required_mfa_signs_in_directly() {
    let portal = strict().await;
    for username in ["viewer", "manager"] {
        let mut client = portal.sign_in(username).await;
        assert_eq!(client.get("/t/acme/vms").await.status, 200);
        let page = client.get("/account/second-factor").await;
        assert!(page.texts("[role=status]").is_empty());
    }
}

#[tokio::test]
async fn role_with_required_mfa_counts_from_the_next_request() {
    let portal = strict().await;
    let mut viewer = portal.sign_in("viewer").await;
    assert_eq!(viewer.get("/t/acme").await.status, 200);
    let promoted = "update memberships set role = 'operator' where role = 'viewer'";
    assert_eq!(portal.database.sql(promoted).await, 1);
    let answer = viewer.get("/t/acme").await;
    let there = "/account/second-factor?next=/t/acme";
    assert_eq!(answer.location().as_deref(), Some(there));
    let lowered = "update memberships set role = 'viewer'";
    portal.database.sql(lowered).await;
    assert_eq!(viewer.get("/t/acme").await.status, 200);
}

#[tokio::test]
async fn turning_required_mfa_off_leads_to_setup_again() {
    let portal = strict().await;
    let mut operator = portal.sign_in("operator").await;
    let (app, _) = turn_on(&portal, &mut operator).await;
    let page = operator.get("/account/second-factor").await;
    let mut form = page.form("form.fields");
    "/account/second-factor/off".clone_into(&mut form.action);
    let form = form.fill("password", crate::support::PASSWORD);
    let form = form.fill("code", &app.next_code(&portal));
    let page = operator.submit_and_follow(&form).await;
    assert!(page.has("form[action='/account/second-factor/start']"));
    assert_eq!(operator.get("/t/acme").await.status, 303);
}

#[tokio::test]
async fn user_at_required_setup_can_sign_out() {
    let portal = strict().await;
    let mut operator = portal.sign_in("operator").await;
    let page = operator.open("/").await;
    let form = page.form("form[action='/logout']");
    let page = operator.submit_and_follow(&form).await;
    assert_eq!(page.address, "/login");
    let answer = operator.get("/account/second-factor").await;
    assert!(
        answer
            .location()
            .expect("leads to signing in")
            .starts_with("/login")
    );
}

#[tokio::test]
async fn late_setup_asks_for_the_password_too() {
    let portal = strict().await;
    let mut operator = portal.sign_in("operator").await;
    portal.clock.advance(TimeDelta::minutes(30));
    let page = operator.open("/").await;
    let page = operator
        .submit_and_follow(&page.form("form[action='/account/second-factor/start']"))
        .await;
    assert!(page.has("input[name=password]"));
}
