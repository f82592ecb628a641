//! Access tokens for teams with token credentials.

use std::time::Duration;

use futures_util::future::join_all;
use secmon_portal::{
    model::{PageNumber, TokenCredentials},
    secmon::{Error, Secmon},
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, basic_auth, body_string, header, method, path},
};

use super::support::{
    TOKEN, TOKEN_ID, TOKEN_SECRET, access, access_with_token, client, client_with, first, gateway,
    requests_of, row_id, success,
};

const TOKEN_PATH: &str = "/oauth2/token/create";

fn token(text: &str, expires_in: impl Into<Value>) -> ResponseTemplate {
    let fields =
        json!({"access_token": text, "token_type": "Bearer", "expires_in": expires_in.into()});
    ResponseTemplate::new(200).set_body_json(fields)
}

/// A server that issues `tokens` in turn, and whose API responds with `api`.
async fn server(tokens: &[ResponseTemplate], api: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    for answer in tokens {
        Mock::given(path(TOKEN_PATH))
            .respond_with(answer.clone())
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    Mock::given(path(TOKEN_PATH))
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(api).mount(&server).await;
    server
}

fn good() -> ResponseTemplate {
    success(json!({"results": []}))
}

/// Number of token requests, and the tokens that the API received.
async fn seen(server: &MockServer) -> (usize, Vec<String>) {
    let (asked, calls): (Vec<_>, Vec<_>) = requests_of(server)
        .await
        .into_iter()
        .partition(|request| request.url.path() == TOKEN_PATH);
    let sent = calls.iter().map(|call| {
        let value = &call.headers["x-nhn-authorization"];
        value.to_str().expect("is text").to_owned()
    });
    (asked.len(), sent.collect())
}

async fn read(client: &Secmon) -> Result<(), Error> {
    read_page(client, 1).await
}

async fn read_page(client: &Secmon, page: u32) -> Result<(), Error> {
    let page = PageNumber::new(page);
    client.history(&access_with_token(), page).await.map(drop)
}

#[tokio::test]
async fn token_request_matches_the_vendor_s_documents() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(TOKEN_PATH))
        .and(basic_auth(TOKEN_ID, TOKEN_SECRET))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string("grant_type=client_credentials"))
        .respond_with(token(TOKEN, 86_400))
        .mount(&server)
        .await;
    let api = Mock::given(header("x-nhn-authorization", TOKEN)).respond_with(good());
    api.mount(&server).await;
    assert_eq!(read(&client(&server.uri())).await, Ok(()));
}

#[tokio::test]
async fn token_prefix_comes_from_the_settings() {
    let server = server(&[token(TOKEN, 86_400)], good()).await;
    let client = client_with(&server.uri(), |settings| {
        "Bearer ".clone_into(&mut settings.token_prefix);
    });
    read(&client).await.expect("succeeds");
    assert_eq!(seen(&server).await.1, [format!("Bearer {TOKEN}")]);
}

#[tokio::test]
async fn team_without_credentials_sends_no_token() {
    let server = server(&[], good()).await;
    let client = client(&server.uri());
    client.history(&access(), first()).await.expect("succeeds");
    let request = requests_of(&server).await.remove(0);
    assert!(!request.headers.contains_key("x-nhn-authorization"));
}

#[tokio::test]
async fn concurrent_and_later_calls_share_one_token() {
    for expires_in in [json!(86_400), json!("86400"), json!(null), json!(0)] {
        let server = server(&[token(TOKEN, expires_in)], good()).await;
        let client = client(&server.uri());
        let calls = join_all((1..=20).map(|page| read_page(&client, page))).await;
        assert!(calls.iter().all(Result::is_ok));
        read(&client).await.expect("succeeds");
        let (asked, sent) = seen(&server).await;
        assert_eq!((asked, sent.len()), (1, 21));
    }
}

#[tokio::test]
async fn other_credentials_have_another_token() {
    let tokens = [token("first", 600), token("second", 600)];
    let server = server(&tokens, good()).await;
    let client = client(&server.uri());
    read(&client).await.expect("succeeds");
    let mut replaced = access_with_token();
    replaced.token = TokenCredentials::parse(&format!("{TOKEN_ID}:another")).ok();
    client.history(&replaced, first()).await.expect("succeeds");
    assert_eq!(seen(&server).await.1, ["first", "second"]);
}

#[tokio::test]
async fn refused_token_is_replaced_once_for_reads_and_changes() {
    let tokens = [token("old", 86_400), token("new", 86_400)];
    for change in [false, true] {
        let server = server(&tokens, good()).await;
        Mock::given(header("x-nhn-authorization", "old"))
            .respond_with(gateway(401, 4_012_001, "expired"))
            .with_priority(1)
            .mount(&server)
            .await;
        let client = client(&server.uri());
        if change {
            let ids = [row_id("vm-1")];
            let released = client.release(&access_with_token(), &ids).await;
            assert_eq!(released, Ok(()));
        } else {
            read(&client).await.expect("succeeds");
        }
        assert_eq!(seen(&server).await.1, ["old", "new"]);
        read(&client).await.expect("succeeds");
        assert_eq!(seen(&server).await.0, 2, "the new one is kept");
    }
}

#[tokio::test]
async fn concurrent_refusals_replace_the_token_once() {
    let tokens = [token("old", 86_400), token("new", 86_400)];
    let server = server(&tokens, good()).await;
    Mock::given(header("x-nhn-authorization", "old"))
        .respond_with(gateway(401, 4_012_001, "expired").set_delay(Duration::from_millis(50)))
        .with_priority(1)
        .mount(&server)
        .await;
    let client = client(&server.uri());
    let calls = join_all((1..=8).map(|page| read_page(&client, page))).await;
    assert!(calls.iter().all(Result::is_ok), "{calls:?}");
    assert_eq!(seen(&server).await.0, 2);
}

#[tokio::test]
async fn refused_new_token_ends_the_call() {
    let tokens = [token("old", 86_400), token("new", 86_400)];
    let server = server(&tokens, gateway(401, 4_012_001, "no")).await;
    let error = read(&client(&server.uri())).await.expect_err("fails");
    assert!(
        matches!(error, Error::HttpStatus { status: 401, .. }),
        "{error:?}"
    );
    assert_eq!(
        seen(&server).await,
        (2, vec!["old".to_owned(), "new".to_owned()])
    );
}

#[tokio::test]
async fn call_is_not_sent_without_a_token() {
    for answer in [
        ResponseTemplate::new(401).set_body_json(json!({"error": "invalid_client"})),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_json(json!({"token_type": "Bearer"})),
        token("two\nlines", 600),
        token(TOKEN, 600).set_delay(Duration::from_mins(10)),
    ] {
        let server = server(&[answer], good()).await;
        let client = client_with(&server.uri(), |settings| {
            settings.timeout = Duration::from_millis(500);
        });
        let ids = [row_id("vm-1")];
        let outcome = client.release(&access_with_token(), &ids).await;
        let error = outcome.expect_err("fails");
        assert!(matches!(error, Error::Token(_)), "{error:?}");
        assert!(!error.may_have_taken_effect());
        assert_eq!(seen(&server).await, (1, vec![]));
    }
}
