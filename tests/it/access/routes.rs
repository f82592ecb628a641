//! Every route of the portal.

/// Method, route, and an example address.
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
    (
        "GET",
        "/t/{slug}/tickets/{ticket}/download",
        "/t/acme/tickets/TICKET/download",
    ),
    ("POST", "/t/{slug}/tickets/review", "/t/acme/tickets/review"),
    (
        "POST",
        "/t/{slug}/tickets/{ticket}/review",
        "/t/acme/tickets/TICKET/review",
    ),
    (
        "POST",
        "/t/{slug}/tickets/{ticket}/assign",
        "/t/acme/tickets/TICKET/assign",
    ),
    (
        "POST",
        "/t/{slug}/tickets/{ticket}/notes",
        "/t/acme/tickets/TICKET/notes",
    ),
    ("GET", "/t/{slug}/events", "/t/acme/events"),
    (
        "GET",
        "/t/{slug}/addresses/{*address}",
        "/t/acme/addresses/203.0.113.0/24",
    ),
    ("GET", "/t/{slug}/search", "/t/acme/search?q=web"),
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
    (
        "GET",
        "/t/{slug}/settings/archive",
        "/t/acme/settings/archive",
    ),
    (
        "POST",
        "/t/{slug}/settings/archive/key",
        "/t/acme/settings/archive/key",
    ),
    (
        "POST",
        "/t/{slug}/settings/archive/retention",
        "/t/acme/settings/archive/retention",
    ),
    (
        "POST",
        "/t/{slug}/settings/archive/sync",
        "/t/acme/settings/archive/sync",
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
    ("GET", "/t/{slug}/requests.csv", "/t/acme/requests.csv"),
    ("GET", "/t/{slug}/requests.xlsx", "/t/acme/requests.xlsx"),
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

#[test]
fn routes_hold_every_address_of_the_route_table() {
    let table = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/routes.rs");
    let table = std::fs::read_to_string(table).expect("can be read");
    let addresses = table.split(".route(\"").skip(1);
    let addresses: Vec<_> = addresses
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(addresses.len() > 60, "{addresses:?}");
    for address in addresses {
        let is_known = ROUTES.iter().any(|(_, route, _)| *route == address);
        assert!(is_known, "{address} is missing in ROUTES");
    }
}
