//! The HTTP server: what a connection may send, how slowly, and how all of them end.

use std::{convert::Infallible, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use super::{
    connections::{Connections, Turn},
    wire::{Arriving, CloseDelimited, Wire},
};

/// A browser's heading has some 20 fields; more than that comes from elsewhere.
const MOST_HEADERS: usize = 100;
/// Request line and headers together, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;
/// A heading must have arrived by then, and a connection must be used again.
const SLOWEST_HEAD: Duration = Duration::from_secs(15);
/// How many connections may be open, if the system lets the portal have so many.
const MOST_CONNECTIONS: usize = 1000;

/// Serves until `stop`, then lets requests under way finish, for at most `patience`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    https: bool,
    stop: impl Future<Output = ()>,
    patience: Duration,
) {
    let graceful = GracefulShutdown::new();
    let connections = Connections::new(most_connections());
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = connections.enter(peer.ip().to_canonical()) else {
                    tracing::warn!("a connection was refused: all others are being answered");
                    continue;
                };
                let close_delimited = CloseDelimited::default();
                let turn = Arc::clone(&place.turn);
                let wire = Wire::new(stream, turn, https, close_delimited.clone());
                let router = router.clone();
                let connection = connection(wire, &place.turn, close_delimited, peer, router);
                let watched = graceful.watch(connection);
                // What goes wrong with a connection is its client's affair.
                tokio::spawn(async move {
                    tokio::select! {
                        _ = watched => {}
                        () = place.turn.is_over() => {}
                    }
                });
            }
            // Out of file descriptors, as a rule: some come back when connections end.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    // Nobody new: the next portal may listen here already.
    drop(listener);
    tracing::info!("the portal ends");
    if tokio::time::timeout(patience, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were still under way at the end");
    }
}

/// Half of the files that the process may have open: the database and the API need some too.
fn most_connections() -> usize {
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let half = files.and_then(|files| usize::try_from(files / 2).ok());
    half.unwrap_or(MOST_CONNECTIONS).min(MOST_CONNECTIONS)
}

fn connection(
    wire: Wire,
    turn: &Arc<Turn>,
    close_delimited: CloseDelimited,
    peer: SocketAddr,
    router: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Output = hyper::Result<()>> + use<> {
    let turn = Arc::clone(turn);
    let service = service_fn(move |request: Request<Incoming>| {
        let turn = Arc::clone(&turn);
        let (close_delimited, version) = (close_delimited.clone(), request.version());
        let mut request = request.map(|body| Body::new(Arriving::new(body, Arc::clone(&turn))));
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().oneshot(request);
        async move {
            let answer = answer.await.unwrap_or_else(|never| match never {});
            turn.is_theirs();
            close_delimited.set_for(version, &answer);
            Ok::<_, Infallible>(answer)
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SLOWEST_HEAD)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(wire), service)
}
