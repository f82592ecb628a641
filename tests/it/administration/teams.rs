//! Teams of the site: adding, editing, key replacement, connection test, archiving.

use insta::assert_snapshot;
use secmon_portal::simulator::Endpoint;

use super::{assert_audited, assert_refused, times_audited};
use crate::support::{ACME_KEY, Form, OTHER_KEY, Page, Portal, TOKEN, TestClient, outline};

const NEW_FORM: &str = "form[action='/admin/teams']";

async fn new_team(admin: &mut TestClient, slug: &str, key: &str) -> Form {
    let page = admin.get("/admin/teams").await;
    let form = page.form(NEW_FORM).fill("slug", slug);
    form.fill("name", "The new team").fill("app_key", key)
}

async fn key_form(admin: &mut TestClient) -> Form {
    let page = admin.get("/admin/teams/acme").await;
    page.form("form[action='/admin/teams/acme/key']")
}

/// Asserts that no response holds a secret.
fn assert_nothing_told(portal: &Portal, others: &[&str]) {
    let answered = portal.everything_answered();
    let (id, secret) = TOKEN.split_once(':').expect("two parts");
    for never in [ACME_KEY, OTHER_KEY, id, secret].iter().chain(others) {
        assert!(!answered.contains(never), "{never} was told");
    }
}

#[tokio::test]
async fn team_page_shows_only_the_last_four_characters_of_its_key() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = admin.get("/admin/teams/acme").await;
    assert_snapshot!(outline(&page), @"
    [← All teams of the site](/admin/teams)
    # Acme
    Name in addresses
    acme
    Region
    Korea (Pangyo) region
    Members
    4
    State
    In use
    [Open the team's pages](/t/acme)
    ## Name and region
    Name
    _name: text_ Acme
    Region
    _region_ Korea (Pangyo) region | Korea (Pyeongchon) region | Korea (Gwangju) region | Government Korea (Pangyo) region | Government Korea (Pyeongchon) region
    The key belongs to a region: after changing the region, try the connection.
    (Save)
    ## Key
    appKey
    …6789
    Token credentials
    Set
    (Try the connection)
    Replace the key or the token credentials…
    What you leave empty stays as it is. The key is not shown again after it was typed, but for its last four characters.
    appKey (optional)
    _app_key: password_
    Token credentials
    (optional)
    Only where the API asks for an access token: the id and the secret of a User Access Key.
    User Access Key ID
    _token_id: text_
    Secret Access Key
    _token_secret: password_
    _no_token: checkbox_ yes
    The API asks for no token: delete the credentials
    (Try and save)
    (Save without trying)
    ## Archive
    Members no longer see an archived team, and the API is not called for it. What was done in it stays on record, and it can be brought back with its key and members.
    Archive this team…
    (Archive)
    ");
    // Optional fields are not `required`.
    let required = "form[action='/admin/teams/acme/key'] [required]";
    assert_eq!(page.count(required), 0);
    let new = admin.get("/admin/teams").await;
    let required = new.attributes(&format!("{NEW_FORM} [required]"), "name");
    assert_eq!(required, ["slug", "name", "app_key"]);
    assert_nothing_told(&portal, &[]);
    assert!(portal.calls().is_empty(), "looking at it calls nothing");
}

#[tokio::test]
async fn team_is_added_after_its_key_passed_the_test() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let form = new_team(&mut admin, "new", OTHER_KEY).await;
    let page = admin.submit_and_follow(&form.fill("region", "kr2")).await;
    assert_eq!(page.address, "/admin/teams/new?flash=added");
    assert_eq!(page.message(), "The team is added.");
    assert_eq!(portal.calls(), [Endpoint::History]);
    assert_eq!(admin.get("/t/new/tickets").await.status, 200);
    assert_eq!(portal.team("new").await.region.code(), "kr2");
    assert_audited(&portal, ["site-admin", "Team added", "new", "Done"]).await;
    assert_nothing_told(&portal, &[]);
}

#[tokio::test]
async fn team_with_a_rejected_key_needs_confirmation() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let wrong = "NobodysAppKey-0000";
    let form = new_team(&mut admin, "new", wrong).await;
    let page = admin.submit(&form).await;
    assert_eq!(page.status, 422);
    let told = page.alert();
    assert!(
        told.starts_with("The connection with the key …0000 does not work"),
        "{told}"
    );
    let again = page.form(NEW_FORM);
    assert_eq!(again.value("slug"), Some("new"));
    assert_eq!(again.value("name"), Some("The new team"));
    assert_eq!(again.value("app_key"), Some(""));
    assert_eq!(admin.get("/t/new").await.status, 404);
    let page = admin
        .submit_and_follow(&form.smuggle("untried", "yes"))
        .await;
    assert_eq!(page.message(), "The team is added.");
    assert_eq!(admin.get("/t/new").await.status, 200);
    assert_audited(
        &portal,
        ["site-admin", "Connection tried", "new", "Refused"],
    )
    .await;
    assert_nothing_told(&portal, &[wrong]);
}

#[tokio::test]
async fn invalid_team_form_names_its_fields() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = admin.get("/admin/teams").await;
    let form = page.form(NEW_FORM);
    let secret = "a secret half";
    let wrong = form
        .clone()
        .fill("slug", "Acme Shop")
        .fill("name", "\u{7}")
        .fill("region", "us1")
        .fill("app_key", "a key / with")
        .fill("token_secret", secret);
    let page = admin.submit(&wrong).await;
    let refused = [
        (
            "slug",
            "The name in addresses needs 1 to 63 lower-case letters, digits or hyphens, with no hyphen at an end.",
        ),
        ("name", "The name needs 1 to 100 characters."),
        ("region", "Choose one of the regions."),
        (
            "app_key",
            "This cannot be an appKey: it holds only letters, digits and - _ . ~, at most 128.",
        ),
        (
            "token_id",
            "Token credentials have two parts, the ID and the secret. Type both.",
        ),
    ];
    assert_refused(&page, &refused);
    assert_eq!(page.form(NEW_FORM).value("slug"), Some("Acme Shop"));
    let taken = new_team(&mut admin, "acme", OTHER_KEY).await;
    let words = "There is a team with this name in addresses already, perhaps an archived one.";
    assert_refused(&admin.submit(&taken).await, &[("slug", words)]);
    assert_nothing_told(&portal, &[secret, "a key / with"]);
}

#[tokio::test]
async fn team_keeps_its_history_when_its_details_change() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    crate::control::add(&mut operator, &portal.vms(false, 1)).await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = admin.get("/admin/teams/acme").await;
    let form = page.form("form[action='/admin/teams/acme/name']");
    let form = form.fill("name", "Acme & Söhne").fill("region", "gov-kr1");
    let page = admin.submit_and_follow(&form).await;
    assert_eq!(page.message(), "Name and region are kept.");
    assert_eq!(page.texts("h1"), ["Acme & Söhne"]);
    let form = key_form(&mut admin).await.fill("app_key", OTHER_KEY);
    let page = admin
        .submit_and_follow(&form.smuggle("no_token", "yes"))
        .await;
    assert_eq!(
        page.message(),
        "The new key is saved. From now on it is used for every call."
    );
    assert!(page.texts("dl.facts code").contains(&"…4321".to_owned()));
    assert_eq!(operator.get("/t/acme/requests").await.count("tbody tr"), 1);
    assert_eq!(operator.get("/t/acme/tickets").await.status, 200);
    for (action, object) in [
        ("Team changed", "acme: Acme & Söhne, gov-kr1"),
        ("appKey replaced", "acme"),
        ("Connection tried", "acme (…4321)"),
    ] {
        assert_audited(&portal, ["site-admin", action, object, "Done"]).await;
    }
    assert_nothing_told(&portal, &[]);
}

#[tokio::test]
async fn empty_fields_keep_their_value_when_a_key_is_replaced() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let access = async || {
        let team = portal.team("acme").await;
        let access = portal.store.api_access(&team).await.expect("is read");
        let token = access
            .token
            .map(|token| format!("{}:{}", token.id(), token.expose_secret()));
        (access.app_key.expose_secret().to_owned(), token)
    };
    let untried = |form: Form| form.smuggle("untried", "yes");
    let form = key_form(&mut admin)
        .await
        .fill("app_key", "AnotherAppKey-77");
    admin.submit(&untried(form)).await;
    assert_eq!(
        access().await,
        ("AnotherAppKey-77".into(), Some(TOKEN.into()))
    );
    let form = key_form(&mut admin).await;
    let form = form.fill("token_id", "id-2").fill("token_secret", "half:2");
    admin.submit(&untried(form)).await;
    assert_eq!(
        access().await,
        ("AnotherAppKey-77".into(), Some("id-2:half:2".into()))
    );
    let form = key_form(&mut admin).await.check(&["yes"]);
    admin.submit(&untried(form)).await;
    assert_eq!(access().await, ("AnotherAppKey-77".into(), None));
    assert!(portal.calls().is_empty(), "nothing was tried");
    let page = admin.get("/admin/teams/acme").await;
    assert!(!page.has("[name=no_token]"), "there is none to delete");
    let empty = untried(key_form(&mut admin).await);
    let page = admin.submit(&empty).await;
    let words = "Nothing was typed. Type a new appKey, new token credentials, or both.";
    assert_refused(&page, &[("app_key", words)]);
}

#[tokio::test]
async fn rejected_key_replaces_none_without_confirmation() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let wrong = "NobodysAppKey-0000";
    let form = key_form(&mut admin).await.fill("app_key", wrong);
    let page = admin.submit(&form).await;
    assert_eq!(page.status, 422);
    let told = page.alert();
    assert!(
        told.starts_with("The connection with the key …0000 does not work"),
        "{told}"
    );
    assert!(page.has("details[open] [name=app_key]"));
    assert_eq!(
        admin.get("/t/acme/tickets").await.status,
        200,
        "the old one works"
    );
    let page = admin
        .submit_and_follow(&form.smuggle("untried", "yes"))
        .await;
    assert_eq!(page.status, 200);
    assert_eq!(admin.get("/t/acme/tickets").await.status, 502);
    assert_nothing_told(&portal, &[wrong]);
}

#[tokio::test]
async fn connection_test_reports_its_result() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let page = admin.get("/admin/teams/acme").await;
    let form = page.form("form[action='/admin/teams/acme/key/try']");
    let page = admin.submit(&form).await;
    assert_eq!(page.status, 200);
    let words = "The API answered with the key …6789. Its history has 25 changes.";
    assert_eq!(page.message(), words);
    let team = portal.team("acme").await;
    let wrong = secmon_portal::model::AppKey::parse("NobodysAppKey-0000").expect("a key");
    let by = secmon_portal::store::AuditRecord::by_command_line();
    let set = portal.store.set_team_key(&team, &wrong, None, &by);
    set.await.expect("is set");
    let page = admin.submit(&form).await;
    assert!(
        page.alert()
            .starts_with("The connection with the key …0000 does not work")
    );
    assert_nothing_told(&portal, &["NobodysAppKey-0000"]);
}

#[tokio::test]
async fn undecryptable_key_can_be_replaced() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    portal
        .database
        .sql("update teams set app_key = 'x' where slug = 'acme'")
        .await;
    let page = admin.get("/admin/teams/acme").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text
            .contains("The stored key cannot be read any more. Replace it.")
    );
    let form = key_form(&mut admin).await.fill("app_key", OTHER_KEY);
    assert_eq!(admin.submit_and_follow(&form).await.status, 200);
    assert_eq!(admin.get("/t/acme/tickets").await.status, 200);
}

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
    for action in ["Team archived", "Team brought back"] {
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
