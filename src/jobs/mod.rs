//! Background jobs: one runner for all of them, shared by the portals on one database.
//!
//! A [`Job`] names its targets, and the [`Runner`] runs each target that is due. A lease in the
//! database keeps two portals from running one at the same time. A job works in batches: it
//! returns [`Next::Again`] after each, keeps its own cursor, and asks [`Context::is_stopping`]
//! within a long one.

mod backoff;
mod runner;
mod stats;
mod sweep;

use std::{error::Error as StdError, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::store::{Error, JobKind};

pub use backoff::MAX_BACKOFF;
pub use runner::Runner;
pub use stats::{JobOutcome, JobStats};
pub use sweep::Sweep;

/// Work that is done again and again, target by target.
pub trait Job: Send + Sync + 'static {
    const KIND: JobKind;

    /// Targets of this kind that run at the same time.
    const MAX_CONCURRENT: usize;

    /// What the job is about: a team, as a rule.
    type Target: Send + Sync + 'static;

    /// The target's name in its lease.
    fn key(target: &Self::Target) -> &str;

    /// The targets that have something to do. The runner leaves out those that are not due.
    fn targets(&self) -> impl Future<Output = Result<Vec<Self::Target>, Error>> + Send;

    /// One batch. It is dropped at its next `await` when the lease is lost.
    fn run(
        &self,
        target: &Self::Target,
        context: &Context,
    ) -> impl Future<Output = Result<Next, JobError>> + Send;
}

/// When a target is run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At the earliest after this time.
    Again(Duration),
    /// As soon as the job names it again.
    Done,
    /// As before the batch, which was not run to its end: the portal ends.
    Stopped,
}

/// What a batch knows of the runner; by default, of one that never stops.
#[derive(Debug, Default)]
pub struct Context {
    stop: CancellationToken,
}

impl Context {
    /// The portal ends: a job returns after the batch that it is at.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Ends when the portal does.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

/// Why a batch failed. The target is run again after a pause that grows with each failure.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct JobError {
    cause: Box<dyn StdError + Send + Sync>,
    retry_after: Option<Duration>,
}

impl JobError {
    /// `retry_after`: how long the far side wants to be left alone.
    pub fn new(
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
        retry_after: Option<Duration>,
    ) -> Self {
        Self {
            cause: cause.into(),
            retry_after,
        }
    }
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        Self::new(error, None)
    }
}
