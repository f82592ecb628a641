//! NUL in URLs and forms, the one character that PostgreSQL does not store.

use crate::{
    access::ROUTES,
    support::{Page, Portal},
};

/// All query parameters of the portal. An unreadable time or code ends some pages early, so each of
/// these is tested separately.
const PARAMETERS: [&[&str]; 3] = [
    &[
        "q",
        "actor",
        "page",
        "monitored",
        "show",
        "sort",
        "order",
        "list",
        "notice",
        "next",
        "again",
        "flash",
        "error",
    ],
    &["action", "outcome", "code", "state"],
    &["start", "end", "from", "to"],
];

/// Every field of a form that names or describes something.
const FIELDS: [&str; 16] = [
    "session",
    "user",
    "username",
    "password",
    "role",
    "id",
    "token",
    "slug",
    "name",
    "region",
    "display_name",
    "team",
    "reason",
    "language",
    "code",
    "new",
];

fn assert_is_no_failure(what: &str, page: &Page) {
    assert!(page.status < 500, "{what}: {} {}", page.status, page.text);
}

#[tokio::test]
async fn nul_in_any_address_is_no_failure() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    for names in PARAMETERS {
        let query: Vec<_> = names.iter().map(|name| format!("{name}=%00a")).collect();
        for (method, _, address) in ROUTES {
            if *method == "GET" {
                let address = format!("{address}?{}", query.join("&"));
                let page = admin.get(&address).await;
                assert_is_no_failure(&address, &page);
            }
        }
    }
    for address in [
        "/admin/users/%00",
        "/admin/teams/%00",
        "/t/%00",
        "/t/acme/vms/%00",
        "/t/acme/requests/%00",
        "/t/acme/tickets/a%00b",
        "/setup/%00",
        "/invitation/%00",
        "/form-again/%00",
    ] {
        assert_eq!(admin.get(address).await.status, 404, "{address}");
    }
}

#[tokio::test]
async fn nul_in_any_form_is_no_failure() {
    let portal = Portal::start().await;
    for (method, _, address) in ROUTES {
        if *method != "POST" {
            continue;
        }
        let mut admin = portal.sign_in("site-admin").await;
        for nul in ["%00", "\0"] {
            let form: Vec<_> = FIELDS
                .iter()
                .map(|name| format!("{name}=a{nul}b"))
                .collect();
            let page = admin
                .send(axum::http::Method::POST, address, Some(form.join("&")))
                .await;
            assert_is_no_failure(address, &page);
        }
    }
    portal.store.verify_audit().await.expect("is whole");
}
