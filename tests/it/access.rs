//! Access control: permissions by role, and the actions that a page offers.

mod matrix;
mod routes;

use insta::assert_snapshot;

use crate::support::{ACME, Page, Portal};

pub use routes::ROUTES;

#[tokio::test]
async fn other_team_looks_like_an_unknown_one() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    for page in [
        "",
        "/vms",
        "/tickets",
        "/tickets/1",
        "/events",
        "/history",
        "/audit",
        "/settings",
    ] {
        let theirs = viewer.get(&format!("/t/other{page}")).await;
        let nobody_s = viewer.get(&format!("/t/never{page}")).await;
        assert_eq!((theirs.status, nobody_s.status), (404, 404));
        assert_eq!(without_own_marks(&theirs), without_own_marks(&nobody_s));
    }
    for action in ["add", "release"] {
        let chosen = [("id", "1")];
        let [theirs, nobody_s] = ["other", "never"].map(|value| format!("/t/{value}/vms/{action}"));
        let theirs = viewer.post(&theirs, &chosen).await;
        let nobody_s = viewer.post(&nobody_s, &chosen).await;
        assert_eq!((theirs.status, nobody_s.status), (404, 404));
        assert_eq!(without_own_marks(&theirs), without_own_marks(&nobody_s));
    }
    assert!(portal.calls().is_empty());
}

fn without_own_marks(page: &Page) -> String {
    let id = page.header("x-request-id").expect("has an id");
    let mut headers = page.headers.clone();
    headers.remove("x-request-id");
    let text = format!("{headers:?}\n{}", page.text).replace(id, "…");
    text.replace("/t/other", "/t/…").replace("/t/never", "/t/…")
}

#[tokio::test]
async fn page_offers_only_permitted_actions() {
    let portal = Portal::start().await;
    for (person, audit, control, manage) in [
        ("viewer", false, false, false),
        ("manager", true, false, false),
        ("operator", true, true, false),
        ("admin", true, true, true),
        ("site-admin", true, true, true),
    ] {
        let mut client = portal.sign_in(person).await;
        for address in ["/t/acme", "/t/acme/vms"] {
            let page = client.get(address).await;
            assert_eq!(page.has("a[href='/t/acme/audit']"), audit, "{person}");
            assert_eq!(page.has("a[href='/t/acme/settings']"), manage, "{person}");
            assert_eq!(page.has("a[href='/admin/users']"), person == "site-admin");
        }
        let page = client.get("/t/acme/vms").await;
        assert_eq!(page.has("input[type=checkbox]"), control, "{person}");
        assert_eq!(
            page.has("form[action^='/t/acme/vms/']"),
            control,
            "{person}"
        );
    }
}

#[tokio::test]
async fn role_change_counts_from_the_next_request() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    assert_eq!(viewer.get("/t/acme/audit").await.status, 403);
    let promoted = "update memberships set role = 'manager' where role = 'viewer'";
    assert_eq!(portal.database.sql(promoted).await, 1);
    assert_eq!(viewer.get("/t/acme/audit").await.status, 200);
    assert_eq!(portal.database.sql("delete from memberships").await, 5);
    assert_eq!(viewer.get("/t/acme/audit").await.status, 404);
}

#[tokio::test]
async fn site_lists_name_every_team_and_user() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let teams = admin.get("/admin/teams").await;
    assert_snapshot!(crate::support::outline(&teams), @r"
    # All teams of the site
    2 in all
    | URL name | Team | Region | Members | State |
    | acme | Acme | Korea (Pangyo) region | 4 | In use |
    | other | Other | Korea (Pangyo) region | 1 | In use |
    Add a team…
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
    (Test the key and add)
    (Add without testing)
    ");
    let users = admin.get("/admin/users").await;
    assert_snapshot!(crate::support::outline(&users), @"
    # All users of the site
    6 in all
    | Username | Name | Teams | Two-factor authentication | State |
    | admin | The admin | acme: Admin | – | Active |
    | manager | The manager | acme: Manager | – | Active |
    | operator | The operator | acme: Operator | – | Active |
    | site-admin | The site-admin | Site admin | – | Active |
    | stranger | The stranger | other: Admin | – | Active |
    | viewer | The viewer | acme: Viewer | – | Active |
    Invite a user…
    The user gets a link and sets the password themselves.
    Username
    _username: text_
    Name (optional)
    _display_name: text_
    Team
    _team_ No team yet | Acme (acme) | Other (other)
    Role
    _role_ Viewer | Manager | Operator | Admin
    _site_admin: checkbox_ yes
    Site admin: May do everything in every team, and create teams and users.
    (Create the link)
    ");
}

#[tokio::test]
async fn switching_the_team_keeps_the_section() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let ticket = portal.simulator.ticket_ids(ACME).remove(0);
    for (here, there) in [
        ("/t/acme", "/t/other"),
        ("/t/acme/vms?q=web", "/t/other/vms"),
        ("/t/acme/events?start=2025-06-01T00:00", "/t/other/events"),
        // A ticket of one team does not exist in another.
        (&format!("/t/acme/tickets/{ticket}"), "/t/other/tickets"),
    ] {
        let page = admin.get(here).await;
        let links = page.attributes(".team-menu a", "href");
        assert!(links.iter().any(|link| link == there), "{links:?}");
    }
}
