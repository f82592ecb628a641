//! The HTTP server: listener, limits of a connection, and graceful shutdown.

pub mod bootstrap;
mod close_delimited;
pub mod hardening;
mod shutdown;

use std::{convert::Infallible, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use close_delimited::{CloseDelimited, ResetOnDrop};
pub use shutdown::shutdown_signal;

use crate::telemetry::OncePerMinute;

/// A browser sends some 20 header fields.
const MAX_HEADERS: usize = 100;
/// Request line and header fields together, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

static CONNECTION_LIMIT_WARNING: OncePerMinute = OncePerMinute::new();

/// Limits of a connection. Request bodies have separate limits: [`crate::web::middleware::request_body`].
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections that are open at once; further ones wait in the listener's queue.
    pub connections: usize,
    /// How soon the head of the first request must be complete.
    pub first_request: Duration,
    /// How long a connection may be idle between two requests. It is longer than the idle time of common proxies, so
    /// that the proxy closes first: a request never meets a connection that was just closed.
    pub keep_alive: Duration,
    /// How long a client may read nothing of an answer.
    pub write_stall: Duration,
    /// How long requests under way may take after the signal to stop.
    pub drain: Duration,
}

/// Serves until `stop`, then lets requests under way finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(limits.connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer, slot) = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = &mut stop => break,
        };
        let first_request = Arc::new(Notify::new());
        let connection = connection(stream, peer, router.clone(), limits, &first_request);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Errors of a connection concern its client only.
            tokio::select! {
                _ = connection => {}
                () = overdue(&first_request, limits.first_request) => {}
            }
            drop(slot);
        });
    }
    // The next portal may listen on this address already.
    drop(listener);
    tracing::info!("the portal stops");
    if timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way at shutdown");
    }
}

/// The next connection, as soon as there is a slot for it.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    if slots.available_permits() == 0 && CONNECTION_LIMIT_WARNING.is_due() {
        tracing::warn!("all connections are in use: new ones wait");
    }
    let slot = Arc::clone(slots).acquire_owned().await;
    let slot = slot.expect("nobody closes the semaphore");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, slot),
            // Out of file descriptors, as a rule: some come back when connections end.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Resolves when no request has come in time.
async fn overdue(first_request: &Notify, patience: Duration) {
    if timeout(patience, first_request.notified()).await.is_ok() {
        std::future::pending::<()>().await;
    }
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    first_request: &Arc<Notify>,
) -> impl hyper_util::server::graceful::GracefulConnection<Output = hyper::Result<()>> + use<> {
    // An answer's last packet must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_stall));
    let close_delimited = CloseDelimited::default();
    let stream = ResetOnDrop::new(stream, close_delimited.clone());
    let first_request = Arc::clone(first_request);
    let service = service_fn(move |request: Request<Incoming>| {
        first_request.notify_one();
        let (close_delimited, version) = (close_delimited.clone(), request.version());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().oneshot(request);
        async move {
            let answer = answer.await.unwrap_or_else(|never| match never {});
            close_delimited.set_for(version, &answer);
            Ok::<_, Infallible>(answer)
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        // hyper starts this timer when it begins to wait for a request, so it is the idle time as well.
        .header_read_timeout(limits.keep_alive)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
}

#[cfg(test)]
mod tests;
