//! Teams of the site: adding, editing, key replacement, connection test, archiving.

mod archiving;
mod keys;

use insta::assert_snapshot;
use secmon_portal::simulator::Endpoint;

use super::{assert_audited, assert_refused};
use crate::support::{ACME_KEY, Form, OTHER_KEY, Portal, TOKEN, TestClient, outline};

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
    URL name
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
    (Test the connection)
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
    (Test and save)
    (Save without testing)
    ## Archive
    Members no longer see an archived team, and the API is not called for it. Its records stay, and it can be restored with its key and members.
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
        ["site-admin", "Connection tested", "new", "Refused"],
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
        ("Connection tested", "acme (…4321)"),
    ] {
        assert_audited(&portal, ["site-admin", action, object, "Done"]).await;
    }
    assert_nothing_told(&portal, &[]);
}
