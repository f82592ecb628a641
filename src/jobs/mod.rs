//! Background jobs with leases, shared by the portals on one database.
//!
//! A [`Job`] names its targets, and the [`Runner`] runs each target that is due. A lease in the
//! database keeps two portals from running a target at the same time. A job works in batches: it
//! returns [`Next::Again`] after each, keeps its own cursor, and checks [`Context::is_stopping`]
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

/// Recurring work on a number of targets.
pub trait Job: Send + Sync + 'static {
    const KIND: JobKind;

    /// Targets of this kind that run at the same time.
    const MAX_CONCURRENT: usize;

    /// Usually a team.
    type Target: Send + Sync + 'static;

    /// The target's key in its lease.
    fn key(target: &Self::Target) -> &str;

    /// The targets with work. The runner skips those that are not due.
    fn targets(&self) -> impl Future<Output = Result<Vec<Self::Target>, Error>> + Send;

    /// Runs one batch. It is dropped at its next `await` when the lease is lost.
    fn run(
        &self,
        target: &Self::Target,
        context: &Context,
    ) -> impl Future<Output = Result<Next, JobError>> + Send;
}

/// When a target runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// After this time at the earliest.
    Again(Duration),
    /// As soon as the job names it again.
    Done,
    /// As before the batch: shutdown interrupted it.
    Stopped,
}

/// The runner's side of a batch; the default is of a runner that never stops.
#[derive(Debug, Default)]
pub struct Context {
    stop: CancellationToken,
}

impl Context {
    /// During shutdown a job returns after the present batch.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Completes at shutdown.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

/// A batch failed. Its target runs again after a back-off.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct JobError {
    cause: Box<dyn StdError + Send + Sync>,
    retry_after: Option<Duration>,
}

impl JobError {
    /// `retry_after`: the remote side's own back-off.
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
