//! Tests of the test harness: page problems are reported, with and without scripts.

use axum::{
    Router,
    http::{StatusCode, header},
    response::Html,
    routing::get,
};
use tokio::net::TcpListener;

use crate::client::TestClient;

const BAD: &str = "<!DOCTYPE html><title>Bad</title><body onload='1'>
    <p style='color: red'>inline</p>
    <img src='http://127.0.0.1:9/elsewhere.png'>
    <img src='/missing.png'>
    <script src='/good.js'></script><script>console.error('never')</script>";

const SCRIPT: &str = "console.error('said'); throw new Error('thrown');";

/// A server of faulty pages, with a content policy in a header like the portal's.
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

fn assert_problem(problems: &[String], words: &str) {
    let found = problems.iter().any(|problem| problem.contains(words));
    assert!(found, "{words:?} is not among {problems:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn page_problems_are_reported() {
    let mut client = TestClient::at(&bad_server().await).await;
    client.open("/good").await;
    assert_eq!(client.problems().await, [""; 0]);
    client.open("/bad").await;
    let problems = client.problems().await;
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
        assert_problem(&problems, words);
    }
    assert!(!problems.iter().any(|problem| problem.contains("never")));
    client.open("/elsewhere").await;
    assert_problem(
        &client.problems().await,
        "a request to http://127.0.0.1:9/elsewhere.png",
    );
    client.open("/nowhere").await;
    assert_problem(&client.problems().await, "/nowhere answered 404");
    client.open_failing("/nowhere").await;
    assert_eq!(client.problems().await, [""; 0]);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn page_problems_are_reported_without_scripts() {
    let mut client = TestClient::at(&bad_server().await).await;
    client.disable_scripts().await;
    client.open("/bad").await;
    let problems = client.problems().await;
    assert_problem(&problems, "inline style");
    assert_problem(&problems, "missing.png answered 404");
    assert!(!problems.iter().any(|problem| problem.contains("thrown")));
    client.open("/good").await;
    client.problems().await;
    client.close().await;
}
