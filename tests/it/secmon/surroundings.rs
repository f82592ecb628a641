//! The client without root certificates, and behind an egress proxy.

use std::process::Command;

use secmon_portal::secmon::Error;
use serde_json::json;

use super::support::{access, answering, client, endless, first, success};

/// Runs one of the tests below in a child process, with another environment.
fn run(test: &str, environment: &[(&str, &str)]) {
    let program = std::env::current_exe().expect("has a path");
    let name = format!(
        "{}::{test}",
        module_path!().split_once("::").expect("is nested").1
    );
    let output = Command::new(program)
        .args(["--exact", &name, "--include-ignored"])
        .envs(environment.iter().copied())
        .output()
        .expect("runs");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("1 passed"), "{told}");
}

const NO_CERTIFICATES: [(&str, &str); 2] = [
    ("SSL_CERT_FILE", "/nonexistent/certificates.pem"),
    ("SSL_CERT_DIR", "/nonexistent"),
];

#[test]
fn without_root_certificates_plain_http_works() {
    run("loopback_server_answers_over_plain_http", &NO_CERTIFICATES);
}

#[test]
fn without_root_certificates_https_fails_and_says_why() {
    run("https_fails_for_want_of_certificates", &NO_CERTIFICATES);
}

#[test]
fn loopback_server_is_reached_without_the_proxy() {
    let nobody = "http://127.0.0.1:9";
    let proxies = [
        ("HTTP_PROXY", nobody),
        ("http_proxy", nobody),
        ("ALL_PROXY", nobody),
    ];
    run("loopback_server_answers_over_plain_http", &proxies);
    run("remote_server_is_reached_through_the_proxy", &proxies);
}

#[tokio::test]
#[ignore = "run by the tests above"]
async fn loopback_server_answers_over_plain_http() {
    let server = answering(success(json!({"results": []}))).await;
    let history = client(&server.uri()).history(&access(), first()).await;
    assert!(history.is_ok(), "{history:?}");
}

#[tokio::test]
#[ignore = "run by the tests above"]
async fn https_fails_for_want_of_certificates() {
    let garbage = endless("", b"SSH-2.0-x\r\n".to_vec()).await;
    let client = client(&garbage.base.replace("http", "https"));
    let error = client.history(&access(), first()).await.map(drop);
    let why = "this machine has no root certificates to check it by";
    assert_eq!(error, Err(Error::Unreachable { why, sent: false }));
}

#[tokio::test]
#[ignore = "run by the tests above"]
async fn remote_server_is_reached_through_the_proxy() {
    // The proxy's port is closed; without the proxy, the name could not be resolved.
    let client = client("http://secmon.invalid");
    let error = client.history(&access(), first()).await.map(drop);
    let why = "no connection could be made";
    assert_eq!(error, Err(Error::Unreachable { why, sent: false }));
}
