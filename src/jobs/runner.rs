//! The runner: finds due targets, acquires leases, runs jobs, and schedules the next run.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::store::{Error, JobLease, Store};

use super::{
    Context, Job, JobError, Next,
    backoff::{after_failures, after_success},
    stats::{JobOutcome, JobStats},
};

/// Average interval between queries for due targets.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// A lease outlives a failed renewal.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(20);

/// Runs background jobs. A clone shares them.
#[derive(Clone)]
pub struct Runner {
    store: Store,
    stats: JobStats,
    stop: CancellationToken,
    tasks: TaskTracker,
    renewal: Duration,
}

/// A job with the permits of its targets.
struct Queue<J> {
    job: J,
    permits: Arc<Semaphore>,
}

impl Runner {
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            stats: JobStats::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            renewal: RENEWAL_INTERVAL,
        }
    }

    #[must_use]
    pub fn stats(&self) -> JobStats {
        self.stats.clone()
    }

    /// Runs the due targets of a job until the runner is stopped.
    pub fn start<J: Job>(&self, job: J) {
        let this = self.clone();
        let queue = Arc::new(Queue::new(job));
        self.tasks.spawn(async move {
            loop {
                // Jitter spreads the queries of several portals.
                let pause = POLL_INTERVAL.mul_f64(0.5 + fastrand::f64());
                tokio::select! {
                    () = sleep(pause) => {}
                    () = this.stop.cancelled() => return,
                }
                let started = AssertUnwindSafe(this.start_due(&queue)).catch_unwind();
                if let Ok(Err(error)) = started.await {
                    tracing::warn!(job = J::KIND.code(), %error, "due jobs were not listed");
                }
            }
        });
    }

    /// Runs the due targets of a job once, and waits for them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn run_due<J: Job>(&self, job: J) -> Result<(), Error> {
        for batch in self.start_due(&Arc::new(Queue::new(job))).await? {
            // A panic was caught and counted.
            let _ = batch.await;
        }
        Ok(())
    }

    /// Ends jobs after the present batch, and starts no others.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Stops, and waits for running batches.
    pub async fn drain(&self) {
        self.stop();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// A permit is acquired before the lease: a waiting target holds no lease.
    async fn start_due<J: Job>(&self, queue: &Arc<Queue<J>>) -> Result<Vec<JoinHandle<()>>, Error> {
        let mut targets = queue.job.targets().await?;
        let mut started = Vec::new();
        if targets.is_empty() {
            return Ok(started);
        }
        let busy = self.store.busy_jobs(J::KIND).await?;
        targets.retain(|target| !busy.contains(J::key(target)));
        for target in targets {
            let Some(permit) = self.permit(&queue.permits).await else {
                break;
            };
            let Some(lease) = self.store.acquire_job(J::KIND, J::key(&target)).await? else {
                continue;
            };
            let (this, queue) = (self.clone(), Arc::clone(queue));
            started.push(self.tasks.spawn(async move {
                this.run(&queue.job, &target, &lease).await;
                drop(permit);
            }));
        }
        Ok(started)
    }

    /// `None` when the runner is stopped.
    async fn permit(&self, permits: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            permit = Arc::clone(permits).acquire_owned() => permit.ok(),
        }
    }

    async fn run<J: Job>(&self, job: &J, target: &J::Target, lease: &JobLease) {
        let (kind, key) = (J::KIND.code(), lease.key.as_str());
        let context = Context {
            stop: self.stop.clone(),
        };
        let batch = AssertUnwindSafe(job.run(target, &context)).catch_unwind();
        let result = tokio::select! {
            result = batch => result,
            () = self.keep_renewed(lease) => {
                tracing::warn!(job = kind, key, "a job was stopped because its lease was lost");
                self.stats.count(J::KIND, JobOutcome::LeaseLost);
                return;
            }
        };
        let failures = lease.failures.saturating_add(1);
        let (outcome, pause, failures) = match result {
            Ok(Ok(Next::Again(pause))) => (JobOutcome::Done, after_success(pause), 0),
            Ok(Ok(Next::Done)) => (JobOutcome::Done, Duration::ZERO, 0),
            Ok(Ok(Next::Stopped)) => (JobOutcome::Stopped, Duration::ZERO, lease.failures),
            Ok(Err(JobError { cause, retry_after })) => {
                tracing::warn!(job = kind, key, error = %cause, "a job failed");
                (
                    JobOutcome::Failed,
                    after_failures(failures, retry_after),
                    failures,
                )
            }
            Err(_) => {
                tracing::error!(job = kind, key, "a job panicked");
                (
                    JobOutcome::Panicked,
                    after_failures(failures, None),
                    failures,
                )
            }
        };
        self.stats.count(J::KIND, outcome);
        let pause = TimeDelta::from_std(pause).unwrap_or_default();
        if let Err(error) = self.store.release_job(lease, pause, failures).await {
            tracing::warn!(job = kind, key, %error, "a lease was not released; it will expire");
        }
    }

    /// Renews the lease until it is lost. Without the store it holds until it expires.
    async fn keep_renewed(&self, lease: &JobLease) {
        let timeout = JobLease::TIMEOUT.to_std().unwrap_or_default();
        let mut renewed = Instant::now();
        loop {
            sleep(self.renewal).await;
            match self.store.renew_job(lease).await {
                Ok(true) => renewed = Instant::now(),
                Err(error) if renewed.elapsed() < timeout => {
                    tracing::warn!(job = lease.kind.code(), key = lease.key, %error, "a lease was not renewed");
                }
                Ok(false) | Err(_) => return,
            }
        }
    }
}

impl<J: Job> Queue<J> {
    fn new(job: J) -> Self {
        Self {
            job,
            permits: Arc::new(Semaphore::new(J::MAX_CONCURRENT)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        model::Clock,
        store::{JobKind, Store},
    };

    use tokio::sync::Notify;

    use super::*;

    /// Reports its start and never ends.
    struct EndlessJob(Arc<Notify>);

    impl Job for EndlessJob {
        const KIND: JobKind = JobKind::Sweep;
        const MAX_CONCURRENT: usize = 1;
        type Target = ();

        fn key((): &()) -> &'static str {
            "all"
        }

        async fn targets(&self) -> Result<Vec<()>, Error> {
            Ok(vec![()])
        }

        async fn run(&self, (): &(), _: &Context) -> Result<Next, JobError> {
            self.0.notify_one();
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn job_is_stopped_when_its_lease_is_lost() {
        let folder = tempfile::tempdir().expect("a folder is made");
        let clock = Clock::stopped(chrono::DateTime::UNIX_EPOCH);
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("db").display());
        let key_file = folder.path().join("key");
        let store = Store::open(&url, key_file.as_path(), clock.clone()).await;
        let store = store.expect("opens");
        let runner = Runner {
            renewal: Duration::from_millis(1),
            ..Runner::new(store.clone())
        };
        let begun = Arc::new(Notify::new());
        let other = async {
            begun.notified().await;
            loop {
                clock.advance(JobLease::TIMEOUT);
                let lease = store.acquire_job(JobKind::Sweep, "all").await;
                // The runner may have come first once more.
                if runner.stats.get(JobKind::Sweep, JobOutcome::LeaseLost) > 0 {
                    return;
                }
                drop(lease);
                tokio::task::yield_now().await;
            }
        };
        let (ended, ()) = tokio::join!(runner.run_due(EndlessJob(Arc::clone(&begun))), other);
        ended.expect("the store answers");
    }
}
