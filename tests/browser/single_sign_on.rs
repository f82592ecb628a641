//! Signing in at a provider's own page and signing out there, with the content policy in force.

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
    portal::{PASSWORD, TestPortal},
    visitor::TestClient,
};
use process::Provider;

/// A provider, and a portal that trusts it.
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

async fn signs_in_there(visitor: &mut TestClient, name: &str) {
    visitor.types_into("input[name=login]", name).await;
    visitor.types_into("input[name=password]", "x").await;
    visitor.clicks_through("button[type=submit]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_at_the_provider_and_signs_out_there_too() {
    let (provider, portal) = start().await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.also_visits(&provider.issuer);
    visitor.opens("/t/shop/tickets?page=2").await;
    let link = "a[href^='/login/single-sign-on']";
    visitor.clicks_through(link).await;
    assert!(visitor.address().await.starts_with(&provider.issuer));
    signs_in_there(&mut visitor, "kim").await;
    assert_eq!(visitor.path().await, "/t/shop/tickets?page=2");
    assert!(visitor.address().await.starts_with(&portal.address));
    assert_eq!(visitor.texts(".user-name").await, ["김철수"]);

    // Without another word at the provider, as long as it knows them.
    visitor.clicks(".user-menu summary").await;
    visitor
        .clicks_through("form[action='/logout'] button")
        .await;
    visitor.clicks_through("main a[href='/login']").await;
    visitor.clicks_through(link).await;
    assert_eq!(visitor.path().await, "/t/shop");

    visitor.clicks(".user-menu summary").await;
    visitor
        .clicks_through("form[action='/logout'] button")
        .await;
    visitor.clicks_through("main a.btn-primary").await;
    assert!(visitor.address().await.starts_with(&provider.issuer));
    visitor
        .clicks_through("button[name=logout][value=yes]")
        .await;
    assert_eq!(visitor.address().await, format!("{}/login", portal.address));
    visitor.clicks_through(link).await;
    assert!(
        visitor.sees("input[name=login]").await,
        "the provider asks again"
    );
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_connects_their_account_by_a_form_and_a_link() {
    let (provider, portal) = start().await;
    portal.add_user("viewer", "김조회", Role::Viewer).await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.also_visits(&provider.issuer);
    visitor.signs_in("viewer").await;
    visitor.opens("/account").await;
    visitor
        .clicks_through("a[href='/account/single-sign-on']")
        .await;
    visitor.types_into("#password", PASSWORD).await;
    visitor.clicks_through("form.fields button").await;
    visitor.clicks_through("main a.btn-primary").await;
    signs_in_there(&mut visitor, "kim").await;
    assert_eq!(
        visitor.path().await,
        "/account/single-sign-on?flash=connected"
    );
    visitor.leaves().await;
}

/// Why a link leads to the provider and no form does, not even one that is answered with a redirection.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_leads_to_no_other_site_by_a_redirection() {
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

    let mut visitor = TestClient::at(&address).await;
    visitor.opens("/").await;
    visitor.clicks("button").await;
    visitor.complains_of("form-action").await;
    assert_eq!(visitor.path().await, "/");
    visitor.clicks_through("a").await;
    assert_eq!(visitor.address().await, there);
}
