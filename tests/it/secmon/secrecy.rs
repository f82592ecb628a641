//! Secrecy: no error or log line holds a URL, an appKey, or part of a token.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secmon_portal::secmon::Error;
use serde_json::json;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, path},
};

use super::support::{
    KEY, TOKEN, TOKEN_ID, TOKEN_SECRET, access_with_token, client_with, endless, first, gateway,
    hanging_up, nobody, requests_of, success,
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("is not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Every message here repeats all that is secret, as a careless gateway would.
fn telltale(address: &str) -> String {
    let basic = BASE64_STANDARD.encode(format!("{TOKEN_ID}:{TOKEN_SECRET}"));
    format!(
        "no route to {address}/v1.0/appkeys/{KEY}/history for {TOKEN}, {TOKEN_ID}:{TOKEN_SECRET}, \
         Basic {basic}, {}",
        KEY.to_lowercase()
    )
}

/// A server with a token, and `answer` for every other call.
async fn answering(answer: impl Fn(&str) -> ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let token = json!({"access_token": TOKEN, "expires_in": 600});
    Mock::given(path("/oauth2/token/create"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .mount(&server)
        .await;
    let answer = answer(&telltale(&server.uri()));
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn failure(base: &str, token_url: Option<&str>) -> Error {
    let client = client_with(base, |settings| {
        settings.timeout = Duration::from_secs(2);
        settings.max_body = 4096;
        if let Some(url) = token_url {
            settings.token_url = format!("{url}/oauth2/token/create")
                .parse()
                .expect("is one");
        }
    });
    let outcome = client.history(&access_with_token(), first()).await;
    outcome.map(drop).expect_err("fails")
}

/// Each variant's name, its error, and the URLs that its text must not hold.
async fn every_failure() -> Vec<(&'static str, Error, Vec<String>)> {
    let mut failures = Vec::new();
    let mut keep = |name, error, addresses: &[&str]| {
        let addresses = addresses.iter().map(|base| base.replace("http://", ""));
        failures.push((name, error, addresses.collect()));
    };
    for (name, server) in [
        (
            "HttpStatus",
            answering(|told| gateway(403, 4_031_007, told)).await,
        ),
        ("HttpStatus", answering(|told| gateway(503, 1, told)).await),
        ("Refused", answering(|told| gateway(200, -1, told)).await),
        (
            "UnexpectedResponse",
            answering(|told| ResponseTemplate::new(200).set_body_string(told)).await,
        ),
        (
            "UnexpectedResponse",
            answering(|told| ResponseTemplate::new(302).insert_header("location", told)).await,
        ),
        (
            "TooLarge",
            answering(|told| ResponseTemplate::new(200).set_body_string(told.repeat(100))).await,
        ),
        (
            "TimedOut",
            answering(|_| success(json!({})).set_delay(Duration::from_mins(10))).await,
        ),
    ] {
        let error = failure(&server.uri(), None).await;
        assert!(!requests_of(&server).await.is_empty());
        keep(name, error, &[&server.uri()]);
    }
    let tokens = answering(|_| success(json!({}))).await;
    for base in [
        nobody().await,
        hanging_up().await.base,
        "http://secmon.invalid".to_owned(),
    ] {
        let error = failure(&base, Some(&tokens.uri())).await;
        keep("Unreachable", error, &[&base, &tokens.uri()]);
    }
    let garbage = endless("", b"SSH-2.0-x\r\n".to_vec())
        .await
        .base
        .replace("http", "https");
    let error = failure(&garbage, Some(&tokens.uri())).await;
    keep("Unreachable", error, &[&garbage.replace("https://", "")]);
    for refused in [nobody().await, hanging_up().await.base] {
        keep(
            "Token",
            failure(&tokens.uri(), Some(&refused)).await,
            &[&refused],
        );
    }
    let refusing = MockServer::start().await;
    let refusal = gateway(
        401,
        4_012_001,
        &telltale(&refusing.uri()).replace(TOKEN, ""),
    );
    Mock::given(any())
        .respond_with(refusal)
        .mount(&refusing)
        .await;
    let error = failure(&tokens.uri(), Some(&refusing.uri())).await;
    keep("Token", error, &[&refusing.uri(), &tokens.uri()]);
    failures
}

#[tokio::test]
async fn errors_and_log_lines_hold_no_url_or_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish()
        // Telemetry silences hyper, whose log lines name hosts.
        .with(Targets::new().with_target("secmon_portal", LevelFilter::TRACE));
    let guard = tracing::subscriber::set_default(subscriber);
    let failures = every_failure().await;
    drop(guard);

    let log = String::from_utf8(log.0.lock().expect("is not poisoned").clone()).expect("text");
    assert!(
        log.contains("called the Secmon API"),
        "the log was captured: {log}"
    );
    assert!(log.contains("team-1") && log.contains("history"), "{log}");
    let basic = BASE64_STANDARD.encode(format!("{TOKEN_ID}:{TOKEN_SECRET}"));
    for (name, error, addresses) in &failures {
        let texts = [
            format!("{error}"),
            format!("{error:?}"),
            format!("{error:#?}"),
            log.clone(),
        ];
        assert!(texts[1].starts_with(name), "expected {name}: {error:?}");
        for text in texts.map(|text| text.to_lowercase()) {
            for secret in [
                KEY,
                TOKEN,
                TOKEN_SECRET,
                TOKEN_ID,
                &basic,
                "appkeys/a",
                "invalid",
            ] {
                assert!(!text.contains(&secret.to_lowercase()), "{secret} in {text}");
            }
            for address in addresses {
                assert!(!text.contains(address.as_str()), "{address} in {text}");
            }
        }
    }
}

#[tokio::test]
async fn debug_output_of_client_and_access_hides_secrets() {
    let client = client_with("http://user:pass@secmon.invalid", |_| ());
    assert_eq!(format!("{client:?}"), "Secmon");
    let access = format!("{:?}", access_with_token());
    for secret in [KEY, TOKEN_ID, TOKEN_SECRET] {
        assert!(!access.contains(secret), "{access}");
    }
}
