//! How often jobs have run, and how that ended, for metrics.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::store::JobKind;

/// How a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    Done,
    Failed,
    Panicked,
    LeaseLost,
    Stopped,
}

/// Counts since the start of the process; a clone shares them.
#[derive(Debug, Clone, Default)]
pub struct JobStats(Arc<[[AtomicU64; JobOutcome::ALL.len()]; JobKind::ALL.len()]>);

impl JobOutcome {
    pub const ALL: [Self; 5] = [
        Self::Done,
        Self::Failed,
        Self::Panicked,
        Self::LeaseLost,
        Self::Stopped,
    ];

    /// A metric label.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::LeaseLost => "lease-lost",
            Self::Stopped => "stopped",
        }
    }
}

impl JobStats {
    pub(super) fn count(&self, kind: JobKind, outcome: JobOutcome) {
        let labels = [("kind", kind.code()), ("outcome", outcome.code())];
        metrics::counter!("secmon_portal_job_runs_total", &labels).increment(1);
        self.counter(kind, outcome).fetch_add(1, Ordering::Relaxed);
    }

    #[must_use]
    pub fn get(&self, kind: JobKind, outcome: JobOutcome) -> u64 {
        self.counter(kind, outcome).load(Ordering::Relaxed)
    }

    /// Every count.
    pub fn iter(&self) -> impl Iterator<Item = (JobKind, JobOutcome, u64)> {
        let pairs = JobKind::ALL.into_iter();
        let pairs = pairs.flat_map(|kind| JobOutcome::ALL.map(|outcome| (kind, outcome)));
        pairs.map(|(kind, outcome)| (kind, outcome, self.get(kind, outcome)))
    }

    fn counter(&self, kind: JobKind, outcome: JobOutcome) -> &AtomicU64 {
        &self.0[kind as usize][outcome as usize]
    }
}
