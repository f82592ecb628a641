//! The tests' own eyes: what must fail a test is noticed, also without scripts.

use axum::{
    Router,
    http::{StatusCode, header},
    response::Html,
    routing::get,
};
use tokio::net::TcpListener;

use crate::visitor::TestClient;

const BAD: &str = "<!DOCTYPE html><title>Bad</title><body onload='1'>
    <p style='color: red'>inline</p>
    <img src='http://127.0.0.1:9/elsewhere.png'>
    <img src='/missing.png'>
    <script src='/good.js'></script><script>console.error('never')</script>";

const SCRIPT: &str = "console.error('said'); throw new Error('thrown');";

/// A server of bad pages; its policy stands in a header, as the portal's.
async fn bad_server() -> String {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'";
    let bad = move || async move { ([(header::CONTENT_SECURITY_POLICY, policy)], Html(BAD)) };
    let elsewhere = async || {
        Html("<!DOCTYPE html><title>x</title><img src='http://127.0.0.1:9/elsewhere.png'>")
    };
    let script = async || ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT);
    let router = Router::new()
        .route("/bad", get(bad))
        .route("/elsewhere", get(elsewhere))
        .route(
            "/good",
            get(async || Html("<!DOCTYPE html><title>x</title><link rel=icon href='data:,'>")),
        )
        .route("/good.js", get(script))
        .fallback(async || {
            (
                StatusCode::NOT_FOUND,
                Html("<!DOCTYPE html><title>x</title>nothing"),
            )
        });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("is bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn told(complaints: &[String], words: &str) {
    let found = complaints.iter().any(|complaint| complaint.contains(words));
    assert!(found, "{words:?} is not among {complaints:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_page_is_noticed() {
    let mut visitor = TestClient::at(&bad_server().await).await;
    visitor.opens("/good").await;
    assert_eq!(visitor.complaints().await, [""; 0]);
    visitor.opens("/bad").await;
    let complaints = visitor.complaints().await;
    for words in [
        "against the policy",
        "inline style",
        "inline script",
        "inline event handler",
        "said",
        "thrown",
        "missing.png answered 404",
        "elsewhere.png",
    ] {
        told(&complaints, words);
    }
    assert!(
        !complaints
            .iter()
            .any(|complaint| complaint.contains("never"))
    );
    visitor.opens("/elsewhere").await;
    told(
        &visitor.complaints().await,
        "a request to http://127.0.0.1:9/elsewhere.png",
    );
    visitor.opens("/nowhere").await;
    told(&visitor.complaints().await, "/nowhere answered 404");
    visitor.opens_failing("/nowhere").await;
    assert_eq!(visitor.complaints().await, [""; 0]);
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_noticed_without_scripts_too() {
    let mut visitor = TestClient::at(&bad_server().await).await;
    visitor.disables_scripts().await;
    visitor.opens("/bad").await;
    let complaints = visitor.complaints().await;
    told(&complaints, "inline style");
    told(&complaints, "missing.png answered 404");
    assert!(
        !complaints
            .iter()
            .any(|complaint| complaint.contains("thrown"))
    );
    visitor.opens("/good").await;
    visitor.complaints().await;
    visitor.leaves().await;
}
