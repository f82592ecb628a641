//! First set-up: a one-time link creates the first site admin and the first team.

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::{simulator::Endpoint, store::AuditRecord};

use super::assert_refused;
use crate::support::{ACME_KEY, Form, Page, Portal, TOKEN, TestClient, new_user, outline};

const CHOSEN: &str = "a chosen 비밀번호";

async fn fresh() -> (Portal, String) {
    let portal = Portal::start_with(|config| config.fresh = true).await;
    let link = link(&portal).await;
    (portal, link)
}

/// What a portal prints when it starts.
async fn link(portal: &Portal) -> String {
    let token = portal.store.set_up_link().await.expect("is made");
    let token = token.expect("there are no users");
    assert!(token.len() >= 40, "as long as 256 bits: {token}");
    format!("/setup/{token}")
}

async fn filled_in(client: &mut TestClient, link: &str, app_key: &str) -> Form {
    let page = client.get(link).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let (id, secret) = TOKEN.split_once(':').expect("two parts");
    let form = page.form("form[action^='/setup/']");
    form.fill("username", "jung")
        .fill("display_name", "정 <관리>")
        .fill("new", CHOSEN)
        .fill("again", CHOSEN)
        .fill("slug", "acme")
        .fill("name", "쇼핑몰")
        .fill("app_key", app_key)
        .fill("token_id", id)
        .fill("token_secret", secret)
}

async fn assert_over(portal: &Portal, link: &str) {
    let mut client = portal.client();
    let page = client.get(link).await;
    assert_eq!(page.status, 410);
    assert!(page.alert().starts_with("This link no longer works"));
    let sent: &[(&str, &str)] = &[("username", "eve"), ("new", CHOSEN), ("again", CHOSEN)];
    assert_eq!(client.post(link, sent).await.status, 410);
}

#[tokio::test]
async fn setup_link_creates_the_admin_and_team_in_the_browser() {
    let (portal, link) = fresh().await;
    let mut jung = portal.client();
    for _ in 0..2 {
        assert_eq!(jung.get(&link).await.status, 200, "looking uses nothing up");
    }
    let page = jung.get(&link).await;
    assert_snapshot!(outline(&page), @"
    Secmon Portal
    View and manage Security Monitoring without a console account.
    # Set up the portal
    This page makes the first site admin and the first team. The link to it works once.
    ## You, as site admin
    Username
    _username: text_
    Name (optional)
    _display_name: text_
    A new password has at least 12 characters and is hard to guess, also for somebody who knows your name and this portal. Several words that do not belong together are easy to remember.
    New password
    _new: password_
    New password again
    _again: password_
    ## The first team
    A team is one appKey in one region. More teams and users can be added later.
    URL name
    _slug: text_
    The short name that stands in the addresses of its pages, such as acme-shop. It cannot be changed later.
    Name
    _name: text_
    Region
    _region_ Korea (Pangyo) region | Korea (Pyeongchon) region | Korea (Gwangju) region | Government Korea (Pangyo) region | Government Korea (Pyeongchon) region
    appKey
    _app_key: password_
    Token credentials
    (optional)
    Only where the API asks for an access token: the id and the secret of a User Access Key.
    User Access Key ID
    _token_id: text_
    Secret Access Key
    _token_secret: password_
    (Test the key and set up)
    (Set up without testing)
    ");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    portal.calls();
    let form = filled_in(&mut jung, &link, ACME_KEY).await;
    let page = jung.submit_and_follow(&form).await;
    assert_eq!(portal.calls(), [Endpoint::History], "the key was tried");
    let done = "The portal is set up. Sign in with the password that you have set.";
    assert_eq!(page.message(), done);
    let answer = jung.sign_in_at(&page, "jung", CHOSEN).await;
    assert_eq!(answer.status, 303);
    assert_eq!(jung.get("/t/acme/vms").await.status, 200);
    assert_eq!(jung.get("/admin/users").await.status, 200);
    assert_over(&portal, &link).await;
    assert_eq!(portal.store.set_up_link().await.expect("reads"), None);
    let log = jung.get("/admin/audit").await;
    let rows = log.rows("table.list > tbody > tr");
    let rows: Vec<String> = rows.iter().map(|row| row[1..5].join(" | ")).collect();
    assert_snapshot!(rows.join("\n"), @"
    jung | Sign-in |  | Done
    jung | Team added | acme | Done
    jung | User added | jung | Done
    jung | Portal set up |  | Done
    jung | Connection tested | acme | Done
    jung | Connection tested | acme | Started
    ");
}

#[tokio::test]
async fn setup_form_needs_the_link_and_login_says_what_to_do() {
    let (portal, _) = fresh().await;
    let mut client = portal.client();
    assert_over(&portal, "/setup/no-such-link").await;
    let page = client.open("/").await;
    assert_eq!(
        page.message(),
        "Nobody can sign in yet. Open the link that the portal printed when it started."
    );
    let kept = portal.database.texts().await;
    let link = link(&portal).await;
    let token = link.trim_start_matches("/setup/");
    assert!(kept.iter().all(|(_, text)| !text.contains(token)));
}

#[tokio::test]
async fn invalid_setup_form_names_its_fields_and_creates_nothing() {
    let (portal, link) = fresh().await;
    let mut jung = portal.client();
    let form = filled_in(&mut jung, &link, "two words")
        .await
        .fill("username", "with a blank")
        .fill("slug", "NOT A SLUG");
    let page = jung.submit(&form).await;
    assert_refused(
        &page,
        &[
            ("username", &page.text_of("#username-problem")),
            ("slug", &page.text_of("#slug-problem")),
            ("app_key", &page.text_of("#app_key-problem")),
        ],
    );
    let again = page.form("form[action^='/setup/']");
    assert_eq!(again.value("display_name"), Some("정 <관리>"));
    assert_eq!(again.value("name"), Some("쇼핑몰"));
    for secret in ["new", "again", "app_key", "token_secret"] {
        assert_eq!(again.value(secret), Some(""), "{secret} is shown again");
    }
    let weak = filled_in(&mut jung, &link, ACME_KEY).await;
    let page = jung
        .submit(&weak.fill("new", "short").fill("again", "short"))
        .await;
    assert_refused(&page, &[("new", &page.text_of("#new-problem"))]);
    let different = filled_in(&mut jung, &link, ACME_KEY).await;
    let page = jung
        .submit(&different.fill("again", "another 비밀번호"))
        .await;
    assert_refused(&page, &[("again", &page.text_of("#again-problem"))]);
    assert_eq!(portal.calls(), [], "nothing was tried");
    assert!(portal.store.is_fresh().await.expect("reads"));
    assert!(portal.store.teams().await.expect("reads").is_empty());
}

#[tokio::test]
async fn rejected_key_is_reported_and_can_be_kept_anyway() {
    let (portal, link) = fresh().await;
    let mut jung = portal.client();
    let form = filled_in(&mut jung, &link, "AnotherKey0123456789").await;
    let page = jung.submit(&form).await;
    assert_eq!(page.status, 422);
    let told = page.alert();
    assert!(told.contains("…6789"), "{told}");
    assert!(!page.text.contains("AnotherKey"));
    assert!(portal.store.is_fresh().await.expect("reads"));
    let form = filled_in(&mut jung, &link, "AnotherKey0123456789").await;
    let page = jung.submit(&form.smuggle("untried", "yes")).await;
    assert_eq!(page.status, 303);
    assert!(!portal.store.is_fresh().await.expect("reads"));
    let tried = ["jung", "Connection tested", "acme", "Refused"];
    assert_audited(&portal, tried).await;
    let answered = portal.everything_answered();
    for never in ["AnotherKey", CHOSEN, "acme-key-secret"] {
        assert!(!answered.contains(never), "{never} was told");
    }
}

/// Asserts a row of the audit log.
async fn assert_audited(portal: &Portal, row: [&str; 4]) {
    let mut jung = portal.client();
    assert_eq!(jung.sign_in("jung", CHOSEN).await.status, 303);
    let page = jung.get("/admin/audit").await;
    let rows = page.rows("table.list > tbody > tr");
    assert!(rows.iter().any(|value| value[1..5] == row), "{rows:#?}");
}

#[tokio::test]
async fn setup_link_expires_after_72_hours_or_the_first_user() {
    let (portal, first) = fresh().await;
    // Another portal on the same database starts: both links work.
    let second = link(&portal).await;
    assert_eq!(portal.client().get(&first).await.status, 200);
    portal.clock.advance(TimeDelta::hours(71));
    let third = link(&portal).await;
    portal.clock.advance(TimeDelta::hours(2));
    assert_over(&portal, &first).await;
    assert_over(&portal, &second).await;
    assert_eq!(portal.client().get(&third).await.status, 200);
    let by = AuditRecord::by_command_line();
    let user = new_user("site-admin", Vec::new(), "");
    portal.store.add_user(&user, &by).await.expect("is added");
    assert_over(&portal, &third).await;
}

#[tokio::test]
async fn concurrent_setups_create_one_admin() {
    let (portal, one) = fresh().await;
    let other = link(&portal).await;
    let mut jung = portal.client();
    let mut kang = portal.client();
    let form_of_jung = filled_in(&mut jung, &one, ACME_KEY).await;
    let form_of_kang = filled_in(&mut kang, &other, ACME_KEY).await;
    let form_of_kang = form_of_kang.fill("username", "kang");
    let (first, second) = tokio::join!(jung.submit(&form_of_jung), kang.submit(&form_of_kang));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
    assert_eq!(portal.store.users().await.expect("reads").len(), 1);
    assert_eq!(portal.store.teams().await.expect("reads").len(), 1);
}

#[tokio::test]
async fn setup_creates_only_the_admin_when_a_team_exists() {
    let (portal, link) = fresh().await;
    let mut jung = portal.client();
    let form = filled_in(&mut jung, &link, ACME_KEY).await;
    let page = add_team_and_look(&portal, &mut jung, &link).await;
    assert!(!page.has("[name=slug]"));
    // A stale form with a team: only the admin is created.
    let page = jung.submit(&form.fill("slug", "another")).await;
    assert_eq!(page.status, 303);
    let teams = portal.store.teams().await.expect("reads");
    let slugs: Vec<_> = teams.iter().map(|team| team.slug.as_str()).collect();
    assert_eq!(slugs, ["shell"]);
}

async fn add_team_and_look(portal: &Portal, client: &mut TestClient, link: &str) -> Page {
    let team = secmon_portal::store::NewTeam {
        slug: "shell".parse().expect("a slug"),
        name: "Shell".to_owned(),
        region: secmon_portal::model::Region::Kr2,
        app_key: secmon_portal::model::AppKey::parse(ACME_KEY).expect("a key"),
        token: None,
    };
    let by = AuditRecord::by_command_line();
    portal.store.add_team(&team, &by).await.expect("is added");
    client.get(link).await
}

#[tokio::test]
async fn link_with_trailing_bracket_leads_to_the_page() {
    let (portal, link) = fresh().await;
    let answer = portal.client().get(&format!("{link}).")).await;
    assert_eq!(answer.location().as_deref(), Some(&*link));
}
