//! Counts of job runs by result, for metrics.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{model::codes, store::JobKind};

codes! {
    /// The result of a batch. The code is a metric label.
    JobOutcome {
        Done = "done",
        Failed = "failed",
        Panicked = "panicked",
        LeaseLost = "lease-lost",
        Stopped = "stopped",
    }
}

/// Counts since the start of the process; a clone shares them.
#[derive(Debug, Clone, Default)]
pub struct JobStats(Arc<[[AtomicU64; JobOutcome::ALL.len()]; JobKind::ALL.len()]>);

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
        let kinds = JobKind::ALL.iter();
        let pairs = kinds.flat_map(|kind| JobOutcome::ALL.iter().map(|outcome| (*kind, *outcome)));
        pairs.map(|(kind, outcome)| (kind, outcome, self.get(kind, outcome)))
    }

    fn counter(&self, kind: JobKind, outcome: JobOutcome) -> &AtomicU64 {
        &self.0[kind as usize][outcome as usize]
    }
}
