//! The signals that stop the process.

use std::{future::Future, io};

use tokio::signal::unix::{SignalKind, signal};

/// Resolves at SIGTERM or Ctrl-C; the signals are caught from the moment this returns.
///
/// # Errors
/// When the process cannot wait for signals, in one line.
pub fn shutdown_signal() -> Result<impl Future<Output = ()> + Send + 'static, String> {
    let failed = |error: io::Error| format!("cannot wait for signals: {error}");
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
