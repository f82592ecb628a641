//! Connection limits, with short timeouts.

use std::net::SocketAddr;

use axum::routing::get;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::oneshot,
    task::JoinHandle,
    time::Instant,
};

use super::*;

const SOON: Duration = Duration::from_millis(50);
const LATE: Duration = Duration::from_mins(1);
const HEAD: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

const PATIENT: Limits = Limits {
    connections: 2,
    first_request: LATE,
    keep_alive: LATE,
    write_stall: LATE,
    drain: SOON,
};

/// A server of small and large responses, with its shutdown sender.
async fn start(limits: Limits) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("is bound");
    let router = Router::new()
        .route("/", get(|| async { "ok" }))
        .route("/large", get(|| async { "x".repeat(64 * 1024 * 1024) }));
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(serve(listener, router, limits, async move {
        let _ = stopped.await;
    }));
    (address, stop, server)
}

async fn connect(address: SocketAddr, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.write_all(request).await.expect("is sent");
    stream
}

/// The status line of the next answer; empty when the server has closed the connection.
async fn status(stream: &mut TcpStream) -> String {
    let mut line = vec![0; 15];
    match stream.read_exact(&mut line).await {
        Ok(_) => String::from_utf8(line).expect("is text"),
        Err(_) => String::new(),
    }
}

async fn is_closed(mut stream: TcpStream) -> bool {
    let mut rest = Vec::new();
    timeout(LATE, stream.read_to_end(&mut rest)).await.is_ok()
}

#[tokio::test]
async fn connection_is_closed_when_no_request_comes() {
    let limits = Limits {
        first_request: SOON,
        ..PATIENT
    };
    let (address, _stop, _) = start(limits).await;
    for beginning in [&b""[..], b"GET / HTTP/1.1\r\nhost: "] {
        assert!(is_closed(connect(address, beginning).await).await);
    }
}

#[tokio::test]
async fn connection_stays_open_between_two_requests() {
    let limits = Limits {
        first_request: SOON,
        ..PATIENT
    };
    let (address, _stop, _) = start(limits).await;
    let mut stream = connect(address, HEAD).await;
    assert_eq!(status(&mut stream).await, "HTTP/1.1 200 OK");
    // Longer than the first request may take.
    let rest = timeout(SOON * 3, is_closed_after_answer(&mut stream)).await;
    assert!(rest.is_err(), "the idle connection was closed");
    stream.write_all(HEAD).await.expect("is sent");
    assert_eq!(status(&mut stream).await, "HTTP/1.1 200 OK");
}

/// Reads the rest of a response, until the server closes the connection.
async fn is_closed_after_answer(stream: &mut TcpStream) {
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
}

#[tokio::test]
async fn idle_connection_is_closed_after_keep_alive_time() {
    let limits = Limits {
        keep_alive: SOON,
        ..PATIENT
    };
    let (address, _stop, _) = start(limits).await;
    assert!(is_closed(connect(address, HEAD).await).await);
}

#[tokio::test]
async fn slow_clients_give_their_slots_back() {
    let limits = Limits {
        first_request: SOON,
        write_stall: SOON,
        ..PATIENT
    };
    let (address, _stop, _) = start(limits).await;
    let large = b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n";
    let _slow = [
        connect(address, b"GET /").await,
        connect(address, large).await,
        connect(address, b"").await,
        connect(address, large).await,
    ];
    let mut visitor = connect(address, HEAD).await;
    let answer = timeout(LATE, status(&mut visitor)).await;
    assert_eq!(answer.as_deref(), Ok("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn shutdown_closes_idle_connections_at_once() {
    let limits = Limits {
        drain: LATE,
        ..PATIENT
    };
    let (address, stop, server) = start(limits).await;
    let mut idle = connect(address, HEAD).await;
    assert_eq!(status(&mut idle).await, "HTTP/1.1 200 OK");
    let begin = Instant::now();
    stop.send(()).expect("is heard");
    server.await.expect("ends");
    assert!(begin.elapsed() < LATE / 2);
}
