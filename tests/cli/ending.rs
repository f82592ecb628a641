//! Shutdown, health checks and request framing.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use crate::{
    http::TestClient,
    support::{Place, Running},
};

const LIMIT: Duration = Duration::from_secs(10);

/// An API controlled by the test, which sees calls under way.
struct Api(TcpListener);

impl Api {
    fn new() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let address = listener.local_addr().expect("is bound");
        (Self(listener), format!("http://{address}"))
    }

    /// Waits for a call.
    fn is_called(&self) -> TcpStream {
        let (mut call, _) = self.0.accept().expect("is called");
        let mut request = [0; 16];
        call.read_exact(&mut request).expect("a request");
        assert!(request.starts_with(b"GET /v1.0/"));
        call
    }
}

/// A portal with one team on this API, and a signed-in client.
fn portal(place: &Place, api: &str, timeout: &str) -> (Running, TestClient) {
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "the-key-of-acme").succeeds();
    let user = "user add --username kim --member acme:viewer --password-file -";
    place.run_typing(user, "correct horse").succeeds();
    let (portal, address) = place.serve(&[
        ("SECMON_PORTAL_API_KR1", api),
        ("SECMON_PORTAL_API_TIMEOUT", timeout),
    ]);
    let mut kim = TestClient::new(&address);
    assert!(kim.signs_in("kim", "correct horse"));
    (portal, kim)
}

#[test]
fn request_under_way_finishes_before_shutdown() {
    let place = Place::new();
    let (api, address) = Api::new();
    let (mut portal, kim) = portal(&place, &address, "30s");
    let page = kim.starts_to_get("/t/acme/tickets");
    let mut call = api.is_called();
    portal.terminate();
    portal.says_on_stderr("the portal stops");
    let list = r#"{"header": {"resultCode": 0, "resultMessage": "Request success", "isSuccessful": true}, "results": [], "next": null, "previous": null, "count": 0}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{list}",
        list.len()
    );
    call.write_all(answer.as_bytes()).expect("the portal reads");
    let page = page.answer();
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.trim_end().ends_with("</html>"), "{page:?}");
    let ended = portal.end_within(LIMIT);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}

#[test]
fn hanging_request_does_not_block_shutdown() {
    let place = Place::new();
    let (api, address) = Api::new();
    let (portal, kim) = portal(&place, &address, "50s");
    let _page = kim.starts_to_get("/t/acme/tickets");
    let _call = api.is_called();
    portal.terminate();
    let ended = portal.end_within(LIMIT);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}

#[test]
fn idle_connection_does_not_block_shutdown() {
    let place = Place::new();
    let (portal, address) = place.serve(&[]);
    let mut idle = TcpStream::connect(&address).expect("connects");
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n");
    idle.write_all(request.as_bytes()).expect("is sent");
    let mut status = [0; 12];
    idle.read_exact(&mut status).expect("is answered");
    assert_eq!(&status, b"HTTP/1.1 200");
    portal.terminate();
    let ended = portal.end_within(LIMIT);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}

#[test]
fn missing_command_means_serve_and_leaves_one_database_file() {
    let place = Place::new();
    let (portal, _) = place.serve(&[]);
    portal.terminate();
    let ended = portal.end_within(LIMIT);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let said: Vec<&str> = ended.stdout.lines().collect();
    assert!(said[0].starts_with("Nobody can sign in yet. Set the portal up at http://127.0.0.1:"));
    assert_eq!(said.len(), 2);
    let files: Vec<_> = place.files().into_keys().collect();
    assert_eq!(
        files,
        ["data/portal.db", "data/secret.key"].map(std::path::PathBuf::from)
    );
}

#[test]
fn healthcheck_fails_when_the_portal_does_not_serve() {
    let place = Place::new();
    let (portal, address) = place.serve(&[]);
    let url = format!("healthcheck --url http://{address}");
    place.run(&url).succeeds();
    place
        .run(&format!("healthcheck --listen {address}"))
        .succeeds();
    portal.terminate();
    portal.end_within(LIMIT);
    let reason = place.run(&url).fails();
    assert!(reason.contains(&address), "{reason}");
    place
        .run("healthcheck --url https://portal.example")
        .fails();
}

/// The portal's responses to these bytes on one connection.
fn answers(address: &str, bytes: &str) -> String {
    let mut connection = TcpStream::connect(address).expect("the portal listens");
    let wait = connection.set_read_timeout(Some(Duration::from_secs(30)));
    wait.expect("a connection can wait");
    connection.write_all(bytes.as_bytes()).expect("is read");
    let mut all = Vec::new();
    // A connection that is closed with bytes unread may end with an error.
    let _ = connection.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn request_smuggling_is_refused() {
    let place = Place::new();
    let (_portal, address) = place.serve(&[]);
    let form = "POST /preferences HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    let hidden = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    for odd in [
        "content-length: 0\r\ncontent-length: 5\r\n\r\n",
        "content-length: 0, 5\r\n\r\n",
        "content-length: +0\r\n\r\n",
        "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        "content-length : 0\r\n\r\n",
        "x: y\r\n folded: z\r\ncontent-length: 0\r\n\r\n",
    ] {
        let told = answers(&address, &format!("{form}{odd}{hidden}"));
        assert!(told.starts_with("HTTP/1.1 400 "), "{odd:?}: {told}");
        assert_eq!(told.matches("HTTP/1.1 ").count(), 1, "{odd:?}: {told}");
    }
    // With both headers the encoding wins, and the rest is not parsed as a request.
    let both = "content-length: 55\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let told = answers(&address, &format!("{form}{both}{hidden}"));
    assert!(told.starts_with("HTTP/1.1 303 "), "{told}");
    assert_eq!(told.matches("HTTP/1.1 ").count(), 1, "{told}");
}

#[test]
fn cross_site_form_is_logged_with_its_origin() {
    let place = Place::new();
    let (mut portal, address) = place.serve(&[]);
    let form = "POST /logout HTTP/1.1\r\nhost: x\r\nsec-fetch-site: cross-site\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let told = answers(&address, form);
    assert!(told.starts_with("HTTP/1.1 403 "), "{told}");
    let line = portal.says_on_stderr("a cross-site form was refused");
    assert!(line.contains("client=127.0.0.1"), "{line}");
    let id = told.split_once("x-request-id: ").expect("has an id").1;
    let id = id.split("\r\n").next().unwrap_or_default();
    assert!(line.contains(&format!("request_id=\"{id}\"")), "{line}");
}
