//! What stands between the portal and a client's connection: the body that arrives, the answer that is read, and the
//! refusals that the HTTP library sends by itself.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Version, header};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

use super::connections::Turn;
use crate::web::headers;

/// Who reads nothing of an answer for so long is gone.
const SLOWEST_READER: Duration = Duration::from_secs(30);

/// A connection that tells when its client makes it wait.
pub struct Wire {
    stream: TcpStream,
    turn: Arc<Turn>,
    https: bool,
    /// Runs while nothing can be written.
    patience: Option<Pin<Box<Sleep>>>,
    /// A refusal of the library as we put it, and how much of it is written.
    refusal: Option<(Vec<u8>, usize)>,
    close_delimited: CloseDelimited,
    is_shut_down: bool,
}

impl Wire {
    pub fn new(
        stream: TcpStream,
        turn: Arc<Turn>,
        https: bool,
        close_delimited: CloseDelimited,
    ) -> Self {
        Self {
            stream,
            turn,
            https,
            patience: None,
            refusal: None,
            close_delimited,
            is_shut_down: false,
        }
    }

    fn poll_stream(
        stream: &mut TcpStream,
        patience: &mut Option<Pin<Box<Sleep>>>,
        turn: &Turn,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = Pin::new(stream).poll_write(cx, bytes) {
            *patience = None;
            turn.goes_on();
            return Poll::Ready(written);
        }
        let patience = patience.get_or_insert_with(|| Box::pin(tokio::time::sleep(SLOWEST_READER)));
        ready!(patience.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self {
            stream,
            turn,
            https,
            patience,
            refusal,
            ..
        } = self.get_mut();
        if refusal.is_none() {
            *refusal = bare_refusal(bytes).map(|status| (dressed(status, *https), 0));
        }
        let Some((ours, written)) = refusal else {
            return Self::poll_stream(stream, patience, turn, cx, bytes);
        };
        while *written < ours.len() {
            let rest = &ours[*written..];
            *written += ready!(Self::poll_stream(stream, patience, turn, cx, rest))?;
        }
        *refusal = None;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_shut_down = true;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.close_delimited.is_set() && !self.is_shut_down {
            // The reset tells the client that the body is not whole.
            let _ = self.stream.set_zero_linger();
        }
    }
}

/// Does a connection carry a body whose end is the end of the connection: an HTTP/1.0 answer without a length. Such a body
/// looks whole however the connection ends, unless it ends with a reset.
#[derive(Debug, Clone, Default)]
pub struct CloseDelimited(Arc<AtomicBool>);

impl CloseDelimited {
    /// Before the answer is sent.
    pub fn set_for<B: Body>(&self, version: Version, answer: &Response<B>) {
        if version == Version::HTTP_10 && answer.body().size_hint().exact().is_none() {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The status of an answer that the library makes when it cannot read a request's head: short, without a body, and
/// without the headers that every answer of the portal carries.
fn bare_refusal(bytes: &[u8]) -> Option<StatusCode> {
    const LONGEST: usize = 200;
    let is_short = bytes.len() < LONGEST && bytes.ends_with(b"\r\n\r\n");
    let head = std::str::from_utf8(bytes).ok().filter(|_| is_short)?;
    let status = head.strip_prefix("HTTP/1.1 4")?.get(..2)?;
    let is_bare = head.contains("content-length: 0\r\n") && !head.contains("x-request-id");
    let status: u16 = status.parse().ok().filter(|_| is_bare)?;
    StatusCode::from_u16(400 + status).ok()
}

/// The same refusal with those headers.
fn dressed(status: StatusCode, https: bool) -> Vec<u8> {
    let body = format!("{status}\n");
    let mut fields = HeaderMap::new();
    headers::protect(&mut fields, https);
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    fields.insert(header::CONTENT_TYPE, kind);
    fields.insert(header::CONTENT_LENGTH, body.len().into());
    fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let mut answer = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for (name, value) in &fields {
        answer.extend_from_slice(name.as_str().as_bytes());
        answer.extend_from_slice(b": ");
        answer.extend_from_slice(value.as_bytes());
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(body.as_bytes());
    answer
}

/// The body of a request: once it is whole, it is the portal's turn.
pub struct Arriving {
    body: Incoming,
    turn: Arc<Turn>,
}

impl Arriving {
    pub fn new(body: Incoming, turn: Arc<Turn>) -> Self {
        if body.is_end_stream() {
            turn.is_ours();
        }
        Self { body, turn }
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.turn.is_ours();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
