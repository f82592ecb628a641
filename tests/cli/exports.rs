//! Exports over HTTP/1.0, as nginx requests them by default.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

use crate::{
    http::TestClient,
    support::{Place, Running},
};

/// An API with a long first page of tickets. The test decides about the second.
struct Api {
    address: String,
    second_page: Receiver<TcpStream>,
}

impl Api {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let address = listener.local_addr().expect("is bound");
        let (sender, second_page) = channel();
        std::thread::spawn(move || {
            while let Ok((call, _)) = listener.accept() {
                let sender = sender.clone();
                std::thread::spawn(move || answer(call, &sender));
            }
        });
        Self {
            address: format!("http://{address}"),
            second_page,
        }
    }

    fn second_page(&self) -> TcpStream {
        let asked = self.second_page.recv_timeout(Duration::from_mins(1));
        asked.expect("is asked for")
    }
}

fn answer(mut call: TcpStream, second_page: &Sender<TcpStream>) {
    let mut request = Vec::new();
    let mut bytes = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match call.read(&mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(count) => request.extend_from_slice(&bytes[..count]),
        }
    }
    if String::from_utf8_lossy(&request).contains("page=2") {
        let _ = second_page.send(call);
    } else {
        let rows: Vec<_> = (0..400).map(row).collect();
        write_page(&mut call, &rows.join(","), "\"x\"");
    }
}

/// A row of 4 KB.
fn row(number: u32) -> String {
    let name = format!("{number:08x}").repeat(500);
    format!(
        r#"{{"ticketId": "{}", "ticketName": "{name}"}}"#,
        90_000_000 + number
    )
}

fn write_page(call: &mut TcpStream, rows: &str, next: &str) {
    let header = r#"{"resultCode": 1, "resultMessage": "", "isSuccessful": true}"#;
    let body =
        format!(r#"{{"header": {header}, "count": 401, "next": {next}, "results": [{rows}]}}"#);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    let _ = call.write_all((head + &body).as_bytes());
}

fn portal(place: &Place, api: &Api) -> (Running, TestClient) {
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "the-key-of-acme").succeeds();
    let user = "user add --username kim --member acme:viewer --password-file -";
    place.run_typing(user, "correct horse").succeeds();
    let settings = [("SECMON_PORTAL_API_KR1", api.address.as_str())];
    let (portal, address) = place.serve(&settings);
    let mut kim = TestClient::new(&address);
    assert!(kim.signs_in("kim", "correct horse"));
    (portal, kim)
}

#[test]
fn broken_export_resets_a_connection_of_http_1_0() {
    let place = Place::new();
    let api = Api::start();
    let (_portal, kim) = portal(&place, &api);
    let export = kim.starts_to_get("/t/acme/tickets.csv");
    let refusal = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
    let refused = api.second_page().write_all(refusal);
    refused.expect("the portal reads");
    let (file, end) = export.download();
    assert!(file.starts_with(b"HTTP/1.0 200 OK\r\n"));
    let error = end.expect_err("it is broken off");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn whole_export_ends_a_connection_of_http_1_0_well() {
    let place = Place::new();
    let api = Api::start();
    let (_portal, kim) = portal(&place, &api);
    let export = kim.starts_to_get("/t/acme/tickets.csv");
    write_page(&mut api.second_page(), &row(400), "null");
    let (file, end) = export.download();
    end.expect("it is whole");
    let file = String::from_utf8(file).expect("is text");
    assert_eq!(file.matches(",90000").count(), 401);
    assert!(!file.to_lowercase().contains("content-length"));
}

#[test]
fn export_under_way_at_shutdown_is_visibly_aborted() {
    let place = Place::new();
    let api = Api::start();
    let (mut portal, kim) = portal(&place, &api);
    let export = kim.starts_to_get("/t/acme/tickets.csv");
    let call = api.second_page();
    portal.terminate();
    portal.says_on_stderr("the portal stops");
    let (_, end) = export.download();
    let error = end.expect_err("it is broken off");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    drop(call);
    let ended = portal.end_within(Duration::from_secs(15));
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}
