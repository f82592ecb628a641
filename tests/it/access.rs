//! Who may what: every route for every role.

use std::fmt::Write as _;

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::store::{AuditRecord, SessionLimits};

use crate::control::add;
use crate::support::{ACME, Page, Portal, TestClient, new_user};

/// Every route, by an address that it answers.
pub const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "/", "/"),
    ("GET", "/account", "/account"),
    ("GET", "/admin/teams", "/admin/teams"),
    ("POST", "/admin/teams", "/admin/teams"),
    ("GET", "/admin/teams/{slug}", "/admin/teams/other"),
    ("GET", "/admin/teams/{slug}", "/admin/teams/no-such-team"),
    (
        "POST",
        "/admin/teams/{slug}/name",
        "/admin/teams/other/name",
    ),
    ("POST", "/admin/teams/{slug}/key", "/admin/teams/other/key"),
    (
        "POST",
        "/admin/teams/{slug}/key/try",
        "/admin/teams/other/key/try",
    ),
    (
        "POST",
        "/admin/teams/{slug}/archive",
        "/admin/teams/other/archive",
    ),
    (
        "POST",
        "/admin/teams/{slug}/bring-back",
        "/admin/teams/other/bring-back",
    ),
    ("GET", "/admin/users", "/admin/users"),
    ("POST", "/admin/users", "/admin/users"),
    ("GET", "/admin/users/{user}", "/admin/users/USER"),
    ("GET", "/admin/users/{user}", "/admin/users/nobody"),
    ("POST", "/admin/users/{user}/name", "/admin/users/USER/name"),
    (
        "POST",
        "/admin/users/{user}/site-admin",
        "/admin/users/USER/site-admin",
    ),
    (
        "POST",
        "/admin/users/{user}/disable",
        "/admin/users/USER/disable",
    ),
    (
        "POST",
        "/admin/users/{user}/enable",
        "/admin/users/USER/enable",
    ),
    ("POST", "/admin/users/{user}/link", "/admin/users/USER/link"),
    (
        "POST",
        "/admin/users/{user}/link/withdraw",
        "/admin/users/USER/link/withdraw",
    ),
    (
        "POST",
        "/admin/users/{user}/second-factor",
        "/admin/users/USER/second-factor",
    ),
    (
        "POST",
        "/admin/users/{user}/single-sign-on/disconnect",
        "/admin/users/USER/single-sign-on/disconnect",
    ),
    (
        "POST",
        "/admin/users/{user}/teams",
        "/admin/users/USER/teams",
    ),
    (
        "POST",
        "/admin/users/{user}/teams/role",
        "/admin/users/USER/teams/role",
    ),
    (
        "POST",
        "/admin/users/{user}/teams/remove",
        "/admin/users/USER/teams/remove",
    ),
    ("GET", "/invitation/{token}", "/invitation/no-token"),
    ("POST", "/invitation/{token}", "/invitation/no-token"),
    ("GET", "/setup/{token}", "/setup/no-token"),
    ("POST", "/setup/{token}", "/setup/no-token"),
    (
        "POST",
        "/invitation/{token}/single-sign-on",
        "/invitation/no-token/single-sign-on",
    ),
    ("GET", "/admin/audit", "/admin/audit"),
    ("GET", "/t/{slug}", "/t/acme"),
    ("GET", "/t/{slug}/vms", "/t/acme/vms"),
    ("POST", "/t/{slug}/vms/add", "/t/acme/vms/add"),
    ("POST", "/t/{slug}/vms/release", "/t/acme/vms/release"),
    ("GET", "/t/{slug}/vms/{id}", "/t/acme/vms/SERVER"),
    ("GET", "/t/{slug}/requests", "/t/acme/requests"),
    ("GET", "/t/{slug}/requests/{id}", "/t/acme/requests/REQUEST"),
    ("GET", "/t/{slug}/requests.csv", "/t/acme/requests.csv"),
    ("GET", "/t/{slug}/requests.xlsx", "/t/acme/requests.xlsx"),
    ("GET", "/t/{slug}/history", "/t/acme/history"),
    ("GET", "/t/{slug}/tickets", "/t/acme/tickets"),
    (
        "GET",
        "/t/{slug}/tickets/{ticket}",
        "/t/acme/tickets/TICKET",
    ),
    (
        "GET",
        "/t/{slug}/tickets/{ticket}/raw",
        "/t/acme/tickets/TICKET/raw?part=analysis",
    ),
    ("GET", "/t/{slug}/events", "/t/acme/events"),
    ("GET", "/t/{slug}/audit", "/t/acme/audit"),
    ("GET", "/t/{slug}/settings", "/t/acme/settings"),
    (
        "POST",
        "/t/{slug}/settings/members",
        "/t/acme/settings/members",
    ),
    (
        "POST",
        "/t/{slug}/settings/members/role",
        "/t/acme/settings/members/role",
    ),
    (
        "POST",
        "/t/{slug}/settings/members/remove",
        "/t/acme/settings/members/remove",
    ),
    ("POST", "/t/{slug}/settings/key", "/t/acme/settings/key"),
    (
        "POST",
        "/t/{slug}/settings/key/try",
        "/t/acme/settings/key/try",
    ),
    (
        "POST",
        "/t/{slug}/settings/reason",
        "/t/acme/settings/reason",
    ),
    ("GET", "/t/{slug}/vms.csv", "/t/acme/vms.csv"),
    ("GET", "/t/{slug}/vms.xlsx", "/t/acme/vms.xlsx"),
    ("GET", "/t/{slug}/history.csv", "/t/acme/history.csv"),
    ("GET", "/t/{slug}/history.xlsx", "/t/acme/history.xlsx"),
    ("GET", "/t/{slug}/tickets.csv", "/t/acme/tickets.csv"),
    ("GET", "/t/{slug}/tickets.xlsx", "/t/acme/tickets.xlsx"),
    ("GET", "/t/{slug}/events.csv", "/t/acme/events.csv"),
    ("GET", "/t/{slug}/events.xlsx", "/t/acme/events.xlsx"),
    ("GET", "/t/{slug}/audit.csv", "/t/acme/audit.csv"),
    ("GET", "/t/{slug}/audit.xlsx", "/t/acme/audit.xlsx"),
    ("GET", "/admin/audit.csv", "/admin/audit.csv"),
    ("GET", "/admin/audit.xlsx", "/admin/audit.xlsx"),
    ("GET", "/t/{slug}", "/t/no-such-team"),
    ("POST", "/account/password", "/account/password"),
    ("POST", "/account/sessions/end", "/account/sessions/end"),
    (
        "POST",
        "/account/sessions/end-others",
        "/account/sessions/end-others",
    ),
    ("GET", "/session", "/session"),
    ("POST", "/session/prolong", "/session/prolong"),
    ("GET", "/account/second-factor", "/account/second-factor"),
    (
        "POST",
        "/account/second-factor/start",
        "/account/second-factor/start",
    ),
    (
        "POST",
        "/account/second-factor/on",
        "/account/second-factor/on",
    ),
    (
        "POST",
        "/account/second-factor/off",
        "/account/second-factor/off",
    ),
    (
        "POST",
        "/account/second-factor/recovery-codes",
        "/account/second-factor/recovery-codes",
    ),
    // Without a provider they are not there; tests/it/single_sign_on has one.
    ("GET", "/account/single-sign-on", "/account/single-sign-on"),
    (
        "POST",
        "/account/single-sign-on/connect",
        "/account/single-sign-on/connect",
    ),
    (
        "POST",
        "/account/single-sign-on/disconnect",
        "/account/single-sign-on/disconnect",
    ),
    ("GET", "/login/single-sign-on", "/login/single-sign-on"),
    (
        "GET",
        "/login/single-sign-on/callback",
        "/login/single-sign-on/callback",
    ),
    ("GET", "/login/code", "/login/code"),
    ("POST", "/login/code", "/login/code"),
    ("GET", "/login", "/login"),
    ("POST", "/login", "/login"),
    ("POST", "/preferences", "/preferences"),
    ("GET", "/healthz", "/healthz"),
    ("GET", "/readyz", "/readyz"),
    (
        "GET",
        "/static/{fingerprint}/{*path}",
        "/static/x/css/portal.css",
    ),
    ("POST", "/logout", "/logout"),
];

const PEOPLE: [&str; 7] = [
    "nobody",
    "viewer",
    "manager",
    "operator",
    "admin",
    "stranger",
    "site-admin",
];

#[expect(clippy::too_many_lines, reason = "the matrix is one snapshot")]
#[tokio::test]
async fn every_route_answers_every_role_as_it_should() {
    // Much time passes while everybody asks for everything.
    let for_long = TimeDelta::days(30);
    let limits = SessionLimits {
        idle: for_long,
        most: for_long,
    };
    let portal = Portal::start_with(|config| config.session_limits = limits).await;
    let ticket = portal.simulator.ticket_ids(ACME).remove(0);
    let mut operator = portal.sign_in("operator").await;
    let added = add(&mut operator, &portal.vms(false, 1)).await;
    let (_, request) = added.address.split_once("request=").expect("a request");
    let server = portal.vms(true, 1).remove(0);
    let guest = guest(&portal).await;
    let mut people = Vec::new();
    for name in PEOPLE {
        people.push(match name {
            "nobody" => portal.visitor(),
            name => portal.sign_in(name).await,
        });
    }
    let mut matrix = format!("{:28}", "");
    for name in PEOPLE {
        let _ = write!(matrix, " {name:>10}");
    }
    for (method, _, address) in ROUTES {
        let _ = write!(matrix, "\n{:28}", format!("{method} {address}"));
        for visitor in &people {
            let address = address.replace("TICKET", &ticket);
            let address = address.replace("REQUEST", request);
            let address = address.replace("SERVER", &server);
            let address = address.replace("USER", &guest);
            // Nobody waits for having failed to sign in before.
            portal.clock.advance(TimeDelta::minutes(20));
            let told = told(&ask(visitor, method, &address).await, &address);
            let _ = write!(matrix, " {told:>10}");
        }
    }
    assert_snapshot!(matrix, @"
                                     nobody     viewer    manager   operator      admin   stranger site-admin
    GET /                           sign in to /t/acme to /t/acme to /t/acme to /t/acme to /t/other        200
    GET /account                    sign in        200        200        200        200        200        200
    GET /admin/teams                sign in        403        403        403        403        403        200
    POST /admin/teams               sign in        403        403        403        403        403        422
    GET /admin/teams/other          sign in        403        403        403        403        403        200
    GET /admin/teams/no-such-team    sign in        403        403        403        403        403        404
    POST /admin/teams/other/name    sign in        403        403        403        403        403        422
    POST /admin/teams/other/key     sign in        403        403        403        403        403        422
    POST /admin/teams/other/key/try    sign in        403        403        403        403        403        200
    POST /admin/teams/other/archive    sign in        403        403        403        403        403       back
    POST /admin/teams/other/bring-back    sign in        403        403        403        403        403       back
    GET /admin/users                sign in        403        403        403        403        403        200
    POST /admin/users               sign in        403        403        403        403        403        422
    GET /admin/users/USER           sign in        403        403        403        403        403        200
    GET /admin/users/nobody         sign in        403        403        403        403        403        404
    POST /admin/users/USER/name     sign in        403        403        403        403        403        422
    POST /admin/users/USER/site-admin    sign in        403        403        403        403        403       back
    POST /admin/users/USER/disable    sign in        403        403        403        403        403       back
    POST /admin/users/USER/enable    sign in        403        403        403        403        403       back
    POST /admin/users/USER/link     sign in        403        403        403        403        403        200
    POST /admin/users/USER/link/withdraw    sign in        403        403        403        403        403       back
    POST /admin/users/USER/second-factor    sign in        403        403        403        403        403       back
    POST /admin/users/USER/single-sign-on/disconnect    sign in        403        403        403        403        403       back
    POST /admin/users/USER/teams    sign in        403        403        403        403        403        422
    POST /admin/users/USER/teams/role    sign in        403        403        403        403        403        422
    POST /admin/users/USER/teams/remove    sign in        403        403        403        403        403       back
    GET /invitation/no-token            410        410        410        410        410        410        410
    POST /invitation/no-token           410        410        410        410        410        410        410
    GET /setup/no-token                 410        410        410        410        410        410        410
    POST /setup/no-token                410        410        410        410        410        410        410
    POST /invitation/no-token/single-sign-on        404        404        404        404        404        404        404
    GET /admin/audit                sign in        403        403        403        403        403        200
    GET /t/acme                     sign in        200        200        200        200        404        200
    GET /t/acme/vms                 sign in        200        200        200        200        404        200
    POST /t/acme/vms/add            sign in        403        403   to words   to words        404   to words
    POST /t/acme/vms/release        sign in        403        403   to words   to words        404   to words
    GET /t/acme/vms/SERVER          sign in        200        200        200        200        404        200
    GET /t/acme/requests            sign in        200        200        200        200        404        200
    GET /t/acme/requests/REQUEST    sign in        200        200        200        200        404        200
    GET /t/acme/requests.csv        sign in        200        200        200        200        404        200
    GET /t/acme/requests.xlsx       sign in        200        200        200        200        404        200
    GET /t/acme/history             sign in        200        200        200        200        404        200
    GET /t/acme/tickets             sign in        200        200        200        200        404        200
    GET /t/acme/tickets/TICKET      sign in        200        200        200        200        404        200
    GET /t/acme/tickets/TICKET/raw?part=analysis    sign in        200        200        200        200        404        200
    GET /t/acme/events              sign in        200        200        200        200        404        200
    GET /t/acme/audit               sign in        403        200        200        200        404        200
    GET /t/acme/settings            sign in        403        403        403        200        404        200
    POST /t/acme/settings/members    sign in        403        403        403        422        404        422
    POST /t/acme/settings/members/role    sign in        403        403        403       back        404       back
    POST /t/acme/settings/members/remove    sign in        403        403        403       back        404       back
    POST /t/acme/settings/key       sign in        403        403        403        422        404        422
    POST /t/acme/settings/key/try    sign in        403        403        403        200        404        200
    POST /t/acme/settings/reason    sign in        403        403        403       back        404       back
    GET /t/acme/vms.csv             sign in        200        200        200        200        404        200
    GET /t/acme/vms.xlsx            sign in        200        200        200        200        404        200
    GET /t/acme/history.csv         sign in        200        200        200        200        404        200
    GET /t/acme/history.xlsx        sign in        200        200        200        200        404        200
    GET /t/acme/tickets.csv         sign in        200        200        200        200        404        200
    GET /t/acme/tickets.xlsx        sign in        200        200        200        200        404        200
    GET /t/acme/events.csv          sign in        200        200        200        200        404        200
    GET /t/acme/events.xlsx         sign in        200        200        200        200        404        200
    GET /t/acme/audit.csv           sign in        403        200        200        200        404        200
    GET /t/acme/audit.xlsx          sign in        403        200        200        200        404        200
    GET /admin/audit.csv            sign in        403        403        403        403        403        200
    GET /admin/audit.xlsx           sign in        403        403        403        403        403        200
    GET /t/no-such-team             sign in        404        404        404        404        404        404
    POST /account/password          sign in        422        422        422        422        422        422
    POST /account/sessions/end      sign in        422        422        422        422        422        422
    POST /account/sessions/end-others    sign in       back       back       back       back       back       back
    GET /session                    sign in        200        200        200        200        200        200
    POST /session/prolong           sign in       back       back       back       back       back       back
    GET /account/second-factor      sign in        200        200        200        200        200        200
    POST /account/second-factor/start    sign in       back       back       back       back       back       back
    POST /account/second-factor/on    sign in        422        422        422        422        422        422
    POST /account/second-factor/off    sign in        422        422        422        422        422        422
    POST /account/second-factor/recovery-codes    sign in        422        422        422        422        422        422
    GET /account/single-sign-on     sign in        404        404        404        404        404        404
    POST /account/single-sign-on/connect    sign in        404        404        404        404        404        404
    POST /account/single-sign-on/disconnect    sign in        404        404        404        404        404        404
    GET /login/single-sign-on           404        404        404        404        404        404        404
    GET /login/single-sign-on/callback        404        404        404        404        404        404        404
    GET /login/code              first step first step first step first step first step first step first step
    POST /login/code                    422        422        422        422        422        422        422
    GET /login                          200        200        200        200        200        200        200
    POST /login                         422        422        422        422        422        422        422
    POST /preferences                  to /       to /       to /       to /       to /       to /       to /
    GET /healthz                        200        200        200        200        200        200        200
    GET /readyz                         200        200        200        200        200        200        200
    GET /static/x/css/portal.css        200        200        200        200        200        200        200
    POST /logout                  to /login  to /login  to /login  to /login  to /login  to /login  to /login
    ");
}

/// The id of a user whom the site admin does things to.
async fn guest(portal: &Portal) -> String {
    let user = new_user("guest", Vec::new(), "");
    let by = AuditRecord::by_command_line();
    let added = portal.store.add_user(&user, &by).await;
    added.expect("is added").0
}

/// A status, or where a redirection leads.
fn told(page: &Page, address: &str) -> String {
    let next = address.replace('?', "%3F").replace('=', "%3D");
    match page.location() {
        None => page.status.to_string(),
        Some(there) if there == format!("/login?next={next}") => "sign in".to_owned(),
        // A form that was sent leads to signing in, and from there to where it stood.
        Some(there) if there.strip_suffix("&unsent=yes").unwrap_or(&there) == "/login?next=/" => {
            "sign in".to_owned()
        }
        Some(there) if there == "/login?late=yes&next=/" => "first step".to_owned(),
        Some(there) if is_back(&there, address) => "back".to_owned(),
        Some(there) => format!(
            "to {}",
            there.replace("/t/acme/vms?notice=nothing-chosen", "words")
        ),
    }
}

/// To the page that the form is on, which says what was done.
fn is_back(there: &str, address: &str) -> bool {
    let (page, query) = there.split_once('?').unwrap_or((there, "done"));
    query.starts_with("done") && address.starts_with(&format!("{page}/"))
}

async fn ask(visitor: &TestClient, method: &str, address: &str) -> Page {
    let mut tab = visitor.clone();
    match (method, address) {
        ("GET", _) => tab.get(address).await,
        (_, "/login") => {
            tab.post(address, &[("username", "x"), ("password", "y")])
                .await
        }
        _ => tab.post(address, &[]).await,
    }
}

#[test]
fn the_matrix_knows_every_route() {
    let mut unknown = Vec::new();
    for text in sources() {
        for (at, _) in text.match_indices(".route(") {
            let rest = text[at + 7..].trim_start();
            let Some(path) = rest
                .strip_prefix('"')
                .and_then(|rest| rest.split('"').next())
            else {
                continue;
            };
            if !ROUTES.iter().any(|(_, route, _)| *route == path) {
                unknown.push(path.to_owned());
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new(), "these are missing in ROUTES");
}

fn sources() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = crate::support::files_below(&root.join("pages"));
    files.extend(crate::support::files_below(&root.join("web")));
    let router = std::fs::read_to_string(root.join("router.rs")).expect("can be read");
    let texts = files
        .into_iter()
        .map(|(_, text)| String::from_utf8_lossy(&text).into_owned());
    texts.chain([router]).collect()
}

#[tokio::test]
async fn a_team_of_others_is_answered_as_one_that_does_not_exist() {
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
async fn what_a_role_may_not_do_is_not_offered() {
    let portal = Portal::start().await;
    for (person, audit, control, manage) in [
        ("viewer", false, false, false),
        ("manager", true, false, false),
        ("operator", true, true, false),
        ("admin", true, true, true),
        ("site-admin", true, true, true),
    ] {
        let mut visitor = portal.sign_in(person).await;
        for address in ["/t/acme", "/t/acme/vms"] {
            let page = visitor.get(address).await;
            assert_eq!(page.has("a[href='/t/acme/audit']"), audit, "{person}");
            assert_eq!(page.has("a[href='/t/acme/settings']"), manage, "{person}");
            assert_eq!(page.has("a[href='/admin/users']"), person == "site-admin");
        }
        let page = visitor.get("/t/acme/vms").await;
        assert_eq!(page.has("input[type=checkbox]"), control, "{person}");
        assert_eq!(
            page.has("form[action^='/t/acme/vms/']"),
            control,
            "{person}"
        );
    }
}

#[tokio::test]
async fn a_role_that_is_changed_counts_from_the_next_request() {
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
async fn the_site_s_lists_name_every_team_and_user() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let teams = admin.get("/admin/teams").await;
    assert_snapshot!(crate::support::outline(&teams), @r"
    # All teams of the site
    2 in all
    | Name in addresses | Team | Region | Members | State |
    | acme | Acme | Korea (Pangyo) region | 4 | In use |
    | other | Other | Korea (Pangyo) region | 1 | In use |
    Add a team…
    Name in addresses
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
    (Try the key and add)
    (Add without trying)
    ");
    let users = admin.get("/admin/users").await;
    assert_snapshot!(crate::support::outline(&users), @"
    # All users of the site
    6 in all
    | Username | Display name | Teams | Two-step sign-in | State |
    | admin | The admin | acme: Admin | – | Active |
    | manager | The manager | acme: Manager | – | Active |
    | operator | The operator | acme: Operator | – | Active |
    | site-admin | The site-admin | Site admin | – | Active |
    | stranger | The stranger | other: Admin | – | Active |
    | viewer | The viewer | acme: Viewer | – | Active |
    Invite a user…
    The person gets a link and chooses the password themselves.
    Username
    _username: text_
    Display name (optional)
    _display_name: text_
    Team
    _team_ No team yet | Acme (acme) | Other (other)
    Role
    _role_ Viewer | Manager | Operator | Admin
    _site_admin: checkbox_ yes
    Site admin: May do everything in every team, and create teams and users.
    (Make the link)
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
