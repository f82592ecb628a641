//! Connections: slow clients, and malformed requests.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use rustix::process::{Resource, getrlimit};

use crate::{http::TestClient, support::Place};

const PATIENCE: Duration = Duration::from_mins(1);

fn connect(address: &str) -> TcpStream {
    let connection = TcpStream::connect(address).expect("the portal listens");
    let wait = connection.set_read_timeout(Some(PATIENCE));
    wait.expect("a connection can wait");
    connection
}

/// The raw responses to a request, until the portal closes the connection.
pub fn answer(address: &str, request: &str) -> String {
    let mut connection = connect(address);
    connection.write_all(request.as_bytes()).expect("is sent");
    let mut all = Vec::new();
    // Unread parts of the request may reset the connection after the response.
    let _ = connection.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn hundreds_of_slow_connections_keep_nobody_out() {
    let place = Place::new();
    let (_portal, address) = place.serve(&[]);
    // The portal accepts a thousand connections, given twice as many file descriptors.
    let files = getrlimit(Resource::Nofile);
    let portal_s = files.maximum.unwrap_or(2000) / 2;
    let tests_own = files.current.unwrap_or(2000) - 100;
    let count = usize::try_from(portal_s.min(tests_own)).expect("a number");
    let count = count.min(1000) - 50;
    let client = TestClient::new(&address);
    let page = client.get("/login").body;
    let file = page
        .split('"')
        .find(|part| part.ends_with("bootstrap.min.css"));
    let large = format!(
        "GET {} HTTP/1.1\r\nhost: x\r\n\r\n",
        file.expect("is linked")
    );
    let slow = [
        "GET /login HTTP/1.1\r\nhost: x\r\nx-slow: ".to_owned(),
        "POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nusername=".to_owned(),
        large.repeat(20),
        String::new(),
    ];
    let mut held = Vec::new();
    for beginning in slow.iter().cycle().take(count) {
        let mut connection = connect(&address);
        connection.write_all(beginning.as_bytes()).expect("is sent");
        held.push(connection);
        if held.len() % 100 == 0 {
            assert_eq!(client.get("/login").status, 200, "after {}", held.len());
        }
    }
    assert_eq!(client.get("/readyz").status, 200);
}

#[test]
fn unreadable_request_is_refused_and_ends_the_connection() {
    let place = Place::new();
    let (_portal, address) = place.serve(&[]);
    let many = "x: y\r\n".repeat(150);
    let long = "x".repeat(200 * 1024);
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), "400 Bad Request"),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), "400 Bad Request"),
        (
            "GET / HTTP/1.1\r\nbad header\r\n\r\n".to_owned(),
            "400 Bad Request",
        ),
        (
            "POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n".to_owned(),
            "400 Bad Request",
        ),
        (
            format!("GET / HTTP/1.1\r\n{many}\r\n"),
            "431 Request Header Fields Too Large",
        ),
        (
            format!("GET / HTTP/1.1\r\nx: {long}\r\n\r\n"),
            "431 Request Header Fields Too Large",
        ),
    ] {
        let shown: String = request.chars().take(40).collect();
        let answer = answer(&address, &request);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{shown}: {answer}"
        );
    }
}

#[test]
fn odd_requests_get_one_plain_answer() {
    let place = Place::new();
    let (_portal, address) = place.serve(&[]);
    let close = "connection: close\r\n\r\n";
    // Another host in the address or in `Host` leads nowhere else.
    for head in [
        "GET http://evil.example/t/acme HTTP/1.1\r\nhost: evil.example\r\n",
        "GET /t/acme HTTP/1.1\r\nhost: evil.example\r\nx-forwarded-host: evil.example\r\n",
        "GET /t/acme HTTP/1.1\r\nhost: a\r\nhost: b\r\n",
        "GET /t/acme HTTP/1.1\r\n",
    ] {
        let answer = answer(&address, &format!("{head}{close}"));
        assert!(answer.starts_with("HTTP/1.1 303 "), "{head}: {answer}");
        assert!(
            answer.contains("\r\nlocation: /login?next=/t/acme\r\n"),
            "{head}: {answer}"
        );
        assert!(!answer.contains("evil"), "{answer}");
    }
    // Bytes after a chunked body are never parsed as a request by its content length.
    let smuggled = "POST /logout HTTP/1.1\r\nhost: x\r\ncontent-length: 60\r\n\
        transfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n\
        GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n";
    let answer = answer(&address, smuggled);
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(!answer.contains("ready"), "{answer}");
    for (head, status) in [
        (
            "CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n",
            "404",
        ),
        ("OPTIONS * HTTP/1.1\r\nhost: x\r\n", "404"),
        ("TRACE / HTTP/1.1\r\nhost: x\r\nx-secret: echo\r\n", "405"),
        ("GET /%00 HTTP/1.1\r\nhost: x\r\n", "404"),
        ("GET /t/%ff HTTP/1.1\r\nhost: x\r\n", "303"),
        ("GET //evil.example/t HTTP/1.1\r\nhost: x\r\n", "404"),
    ] {
        let answer = self::answer(&address, &format!("{head}{close}"));
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{head}: {answer}"
        );
        assert!(!answer.contains("echo"), "{answer}");
        assert!(
            answer.contains("\r\ncontent-security-policy: "),
            "{head}: {answer}"
        );
    }
}
