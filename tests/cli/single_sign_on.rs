//! OIDC sign-in at the most verbose log level leaves no secret in any output.

#[path = "../oidc_provider/guest.rs"]
mod guest;
#[path = "../oidc_provider/process.rs"]
mod process;

use std::net::TcpListener;

use serde_json::json;
use url::Url;

use crate::{
    leaks::Secrets,
    support::{CommandExt as _, Place},
};
use guest::{Guest, location};
use process::Provider;

const CLIENT_SECRET: &str = "client & 5ecret <OidcAbCd>";

/// A free port: the provider needs the portal's address before the start.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    listener.local_addr().expect("is bound").port()
}

fn parameter(address: &str, name: &str) -> String {
    let url = Url::parse(address).expect("an address");
    let mut pairs = url.query_pairs().into_owned();
    let found = pairs.find(|(key, _)| key == name);
    found.expect("is there").1
}

#[tokio::test(flavor = "multi_thread")]
async fn single_sign_on_leaves_no_secret_in_logs_or_files() {
    let place = Place::new();
    let portal = format!("http://127.0.0.1:{}", free_port());
    let provider = Provider::start(&json!({
        "client_id": "portal",
        "client_secret": CLIENT_SECRET,
        "auth_method": "client_secret_basic",
        "redirect_uri": format!("{portal}/login/single-sign-on/callback"),
        "post_logout_redirect_uri": format!("{portal}/login"),
        "people": { "kim": { "preferred_username": "kim" } },
    }));
    // Outside the searched directory.
    let folder = tempfile::tempdir().expect("a folder");
    let secret_file = folder.path().join("client-secret");
    std::fs::write(&secret_file, CLIENT_SECRET).expect("is written");
    let mut running = place
        .program("serve")
        .args(["--listen", portal.trim_start_matches("http://")])
        .env("SECMON_PORTAL_LOG", "trace")
        .env("SECMON_PORTAL_OIDC_ISSUER", &provider.issuer)
        .env("SECMON_PORTAL_OIDC_CLIENT_ID", "portal")
        .env("SECMON_PORTAL_OIDC_CLIENT_SECRET_FILE", &secret_file)
        .env("SECMON_PORTAL_OIDC_CREATE_USERS", "on")
        .starts();
    running.says_on_stderr("the portal listens");

    let mut guest = Guest::with_portal(&portal);
    let start = format!("{portal}/login/single-sign-on");
    let answer = guest.asks(guest.client.get(&start)).await;
    let there = location(&answer, &start).expect("leads to the provider");
    let back = guest.signs_in(&there, "kim").await;
    let back = format!("{portal}{back}");
    let mut secrets = Secrets::default();
    secrets.add("the client's secret", CLIENT_SECRET);
    secrets.add("the code", parameter(&back, "code"));
    for name in ["state", "nonce"] {
        secrets.add(name, parameter(&there, name));
    }
    // Once with an invalid state, so that an error is logged too.
    let wrong = back.replace(&parameter(&back, "state"), "another-state");
    let answer = guest.asks(guest.client.get(&wrong)).await;
    assert_eq!(answer.status(), 400);
    let answer = guest.asks(guest.client.get(&back)).await;
    assert_eq!(location(&answer, &portal), Some(format!("{portal}/")));
    let answer = guest.asks(guest.client.get(&back)).await;
    assert_eq!(answer.status(), 400, "the cookie is gone");
    let answer = guest
        .asks(guest.client.post(format!("{portal}/logout")))
        .await;
    let page = answer.text().await.expect("is text");
    let token = page.split("id_token_hint=").nth(1).expect("has a token");
    let token = token.split(['"', '&']).next().unwrap_or_default();
    secrets.add("the ID token", token);

    running.terminate();
    let ended = running.end();
    assert!(ended.stderr.contains("a single sign-on was refused"));
    let mut places = vec![
        ("standard output".to_owned(), ended.stdout.into_bytes()),
        ("standard error".to_owned(), ended.stderr.into_bytes()),
    ];
    let files = place.files().into_iter();
    places.extend(files.map(|(path, content)| (path.display().to_string(), content)));
    assert_eq!(secrets.found_in(&places), [""; 0]);
}
