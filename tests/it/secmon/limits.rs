//! Limits of response size and of concurrent calls for each team.

use std::{io::Write as _, time::Duration};

use futures_util::future::join_all;
use secmon_portal::{
    model::{HistoryEntry, PageNumber, PageOf},
    secmon::Error,
};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path_regex};

use super::support::{
    Listener, access, access_of, answering, client, client_with, endless, first, requests_of,
    row_id, success,
};

const MIB: usize = 1024 * 1024;

async fn history(base: &str) -> Result<PageOf<HistoryEntry>, Error> {
    client(base).history(&access(), first()).await
}

/// The response is refused while it is sent: the server sees the connection close.
async fn is_refused_while_it_is_sent(server: Listener) {
    let outcome = history(&server.base).await.map(drop);
    let limit = 16 * MIB;
    assert_eq!(outcome, Err(Error::TooLarge { limit }));
    let sending = server.first_connection.await.expect("does not panic");
    assert!(sending.is_err(), "the client hung up");
}

#[tokio::test]
async fn endless_body_is_refused() {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"header\": \"";
    is_refused_while_it_is_sent(endless(head, vec![b'x'; MIB]).await).await;
}

#[tokio::test]
async fn large_content_length_is_refused_before_reading() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 314572800\r\n\r\n";
    // Not one byte of the body is sent: the announcement is enough.
    is_refused_while_it_is_sent(endless(head, Vec::new()).await).await;
}

/// A megabyte of spaces for each kilobyte sent.
#[tokio::test]
async fn gzip_bomb_is_refused_by_its_expanded_size() {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut megabyte = || {
        gzip.write_all(&vec![b' '; MIB]).expect("compresses");
        gzip.flush().expect("compresses");
        std::mem::take(gzip.get_mut())
    };
    // The second megabyte refers to nothing but spaces before it, so it can come again and again.
    let (first, again) = (megabyte(), megabyte());
    assert!(again.len() < 4096);
    is_refused_while_it_is_sent(endless([head.as_bytes(), &first].concat(), again).await).await;
}

#[tokio::test]
async fn body_limit_is_exact() {
    let body = r#"{"header": {"isSuccessful": true}, "results": []}"#;
    let server = answering(ResponseTemplate::new(200).set_body_string(body)).await;
    for (max_body, fits) in [(body.len(), true), (body.len() - 1, false)] {
        let client = client_with(&server.uri(), |settings| settings.max_body = max_body);
        let outcome = client.history(&access(), first()).await;
        assert_eq!(outcome.is_ok(), fits);
    }
}

#[tokio::test]
async fn error_status_wins_over_an_endless_or_cut_off_body() {
    let endless_head = "HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n";
    let unfinished = "HTTP/1.1 403 Forbidden\r\ncontent-length: 10\r\nconnection: close\r\n\r\n";
    for server in [
        endless(endless_head, vec![b'x'; MIB]).await,
        endless(unfinished, Vec::new()).await,
    ] {
        let client = client_with(&server.base, |settings| {
            settings.timeout = Duration::from_millis(500);
        });
        let outcome = client.history(&access(), first()).await.map(drop);
        assert!(
            matches!(outcome, Err(Error::HttpStatus { status: 403, .. })),
            "{outcome:?}"
        );
    }
}

/// The API hangs for the team with this key only.
async fn one_team_hangs(key: &str) -> MockServer {
    let server = MockServer::start().await;
    let never = success(json!({})).set_delay(Duration::from_mins(10));
    let hanging = Mock::given(path_regex(key)).respond_with(never);
    hanging.with_priority(1).mount(&server).await;
    let good = Mock::given(path_regex(".")).respond_with(success(json!({"results": []})));
    good.mount(&server).await;
    server
}

#[tokio::test]
async fn hanging_calls_of_one_team_hold_up_no_other() {
    let server = one_team_hangs("hanging-key").await;
    let client = client_with(&server.uri(), |settings| {
        settings.timeout = Duration::from_mins(5);
    });
    let hanging: Vec<_> = (1..=200)
        .map(|page| {
            let client = client.clone();
            let access = access_of("team-1", "hanging-key");
            tokio::spawn(async move { client.history(&access, PageNumber::new(page)).await })
        })
        .collect();
    for team in ["team-2", "team-3"] {
        let access = access_of(team, "good-key");
        client.fleet(&access).await.expect("is not held up");
    }
    assert!(hanging.iter().all(|call| !call.is_finished()));
    let requests = requests_of(&server).await;
    let of_the_team = |request: &&wiremock::Request| request.url.path().contains("hanging-key");
    assert!(requests.iter().filter(of_the_team).count() <= 8);
    hanging.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn waiting_for_a_permit_counts_and_sends_nothing() {
    let server = one_team_hangs("hanging-key").await;
    let client = client_with(&server.uri(), |settings| {
        settings.timeout = Duration::from_millis(300);
        settings.calls_per_team = 2;
    });
    let access = access_of("team-1", "hanging-key");
    let ids = [row_id("vm-1")];
    let calls = join_all((0..12).map(|_| client.release(&access, &ids))).await;
    let of = |sent| {
        let outcome = Err(Error::TimedOut { sent });
        calls.iter().filter(|call| **call == outcome).count()
    };
    // When the first two gave up, the next may have had a split second left to be sent in.
    assert_eq!(of(true) + of(false), 12, "{calls:?}");
    assert!(of(true) >= 2 && of(false) >= 1, "{calls:?}");
    assert!(requests_of(&server).await.len() <= of(true));
}
