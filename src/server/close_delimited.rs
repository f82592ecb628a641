//! HTTP/1.0 responses without a length: the end of the connection is the end of the body, so an aborted one is reset.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::http::{Response, Version};
use hyper::body::Body;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_io_timeout::TimeoutStream;

/// Whether the answer under way on a connection is close-delimited.
#[derive(Debug, Clone, Default)]
pub struct CloseDelimited(Arc<AtomicBool>);

impl CloseDelimited {
    /// Called before the answer is sent.
    pub fn set_for<B: Body>(&self, version: Version, answer: &Response<B>) {
        if version == Version::HTTP_10 && answer.body().size_hint().exact().is_none() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// A connection that is reset when it is dropped in the middle of a close-delimited answer.
#[derive(Debug)]
pub struct ResetOnDrop {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    close_delimited: CloseDelimited,
    is_shut_down: bool,
}

impl ResetOnDrop {
    pub fn new(stream: TimeoutStream<TcpStream>, close_delimited: CloseDelimited) -> Self {
        Self {
            stream: Box::pin(stream),
            close_delimited,
            is_shut_down: false,
        }
    }
}

impl Drop for ResetOnDrop {
    fn drop(&mut self) {
        if self.close_delimited.0.load(Ordering::Relaxed) && !self.is_shut_down {
            // With no time to linger, closing sends a reset.
            let _ = self.stream.as_ref().get_ref().get_ref().set_zero_linger();
        }
    }
}

impl AsyncRead for ResetOnDrop {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_read(cx, buffer)
    }
}

impl AsyncWrite for ResetOnDrop {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_shut_down = true;
        self.stream.as_mut().poll_shutdown(cx)
    }
}
