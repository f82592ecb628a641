//! Readiness: the database answers, accepts writes, and its secrets decrypt.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::Store;

/// How long all of it may take.
const READY_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a write counts as proof that the next one works too.
const PROBE_INTERVAL: Duration = Duration::from_secs(3);

/// Size of a usual change. A smaller write may fit into space that a failed change left in SQLite's log.
const PROBE_SIZE: usize = 16 * 1024;

/// Can the portal serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    NoDatabase,
    /// The database answers and takes no change: its disk is full, or it is read-only.
    NotWritable,
    /// Secrets were encrypted with a key that this portal does not have.
    KeyReplaced,
}

/// When the database last took the probe's write.
#[derive(Debug, Default)]
pub(super) struct WriteProbe(Mutex<Option<Instant>>);

impl Store {
    pub async fn ready(&self) -> Readiness {
        let answer = tokio::time::timeout(READY_TIMEOUT, async {
            match self.has_key().await {
                Ok(true) if self.takes_writes().await => Readiness::Ready,
                Ok(true) => Readiness::NotWritable,
                Ok(false) => Readiness::KeyReplaced,
                Err(_) => Readiness::NoDatabase,
            }
        });
        answer.await.unwrap_or(Readiness::NoDatabase)
    }

    /// A write, since a full disk, a standby and a read-only server answer every read.
    async fn takes_writes(&self) -> bool {
        let mut last = self.write_probe.0.lock().await;
        if last.is_some_and(|last| last.elapsed() < PROBE_INTERVAL) {
            return true;
        }
        // SQLite writes no page that stays as it was.
        let number = format!("{:020}", fastrand::u64(..));
        let written = sqlx::query("update settings set value = $1 where name = 'write-probe'")
            .bind(number.repeat(PROBE_SIZE / number.len()))
            .execute(&self.pool)
            .await;
        match written {
            Ok(_) => {
                *last = Some(Instant::now());
                true
            }
            Err(error) => {
                tracing::error!(%error, "the database takes no writes");
                false
            }
        }
    }
}
