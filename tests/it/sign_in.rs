//! Login, session lifetime, and sign-out.

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::store::{AuditRecord, Store};

use url::form_urlencoded::byte_serialize;

use crate::support::{PASSWORD, Portal, outline};

#[tokio::test]
async fn login_form_asks_for_name_and_password() {
    let portal = Portal::start().await;
    let page = portal.client().get("/login").await;
    assert_eq!(page.status, 200);
    assert_snapshot!(outline(&page), @r"
    Secmon Portal
    View and manage Security Monitoring without a console account.
    # Sign in
    Username
    _username: text_
    Password
    _password: password_
    (Sign in)
    ");
}

#[tokio::test]
async fn wrong_password_and_unknown_name_look_the_same() {
    let portal = Portal::start().await;
    let mut answers = Vec::new();
    for username in ["viewer", "nobody", "no name at all", ""] {
        let answer = portal.client().sign_in(username, "wrong horse").await;
        assert_eq!(answer.status, 422);
        assert_eq!(
            answer.form("form[action='/login']").value("username"),
            Some(username)
        );
        assert!(!answer.text.contains("wrong horse"));
        answers.push(outline(&answer).replace(&format!(" {username}\n"), "\n"));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(answers[0].contains("alert:\nWrong username or password."));
}

#[tokio::test]
async fn disabled_user_looks_like_a_wrong_password() {
    let portal = Portal::start().await;
    disable(&portal.store, &portal.user("viewer").await).await;
    let answer = portal.client().sign_in("viewer", PASSWORD).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.alert(), "Wrong username or password.");
}

#[tokio::test]
async fn login_leads_to_the_requested_page() {
    let portal = Portal::start().await;
    let mut viewer = portal.client();
    let form = viewer.open("/t/acme/events?start=2025-06-10T00:00&end=2025-06-10T09:30&page=2");
    let form = form.await;
    let answer = viewer.sign_in_at(&form, "Viewer", PASSWORD).await;
    assert_eq!(
        answer.location().as_deref(),
        Some("/t/acme/events?start=2025-06-10T00:00&end=2025-06-10T09:30&page=2")
    );
}

#[tokio::test]
async fn requested_page_survives_a_wrong_password() {
    let portal = Portal::start().await;
    let mut viewer = portal.client();
    let form = viewer.open("/t/acme/tickets?page=2").await;
    let form = viewer.sign_in_at(&form, "viewer", "wrong").await;
    let answer = viewer.sign_in_at(&form, "viewer", PASSWORD).await;
    assert_eq!(answer.location().as_deref(), Some("/t/acme/tickets?page=2"));
}

#[tokio::test]
async fn login_redirects_to_no_other_site() {
    let portal = Portal::start().await;
    for elsewhere in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
    ] {
        let mut viewer = portal.client();
        let next: String = byte_serialize(elsewhere.as_bytes()).collect();
        let page = viewer.get(&format!("/login?next={next}")).await;
        let form = page.form("form[action='/login']");
        assert_eq!(form.value("next"), Some("/"), "{elsewhere:?}");
        let form = form.fill("next", elsewhere);
        let form = form.fill("username", "viewer").fill("password", PASSWORD);
        let answer = viewer.submit(&form).await;
        assert_eq!(answer.location().as_deref(), Some("/"), "{elsewhere:?}");
    }
}

#[tokio::test]
async fn sign_out_ends_the_session_on_the_server() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut copy_of_the_cookie = viewer.clone();
    let page = viewer.open("/account").await;
    let page = viewer
        .submit_and_follow(&page.form("form[action='/logout']"))
        .await;
    assert_eq!(page.address, "/login");
    assert_signed_out(&mut viewer).await;
    assert_signed_out(&mut copy_of_the_cookie).await;
}

#[tokio::test]
async fn disabled_user_is_signed_out_at_the_next_request() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    disable(&portal.store, &portal.user("viewer").await).await;
    assert_signed_out(&mut viewer).await;
}

#[tokio::test]
async fn new_password_ends_earlier_sessions() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut manager = portal.sign_in("manager").await;
    let by = AuditRecord::by_command_line();
    let user = portal.user("viewer").await;
    portal
        .store
        .set_password(&user, "no hash", &by)
        .await
        .expect("is set");
    assert_signed_out(&mut viewer).await;
    assert_eq!(manager.get("/account").await.status, 200);
}

#[tokio::test]
async fn login_opens_a_new_session_and_ends_the_old_one() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut before = viewer.clone();
    viewer.sign_in("manager", PASSWORD).await;
    assert_ne!(
        viewer.cookies["secmon_portal_session"],
        before.cookies["secmon_portal_session"]
    );
    assert_eq!(viewer.get("/account").await.status, 200);
    assert_signed_out(&mut before).await;
}

#[tokio::test]
async fn chosen_session_id_is_not_accepted() {
    let portal = Portal::start().await;
    let mut viewer = portal.client();
    let planted = "AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    viewer
        .cookies
        .insert("secmon_portal_session".into(), planted.clone());
    viewer.sign_in("viewer", PASSWORD).await;
    assert_ne!(viewer.cookies["secmon_portal_session"], planted);
}

#[tokio::test]
async fn session_ends_after_eight_idle_hours() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.clock.advance(TimeDelta::minutes(7 * 60 + 50));
    assert_eq!(viewer.get("/account").await.status, 200);
    portal.clock.advance(TimeDelta::hours(8));
    assert_signed_out(&mut viewer).await;
}

#[tokio::test]
async fn session_cookie_is_http_only_and_same_site() {
    let portal = Portal::start().await;
    let answer = portal.client().sign_in("viewer", PASSWORD).await;
    let cookie = answer.header("set-cookie").expect("a cookie is set");
    let (_, attributes) = cookie.split_once("; ").expect("with attributes");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/; Max-Age=86400");
}

#[tokio::test]
async fn home_redirects_to_the_only_team_and_lists_several() {
    let portal = Portal::start().await;
    let page = portal.sign_in("viewer").await.open("/").await;
    assert_eq!(page.address, "/t/acme");
    let page = portal.sign_in("site-admin").await.open("/").await;
    assert_eq!(page.address, "/");
    assert_snapshot!(outline(&page), @"
    # Teams
    2 in all
    [Acme Korea (Pangyo) region · Admin No data yet.](/t/acme)
    [Other Korea (Pangyo) region · Admin No data yet.](/t/other)
    ");
}

async fn assert_signed_out(client: &mut crate::support::TestClient) {
    let answer = client.get("/account").await;
    assert_eq!(answer.location().as_deref(), Some("/login?next=/account"));
}

async fn disable(store: &Store, user: &secmon_portal::model::User) {
    let by = AuditRecord::by_command_line();
    store.disable_user(user, &by).await.expect("is disabled");
}

#[tokio::test]
async fn outdated_hash_is_renewed_at_login() {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
    let portal = Portal::start().await;
    let cheap = Params::new(8 * 1024, 1, 1, None).expect("parameters");
    let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap);
    let cheap = cheap.hash_password(PASSWORD.as_bytes()).expect("hashes");
    let outdated = format!("update users set password_hash = '{cheap}' where username = 'viewer'");
    portal.database.sql(&outdated).await;
    let kept = async || {
        let known = portal
            .store
            .credentials(&"viewer".parse().expect("a name"))
            .await;
        known.expect("is read").expect("is there").password_hash
    };
    let wrong = portal.client().sign_in("viewer", "wrong").await;
    assert_eq!(wrong.status, 422);
    assert_eq!(
        kept().await,
        cheap.to_string(),
        "who is not let in changes nothing"
    );
    let mut viewer = portal.sign_in("viewer").await;
    let renewed = kept().await;
    assert!(
        renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{renewed}"
    );
    assert_eq!(
        viewer.get("/account").await.status,
        200,
        "the session goes on"
    );
    portal.sign_in("viewer").await;
    assert_eq!(kept().await, renewed, "once is enough");
}

#[tokio::test]
async fn hash_renewal_does_not_overwrite_a_new_password() {
    let portal = Portal::start().await;
    let name = "viewer".parse().expect("a name");
    let known = portal.store.credentials(&name).await.expect("is read");
    let known = known.expect("is there");
    let by = secmon_portal::store::AuditRecord::by_command_line();
    let set = portal.store.set_password(&known.user, "another hash", &by);
    set.await.expect("is set");
    let replaced = portal
        .store
        .replace_hash(&known, "the old password's")
        .await;
    assert!(!replaced.expect("is asked"));
    let known = portal.store.credentials(&name).await.expect("is read");
    assert_eq!(known.expect("is there").password_hash, "another hash");
}
