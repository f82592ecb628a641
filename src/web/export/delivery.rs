//! Delivery of an export: a short file whole, a long one in parts.

use std::{io, time::Duration};

use axum::body::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::{
    sync::mpsc::{Receiver, Sender},
    time::Instant,
};

use crate::web::{Error, Result};

/// How long and up to which size a file is held back to be sent whole. Proxies usually time out after 60 s.
const HOLD_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_HELD: usize = 1024 * 1024;

/// A piece of a file on its way to the body.
pub(super) enum Chunk {
    Part(Vec<u8>),
    /// Completes the file.
    Last(Vec<u8>),
    Failed(Error),
}

/// The progress of an export.
pub(super) struct Delivery {
    sender: Sender<Chunk>,
    held: Vec<u8>,
    pub(super) has_begun: bool,
    started: Instant,
    /// Rows written, and rows sent to the client.
    pub(super) rows: u64,
    pub(super) delivered: u64,
    /// Whether the audit event of the start is written.
    pub(super) is_recorded: bool,
}

impl Delivery {
    pub(super) fn new(sender: Sender<Chunk>) -> Self {
        Self {
            sender,
            held: Vec::new(),
            has_begun: false,
            started: Instant::now(),
            rows: 0,
            delivered: 0,
            is_recorded: false,
        }
    }

    pub(super) async fn add(&mut self, bytes: Vec<u8>, rows: usize) -> Result<()> {
        self.held.extend(bytes);
        self.rows += rows as u64;
        let is_held = self.held.len() < MAX_HELD && self.started.elapsed() < HOLD_TIMEOUT;
        if self.held.is_empty() || !self.has_begun && is_held {
            return Ok(());
        }
        self.has_begun = true;
        self.delivered = self.rows;
        let part = Chunk::Part(std::mem::take(&mut self.held));
        let sent = self.sender.send(part).await;
        sent.map_err(|_| client_gone())
    }

    pub(super) fn finish(&mut self, rest: Vec<u8>) -> Result<Vec<u8>> {
        if self.sender.is_closed() {
            return Err(client_gone());
        }
        self.held.extend(rest);
        Ok(std::mem::take(&mut self.held))
    }

    /// Sends the last chunk, if the client is still there.
    pub(super) async fn end(self, last: Chunk) {
        let _ = self.sender.send(last).await;
    }
}

fn client_gone() -> Error {
    Error::internal("the client has gone")
}

/// The body of a streamed file. Without the last chunk, the download fails.
pub(super) fn parts(
    first: Vec<u8>,
    receiver: Receiver<Chunk>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let first = stream::once(async { Ok(first.into()) });
    let rest = stream::unfold(Some(receiver), |receiver| async {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Chunk::Part(bytes)) => Some((Ok(bytes.into()), Some(receiver))),
            Some(Chunk::Last(bytes)) => Some((Ok(bytes.into()), None)),
            Some(Chunk::Failed(_)) | None => {
                Some((Err(io::Error::other("the export was broken off")), None))
            }
        }
    });
    first.chain(rest).fuse()
}
