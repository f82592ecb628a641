//! Team settings: members, roles, key, and required reasons.

use insta::assert_snapshot;

use super::{assert_audited, assert_refused, times_audited};
use crate::support::{ACME_KEY, Form, OTHER_KEY, PASSWORD, Page, Portal, TestClient, outline};

const SETTINGS: &str = "/t/acme/settings";

async fn settings(client: &mut TestClient) -> Page {
    client.get(SETTINGS).await
}

async fn adding(admin: &mut TestClient, username: &str, role: &str) -> Form {
    let page = settings(admin).await;
    let form = page.form("form[action='/t/acme/settings/members']");
    form.fill("username", username).fill("role", role)
}

/// The form of a member's row.
async fn row(admin: &mut TestClient, username: &str, what: &str) -> Form {
    let page = settings(admin).await;
    let action = format!("{SETTINGS}/members/{what}");
    page.form(&format!("[data-id='{username}'] form[action='{action}']"))
}

#[tokio::test]
async fn admin_sees_members_and_the_masked_key() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let page = settings(&mut admin).await;
    assert_snapshot!(outline(&page), @"
    # Settings
    ## Members
    Who sees this team, and what they may do there. A change counts from the next request on. 4 in all
    | Username | Name | Role |  |
    | admin | The admin | Admin | This is you; another admin changes your role. |
    | manager | The manager | Viewer Manager Operator Admin Save | Remove |
    | operator | The operator | Viewer Manager Operator Admin Save | Remove |
    | viewer | The viewer | Viewer Manager Operator Admin Save | Remove |
    Add a member
    Username
    _username: text_
    Role
    _role_ Viewer | Manager | Operator | Admin
    (Add a member)
    ## Archive
    [Show how complete the archive is](/t/acme/settings/archive)
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
    ## Reason
    _required: checkbox_ yes
    Require a reason when adding or releasing servers
    (Save)
    ");
    assert!(
        !page.has("[data-id=admin] form"),
        "nobody changes themselves"
    );
    assert!(!portal.everything_answered().contains(ACME_KEY));
    assert!(portal.calls().is_empty());
}

#[tokio::test]
async fn new_member_sees_the_team_at_once() {
    let portal = Portal::start().await;
    let mut stranger = portal.sign_in("stranger").await;
    assert_eq!(stranger.get("/t/acme").await.status, 404);
    let mut admin = portal.sign_in("admin").await;
    let form = adding(&mut admin, "Stranger ", "manager").await;
    let page = admin.submit_and_follow(&form).await;
    assert_eq!(page.message(), "The member is added.");
    assert_eq!(stranger.get("/t/acme/audit").await.status, 200);
    let added = ["admin", "Team member added", "stranger: manager", "Done"];
    assert_audited(&portal, added).await;
    let page = admin.submit(&form).await;
    let words = "This user is a member already. Change the role in the list.";
    assert_refused(&page, &[("username", words)]);
    let form = page.form("form[action='/t/acme/settings/members']");
    assert_eq!(form.value("username"), Some("Stranger "));
    assert_eq!(form.value("role"), Some("manager"));
}

#[tokio::test]
async fn unknown_user_or_role_is_no_member() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    for name in ["nobody", "", "<b>x</b>", "a b"] {
        let form = adding(&mut admin, name, "boss").await;
        let page = admin.submit(&form).await;
        let problems = [
            ("username", "No such user. Ask a site admin to invite them."),
            ("role", "Choose one of the roles."),
        ];
        assert_refused(&page, &problems);
    }
    assert_eq!(settings(&mut admin).await.count("tr[data-id]"), 4);
}

#[tokio::test]
async fn new_role_counts_from_the_next_request() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut admin = portal.sign_in("admin").await;
    assert_eq!(settings(&mut viewer).await.status, 403);
    let form = row(&mut admin, "viewer", "role").await;
    assert_eq!(form.value("role"), Some("viewer"));
    let page = admin.submit_and_follow(&form.fill("role", "admin")).await;
    assert_eq!(page.message(), "The role is changed.");
    assert_eq!(settings(&mut viewer).await.status, 200);
    // The admin loses the role while a form is open.
    let form = row(&mut viewer, "admin", "role").await;
    viewer.submit(&form.fill("role", "viewer")).await;
    assert_eq!(settings(&mut admin).await.status, 403);
    let stale = [("user", "x"), ("role", "viewer")];
    let sent = admin.post("/t/acme/settings/members/role", &stale).await;
    assert_eq!(sent.status, 403);
    for object in ["viewer: admin", "admin: viewer"] {
        let by = if object.starts_with("viewer") {
            "admin"
        } else {
            "viewer"
        };
        assert_audited(&portal, [by, "Role changed", object, "Done"]).await;
    }
}

#[tokio::test]
async fn removed_member_loses_the_team_at_once() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let mut admin = portal.sign_in("admin").await;
    let form = row(&mut admin, "operator", "remove").await;
    let page = admin.submit_and_follow(&form).await;
    assert_eq!(page.message(), "The member is removed.");
    assert_eq!(operator.get("/t/acme").await.status, 404);
    // The same form from another tab.
    let page = admin.submit_and_follow(&form).await;
    assert!(page.message().starts_with("Nothing was changed"));
    assert_eq!(times_audited(&portal, "Team member removed").await, 1);
}

#[tokio::test]
async fn admin_cannot_change_own_role_or_other_teams() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let me = portal.user("admin").await.id.0;
    let stranger = portal.user("stranger").await.id.0;
    for what in ["role", "remove"] {
        let address = format!("{SETTINGS}/members/{what}");
        let own = [("user", me.as_str()), ("role", "viewer")];
        assert_eq!(admin.post(&address, &own).await.status, 403);
        let other = [("user", stranger.as_str()), ("role", "viewer")];
        let answer = admin.post(&address, &other).await;
        assert_eq!(
            answer.location().as_deref(),
            Some("/t/acme/settings?flash=gone")
        );
    }
    let mut stranger = portal.sign_in("stranger").await;
    assert_eq!(stranger.get("/t/other/settings").await.status, 200);
    assert_eq!(settings(&mut admin).await.status, 200);
}

#[tokio::test]
async fn admin_replaces_and_tests_the_team_key() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let page = settings(&mut admin).await;
    let page = admin
        .submit(&page.form("form[action='/t/acme/settings/key/try']"))
        .await;
    assert!(
        page.message()
            .starts_with("The API answered with the key …6789.")
    );
    let form = page.form("form[action='/t/acme/settings/key']");
    let wrong = form.clone().fill("app_key", "NobodysAppKey-0000");
    let page = admin.submit(&wrong).await;
    assert_eq!(page.status, 422);
    assert!(page.alert().contains("…0000 does not work"));
    let right = form.fill("app_key", OTHER_KEY).smuggle("no_token", "yes");
    let page = admin.submit_and_follow(&right).await;
    assert!(page.message().starts_with("The new key is saved."));
    assert!(page.texts("dl.facts code").contains(&"…4321".to_owned()));
    let answered = portal.everything_answered();
    for never in [ACME_KEY, OTHER_KEY, "NobodysAppKey-0000"] {
        assert!(!answered.contains(never));
    }
    assert_audited(&portal, ["admin", "appKey replaced", "acme", "Done"]).await;
}

#[tokio::test]
async fn admin_makes_a_reason_required() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let switch = |page: &Page| page.form("form[action='/t/acme/settings/reason']");
    let form = switch(&settings(&mut admin).await);
    assert_eq!(form.value("required"), None);
    for _ in 0..2 {
        let on = form.clone().check(&["yes"]);
        let page = admin.submit_and_follow(&on).await;
        assert_eq!(page.message(), "The setting is saved.");
        assert_eq!(switch(&page).value("required"), Some("yes"));
    }
    assert_eq!(times_audited(&portal, "Reason made required").await, 1);
    let vms = portal.vms(false, 1);
    let sent = [("id", vms[0].as_str()), ("ask", "yes")];
    let page = admin.post("/t/acme/vms/add", &sent).await;
    assert!(page.has("[name=reason][required]"), "{}", page.text);
    admin.submit(&form).await;
    assert!(!portal.team("acme").await.reason_required);
}

#[tokio::test]
async fn site_admin_manages_a_team_without_membership() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let form = row(&mut admin, "admin", "remove").await;
    let page = admin.submit_and_follow(&form).await;
    assert_eq!(page.count("tr[data-id]"), 3);
    let mut gone = portal.client();
    gone.sign_in("admin", PASSWORD).await;
    assert_eq!(settings(&mut gone).await.status, 404);
}
