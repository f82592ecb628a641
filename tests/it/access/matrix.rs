//! The access matrix: every route for every role.

use std::fmt::Write as _;

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::store::{AuditRecord, SessionLimits};

use super::ROUTES;
use crate::control::add;
use crate::support::{ACME, Page, Portal, TestClient, new_user};

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
async fn every_route_answers_each_role_as_in_the_matrix() {
    // Long sessions, since the matrix advances the clock a lot.
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
            "nobody" => portal.client(),
            name => portal.sign_in(name).await,
        });
    }
    let mut matrix = format!("{:28}", "");
    for name in PEOPLE {
        let _ = write!(matrix, " {name:>10}");
    }
    for (method, _, address) in ROUTES {
        let _ = write!(matrix, "\n{:28}", format!("{method} {address}"));
        for client in &people {
            let address = address.replace("TICKET", &ticket);
            let address = address.replace("REQUEST", request);
            let address = address.replace("SERVER", &server);
            let address = address.replace("USER", &guest);
            // Ends the login rate limit of earlier failures.
            portal.clock.advance(TimeDelta::minutes(20));
            let told = told(&ask(client, method, &address).await, &address);
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
    GET /t/acme/history             sign in        200        200        200        200        404        200
    GET /t/acme/tickets             sign in        200        200        200        200        404        200
    GET /t/acme/tickets/TICKET      sign in        200        200        200        200        404        200
    GET /t/acme/tickets/TICKET/raw?part=analysis    sign in        200        200        200        200        404        200
    GET /t/acme/tickets/TICKET/download    sign in        200        200        200        200        404        200
    POST /t/acme/tickets/review     sign in        403       back       back       back        404       back
    POST /t/acme/tickets/TICKET/review    sign in        403        404        404        404        404        404
    POST /t/acme/tickets/TICKET/assign    sign in        403        404        404        404        404        404
    POST /t/acme/tickets/TICKET/notes    sign in        403        404        404        404        404        404
    GET /t/acme/events              sign in        200        200        200        200        404        200
    GET /t/acme/addresses/203.0.113.0/24    sign in        200        200        200        200        404        200
    GET /t/acme/search?q=web        sign in        200        200        200        200        404        200
    GET /t/acme/audit               sign in        403        200        200        200        404        200
    GET /t/acme/settings            sign in        403        403        403        200        404        200
    POST /t/acme/settings/members    sign in        403        403        403        422        404        422
    POST /t/acme/settings/members/role    sign in        403        403        403       back        404       back
    POST /t/acme/settings/members/remove    sign in        403        403        403       back        404       back
    GET /t/acme/settings/archive    sign in        403        403        403        200        404        200
    POST /t/acme/settings/archive/key    sign in        403        403        403       back        404       back
    POST /t/acme/settings/archive/retention    sign in        403        403        403       back        404       back
    POST /t/acme/settings/archive/sync    sign in        403        403        403       back        404       back
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
    GET /t/acme/requests.csv        sign in        200        200        200        200        404        200
    GET /t/acme/requests.xlsx       sign in        200        200        200        200        404        200
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

/// The id of a user for site administration.
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
        Some(there) if there == "/login?error=expired&next=/" => "first step".to_owned(),
        Some(there) if is_back(&there, address) => "back".to_owned(),
        Some(there) => format!(
            "to {}",
            there.replace("/t/acme/vms?notice=nothing-chosen", "words")
        ),
    }
}

/// Whether it redirects to the form's page with a flash message.
fn is_back(there: &str, address: &str) -> bool {
    let (page, query) = there.split_once('?').unwrap_or((there, "flash"));
    query.starts_with("flash") && address.starts_with(&format!("{page}/"))
}

async fn ask(client: &TestClient, method: &str, address: &str) -> Page {
    let mut tab = client.clone();
    match (method, address) {
        ("GET", _) => tab.get(address).await,
        (_, "/login") => {
            tab.post(address, &[("username", "x"), ("password", "y")])
                .await
        }
        _ => tab.post(address, &[]).await,
    }
}
