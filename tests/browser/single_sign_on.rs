//! Single sign-on and sign-out at a provider, with the content policy enforced.

#[path = "../oidc_provider/process.rs"]
mod process;

use std::time::Duration;

use axum::{
    Router,
    http::header,
    response::{Html, Redirect},
    routing::{get, post},
};
use secmon_portal::{
    auth::{
        Oidc, SignInWays,
        oidc::{GroupMapping, Settings},
    },
    model::{Clock, Role},
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    client::TestClient,
    portal::{PASSWORD, TestPortal},
};
use process::Provider;

/// A provider and a portal that trusts it.
async fn start() -> (Provider, TestPortal) {
    let mut provider = None;
    let portal = TestPortal::start_with_ways(|address| {
        let started = Provider::start(&json!({
            "client_id": "portal",
            "redirect_uri": format!("{address}/login/single-sign-on/callback"),
            "post_logout_redirect_uri": format!("{address}/login"),
            "people": { "kim": { "preferred_username": "kim", "name": "김철수", "groups": ["see"] } },
        }));
        let single_sign_on = Oidc::new(Settings {
            audiences: Vec::new(),
            issuer: started.issuer.clone(),
            client_id: "portal".to_owned(),
            client_secret: None,
            name: "한빛 로그인".to_owned(),
            scopes: ["profile", "groups"].map(str::to_owned).to_vec(),
            groups_claim: "groups".to_owned(),
            groups: GroupMapping::new(vec!["see=shop:viewer".parse().expect("a right")]),
            creates_users: true,
            timeout: Duration::from_secs(10),
            clock: Clock::system(),
        });
        provider = Some(started);
        SignInWays {
            by_password: true,
            single_sign_on: Some(single_sign_on.expect("can be")),
        }
    })
    .await;
    (provider.expect("was started"), portal)
}

async fn sign_in_at_provider(client: &mut TestClient, name: &str) {
    client.type_into("input[name=login]", name).await;
    client.type_into("input[name=password]", "x").await;
    client.click_and_wait("button[type=submit]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn user_signs_in_and_out_at_the_provider() {
    let (provider, portal) = start().await;
    let mut client = TestClient::new(&portal).await;
    client.allow_origin(&provider.issuer);
    client.open("/t/shop/tickets?page=2").await;
    let link = "a[href^='/login/single-sign-on']";
    client.click_and_wait(link).await;
    assert!(client.address().await.starts_with(&provider.issuer));
    sign_in_at_provider(&mut client, "kim").await;
    assert_eq!(client.path().await, "/t/shop/tickets?page=2");
    assert!(client.address().await.starts_with(&portal.address));
    assert_eq!(client.texts(".user-name").await, ["김철수"]);

    // The provider's own session needs no second sign-in.
    client.click(".user-menu summary").await;
    client.click_and_wait("form[action='/logout'] button").await;
    client.click_and_wait("main a[href='/login']").await;
    client.click_and_wait(link).await;
    assert_eq!(client.path().await, "/t/shop");

    client.click(".user-menu summary").await;
    client.click_and_wait("form[action='/logout'] button").await;
    client.click_and_wait("main a.btn-primary").await;
    assert!(client.address().await.starts_with(&provider.issuer));
    client
        .click_and_wait("button[name=logout][value=yes]")
        .await;
    assert_eq!(client.address().await, format!("{}/login", portal.address));
    client.click_and_wait(link).await;
    assert!(
        client.is_visible("input[name=login]").await,
        "the provider asks again"
    );
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn user_links_account_by_form_and_link() {
    let (provider, portal) = start().await;
    portal.add_user("viewer", "김조회", Role::Viewer).await;
    let mut client = TestClient::new(&portal).await;
    client.allow_origin(&provider.issuer);
    client.sign_in("viewer").await;
    client.open("/account").await;
    client
        .click_and_wait("a[href='/account/single-sign-on']")
        .await;
    client.type_into("#password", PASSWORD).await;
    client.click_and_wait("form.fields button").await;
    client.click_and_wait("main a.btn-primary").await;
    sign_in_at_provider(&mut client, "kim").await;
    assert_eq!(
        client.path().await,
        "/account/single-sign-on?flash=connected"
    );
    client.close().await;
}

/// Why a link leads to the provider: `form-action` also blocks the redirect after a form.
#[tokio::test(flavor = "multi_thread")]
async fn form_redirect_to_another_site_is_blocked() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let there = format!("http://{}/there", elsewhere.local_addr().expect("is bound"));
    let page = async || Html("<!DOCTYPE html><title>there</title><link rel=icon href='data:,'>");
    let other = Router::new().route("/there", get(page));
    tokio::spawn(async move { axum::serve(elsewhere, other).await });

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = format!("http://{}", listener.local_addr().expect("is bound"));
    let text = format!(
        "<!DOCTYPE html><title>here</title><link rel=icon href='data:,'>
        <form method=post action=/go><button>go</button></form><a href='{there}'>go</a>"
    );
    let policy = "default-src 'none'; img-src data:; form-action 'self'";
    let form = async move || ([(header::CONTENT_SECURITY_POLICY, policy)], Html(text));
    let to = there.clone();
    let go = async move || Redirect::to(&to);
    let router = Router::new().route("/", get(form)).route("/go", post(go));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut client = TestClient::at(&address).await;
    client.open("/").await;
    client.click("button").await;
    client.wait_for_problem("form-action").await;
    assert_eq!(client.path().await, "/");
    client.click_and_wait("a").await;
    assert_eq!(client.address().await, there);
}
