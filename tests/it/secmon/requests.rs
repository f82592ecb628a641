//! Requests: the exact URLs, headers and bodies of the guide.

use secmon_portal::{
    model::{PageNumber, ServerId},
    secmon::{BuildError, Error, Secmon, Settings},
};
use serde_json::{Value, json};

use super::support::{
    KEY, access, answering, client, first, range, requests_of, row_id, success, ticket_id,
};

/// The request line of every endpoint, as the guide's curl commands send it.
#[tokio::test]
async fn urls_match_the_guide_to_the_letter() {
    let server = answering(success(json!({"results": []}))).await;
    // An egress proxy's base URL can have a path.
    let (client, access) = (client(&format!("{}/egress/", server.uri())), access());
    client.fleet(&access).await.expect("fleet");
    client
        .history(&access, PageNumber::new(3))
        .await
        .expect("history");
    client.tickets(&access, first()).await.expect("tickets");
    client
        .ticket(&access, &ticket_id("98425190186514912"))
        .await
        .expect("ticket");
    client
        .events(&access, first(), range())
        .await
        .expect("events");
    let ids = [row_id("8b031032-e0a0"), row_id("1dc707a8-a5be")];
    client.release(&access, &ids).await.expect("release");

    let mut seen: Vec<String> = requests_of(&server)
        .await
        .iter()
        .map(|request| {
            let query = request.url.query().map(|query| format!("?{query}"));
            format!(
                "{} {}{}",
                request.method,
                request.url.path(),
                query.unwrap_or_default()
            )
        })
        .collect();
    // Both lists are requested concurrently.
    seen[..2].sort();
    let at = |method: &str, rest: &str| format!("{method} /egress/v1.0/appkeys/{KEY}/{rest}");
    assert_eq!(
        seen,
        [
            at("GET", "applied-vms"),
            at("GET", "not-applied-vms"),
            at("GET", "history?page=3"),
            at("GET", "tickets?page=1&detectDateOrder=desc"),
            at("GET", "tickets/98425190186514912"),
            at(
                "GET",
                "events?page=1&startDate=2021-07-01T20:00:00&endDate=2021-07-13T20:23:59"
            ),
            at("DELETE", "vm?vmId=8b031032-e0a0,1dc707a8-a5be"),
        ]
    );
}

#[tokio::test]
async fn headers_name_json_and_the_portal_and_nothing_else() {
    let server = answering(success(json!({"results": []}))).await;
    client(&server.uri())
        .history(&access(), first())
        .await
        .expect("succeeds");
    let request = requests_of(&server).await.remove(0);
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .map(|value| value.to_str().expect("text"))
    };
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("content-type"), Some("application/json"));
    assert_eq!(header("accept-encoding"), Some("gzip"));
    let agent = concat!("secmon-portal/", env!("CARGO_PKG_VERSION"));
    assert_eq!(header("user-agent"), Some(agent));
    for absent in ["cookie", "referer", "authorization", "x-nhn-authorization"] {
        assert_eq!(header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn add_sends_every_listed_field_except_the_status() {
    let listed = json!([
        {"lbIp": "133.186.154.14", "fixedIp": "192.168.0.18", "lbId": "8b031032", "lbName": "lb3",
         "serviceStatus": "미신청", "vm": [
            {"vmId": "9d5cbf7b", "fixedIp": "192.168.0.9", "vmOs": "CentOS 7.8", "vmIp": "",
             "vmName": "mss-test", "serviceStatus": "미신청"}]},
        {"vmId": "1dc707a8", "fixedIp": "192.168.0.2", "vmIp": null, "vmName": "booting-test"},
    ]);
    let server = answering(success(json!({"results": listed}))).await;
    let client = client(&server.uri());
    let (fleet, _) = client.fleet(&access()).await.expect("fleet");
    client
        .add(&access(), &fleet.not_monitored)
        .await
        .expect("add");

    let request = requests_of(&server).await.pop().expect("a request");
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(request.url.path(), format!("/v1.0/appkeys/{KEY}/vm"));
    assert_eq!(request.url.query(), None);
    assert_eq!(request.headers["content-type"], "application/json");
    let sent: Value = serde_json::from_slice(&request.body).expect("is JSON");
    let expected = json!({"vmList": [
        {"lbIp": "133.186.154.14", "fixedIp": "192.168.0.18", "lbId": "8b031032", "lbName": "lb3", "vm": [
            {"vmId": "9d5cbf7b", "fixedIp": "192.168.0.9", "vmOs": "CentOS 7.8", "vmIp": "", "vmName": "mss-test"}]},
        {"vmId": "1dc707a8", "fixedIp": "192.168.0.2", "vmOs": "", "vmIp": "", "vmName": "booting-test"},
    ]});
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn server_without_a_usable_id_is_not_added() {
    for row in [
        json!({"vmName": "vm1"}),
        json!({"vmId": "../x"}),
        json!({"lbId": "lb-1", "vm": [{"vmId": "vm-1"}, {"vmName": "vm2"}]}),
    ] {
        let server = answering(success(json!({"results": [row]}))).await;
        let client = client(&server.uri());
        let (fleet, _) = client.fleet(&access()).await.expect("fleet");
        assert!(!fleet.not_monitored[0].can_be_added(), "{row}");
        let outcome = client.add(&access(), &fleet.not_monitored).await;
        assert_eq!(outcome, Err(Error::MissingId));
        assert_eq!(requests_of(&server).await.len(), 2, "only the lists");
    }
}

#[tokio::test]
async fn empty_change_is_not_sent() {
    let server = answering(success(json!({}))).await;
    let client = client(&server.uri());
    assert_eq!(client.add(&access(), &[]).await, Ok(()));
    assert_eq!(client.release(&access(), &[]).await, Ok(()));
    assert!(requests_of(&server).await.is_empty());
}

#[tokio::test]
async fn long_release_is_split_to_fit_the_url_limit() {
    let server = answering(success(json!({}))).await;
    let (client, access) = (client(&server.uri()), access());
    let ids: Vec<ServerId> = (0..1000).map(|n| row_id(&format!("{n:064}"))).collect();
    let batches = client.release_batches(&access, &ids);
    assert_eq!(batches.concat(), ids, "all of them, in their order");
    assert!(batches.len() < 10, "{} batches", batches.len());
    for batch in &batches {
        client.release(&access, batch).await.expect("release");
    }
    for request in requests_of(&server).await {
        let length = request.url.as_str().len();
        assert!(length <= 8_000, "{length}");
        assert!(!request.url.as_str().contains('%'));
    }
    assert!(client.release_batches(&access, &[]).is_empty());
    assert_eq!(client.release_batches(&access, &ids[..1]), [&ids[..1]]);
}

#[test]
fn client_is_refused_without_http_urls() {
    let token_url = "ftp://user:pass@example.com/".parse();
    let settings = Settings {
        token_url: token_url.expect("is an address"),
        ..Settings::default()
    };
    let error = Secmon::new(settings).map(drop).expect_err("is refused");
    assert_eq!(error, BuildError::TokenUrl);
    assert!(!format!("{error} {error:?}").contains("example"));
    let settings = Settings {
        token_prefix: "Bearer\n".to_owned(),
        ..Settings::default()
    };
    assert_eq!(
        Secmon::new(settings).map(drop),
        Err(BuildError::TokenPrefix)
    );
}
