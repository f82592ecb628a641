//! Single flight: identical overlapping reads share one call, and changes separate them.

use futures_util::{FutureExt as _, future::join_all};
use secmon_portal::{model::PageNumber, secmon::Error};
use serde_json::json;
use wiremock::{MockServer, ResponseTemplate};

use super::support::{
    access, access_of, access_with_token, answering, client, first, range, requests_of, row_id,
    success, ticket_id,
};

async fn empty_lists() -> MockServer {
    answering(success(json!({"results": [], "data": {}}))).await
}

async fn calls(server: &MockServer) -> usize {
    requests_of(server).await.len()
}

#[tokio::test]
async fn identical_reads_share_one_call_when_they_overlap() {
    let server = empty_lists().await;
    let (client, access, id) = (client(&server.uri()), access(), ticket_id("1"));
    let pages = join_all((0..20).map(|_| client.tickets(&access, first()))).await;
    assert!(pages.iter().all(Result::is_ok));
    assert_eq!(calls(&server).await, 1);
    join_all((0..20).map(|_| client.ticket(&access, &id))).await;
    assert_eq!(calls(&server).await, 2);
    join_all((0..20).map(|_| client.events(&access, first(), range()))).await;
    assert_eq!(calls(&server).await, 3);
    join_all((0..20).map(|_| client.fleet(&access))).await;
    assert_eq!(calls(&server).await, 5, "one for each list");
}

#[tokio::test]
async fn later_read_is_a_separate_call() {
    let server = empty_lists().await;
    let (client, access) = (client(&server.uri()), access());
    for _ in 0..2 {
        let page = client.history(&access, first()).await;
        page.expect("succeeds");
    }
    assert_eq!(calls(&server).await, 2);
}

#[tokio::test]
async fn different_reads_are_separate_calls() {
    let server = empty_lists().await;
    let client = client(&server.uri());
    let (team, other_team) = (access(), access_of("team-2", "AbCdEfGh01234567"));
    let (other_key, with_token) = (access_of("team-1", "another-key"), access_with_token());
    let reads = [
        client.history(&team, first()),
        client.history(&team, PageNumber::new(2)),
        client.history(&other_team, first()),
        client.history(&other_key, first()),
        client.history(&with_token, first()),
    ];
    join_all(reads).await;
    // The last one requests a token first, which this server does not issue.
    assert_eq!(calls(&server).await, 5);
}

#[tokio::test]
async fn failure_is_shared() {
    let server = answering(ResponseTemplate::new(500)).await;
    let (client, access) = (client(&server.uri()), access());
    let pages = join_all((0..20).map(|_| client.tickets(&access, first()))).await;
    let is_500 = |error| matches!(error, Some(Error::HttpStatus { status: 500, .. }));
    assert!(pages.into_iter().all(|page| is_500(page.err())));
    assert_eq!(calls(&server).await, 1);
}

#[tokio::test]
async fn call_continues_when_its_first_reader_leaves() {
    let server = empty_lists().await;
    let (client, access) = (client(&server.uri()), access());
    let mut first_reader = Box::pin(client.tickets(&access, first()));
    let mut second_reader = Box::pin(client.tickets(&access, first()));
    assert!((&mut first_reader).now_or_never().is_none());
    assert!((&mut second_reader).now_or_never().is_none());
    drop(first_reader);
    second_reader.await.expect("succeeds");
    assert_eq!(calls(&server).await, 1);
}

#[tokio::test]
async fn read_after_a_change_joins_no_earlier_call() {
    let server = empty_lists().await;
    let (client, access) = (client(&server.uri()), access());
    let mut before = Box::pin(client.fleet(&access));
    assert!((&mut before).now_or_never().is_none());
    let release = client.release(&access, &[row_id("vm-1")]).await;
    release.expect("succeeds");
    let (_, started) = client.fleet(&access).await.expect("succeeds");
    let (_, started_before) = before.await.expect("succeeds");
    assert!(started_before < started);
    assert_eq!(calls(&server).await, 5, "two lists, a release, two lists");
}

#[tokio::test]
async fn poll_and_key_test_are_separate_calls() {
    let server = empty_lists().await;
    let (client, access) = (client(&server.uri()), access());
    let (lists, polled, page, checked) = tokio::join!(
        client.fleet(&access),
        client.fleet_in_turn(&access),
        client.history(&access, first()),
        client.check(&access),
    );
    assert!(lists.is_ok() && polled.is_ok() && page.is_ok() && checked.is_ok());
    assert_eq!(calls(&server).await, 6);
}
