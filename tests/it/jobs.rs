//! Background jobs: leases, back-off, concurrency.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use secmon_portal::{
    jobs::{Context, Job, JobError, JobOutcome, Next, Runner},
    store::{Error, JobKind, JobLease},
};

use crate::{
    control::add,
    support::{Portal, TestClient},
};

const KIND: JobKind = JobKind::Sweep;

async fn acquire(portal: &Portal) -> Option<JobLease> {
    let lease = portal.store.acquire_job(KIND, "all").await;
    lease.expect("the store answers")
}

#[tokio::test]
async fn lease_is_held_by_one_until_it_ends() {
    let portal = Portal::start().await;
    let first = acquire(&portal).await.expect("nobody has it");
    assert!(acquire(&portal).await.is_none());
    portal.clock.advance(TimeDelta::seconds(40));
    assert!(portal.store.renew_job(&first).await.expect("is renewed"));
    portal.clock.advance(TimeDelta::seconds(59));
    assert!(acquire(&portal).await.is_none());
    portal.clock.advance(TimeDelta::seconds(1));
    let second = acquire(&portal).await.expect("the first has ended");
    assert!(!portal.store.renew_job(&first).await.expect("is answered"));
    // A lost lease cannot be released.
    let zero = TimeDelta::zero();
    let released = portal.store.release_job(&first, zero, 0).await;
    released.expect("is answered");
    assert!(acquire(&portal).await.is_none());
    let released = portal.store.release_job(&second, zero, 0).await;
    released.expect("is given back");
    assert!(acquire(&portal).await.is_some());
}

#[tokio::test]
async fn lease_from_the_future_counts_as_ended() {
    let portal = Portal::start().await;
    assert!(acquire(&portal).await.is_some());
    portal.clock.advance(TimeDelta::seconds(-30));
    assert!(acquire(&portal).await.is_none(), "a small step back");
    portal.clock.advance(TimeDelta::hours(-1));
    assert!(acquire(&portal).await.is_some());
}

#[tokio::test]
async fn job_woken_while_it_runs_is_due_at_once() {
    let portal = Portal::start().await;
    let acme = portal.team("acme").await.id.0;
    let poll = async || {
        let lease = portal.store.acquire_job(JobKind::Poll, &acme).await;
        lease.expect("the store answers")
    };
    let lease = poll().await.expect("nobody has it");
    let mut operator: TestClient = portal.sign_in("operator").await;
    add(&mut operator, &portal.vms(false, 1)).await;
    let pause = TimeDelta::minutes(30);
    let released = portal.store.release_job(&lease, pause, 0).await;
    released.expect("is given back");
    assert!(poll().await.is_some());
}

/// A job scripted by a test.
struct ScriptedJob<F> {
    targets: usize,
    run: F,
}

impl<F, R> Job for ScriptedJob<F>
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<Next, JobError>> + Send,
{
    const KIND: JobKind = KIND;
    const MAX_CONCURRENT: usize = 3;
    type Target = String;

    fn key(target: &String) -> &str {
        target
    }

    async fn targets(&self) -> Result<Vec<String>, Error> {
        Ok((0..self.targets).map(|number| number.to_string()).collect())
    }

    async fn run(&self, _: &String, _: &Context) -> Result<Next, JobError> {
        (self.run)().await
    }
}

#[tokio::test]
async fn panic_is_counted_and_delays_the_next_run() {
    let portal = Portal::start().await;
    let runner = Runner::new(portal.store.clone());
    for _ in 0..2 {
        let job = ScriptedJob {
            targets: 1,
            run: || async { panic!("on purpose") },
        };
        runner.run_due(job).await.expect("the store answers");
    }
    let stats = runner.stats();
    assert_eq!(stats.get(KIND, JobOutcome::Panicked), 1, "the second waits");
    let all: u64 = stats.iter().map(|(_, _, count)| count).sum();
    assert_eq!(all, 1);
}

#[tokio::test]
async fn error_is_counted_and_success_ends_the_backoff() {
    let portal = Portal::start().await;
    let runner = Runner::new(portal.store.clone());
    let run = async |is_failure: bool| {
        let job = ScriptedJob {
            targets: 1,
            run: move || async move {
                if is_failure {
                    Err(JobError::new("on purpose", None))
                } else {
                    Ok(Next::Again(Duration::from_secs(5)))
                }
            },
        };
        runner.run_due(job).await.expect("the store answers");
    };
    run(true).await;
    portal.clock.advance(TimeDelta::seconds(30));
    run(false).await;
    portal.clock.advance(TimeDelta::seconds(5));
    run(true).await;
    portal.clock.advance(TimeDelta::seconds(30));
    run(false).await;
    let stats = runner.stats();
    assert_eq!(stats.get(KIND, JobOutcome::Failed), 2);
    assert_eq!(stats.get(KIND, JobOutcome::Done), 2);
}

#[tokio::test]
async fn no_more_targets_run_at_once_than_the_job_allows() {
    let portal = Portal::start().await;
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let three = Arc::new(tokio::sync::Barrier::new(3));
    let seen = Arc::clone(&most);
    let job = ScriptedJob {
        targets: 9,
        run: move || {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            let three = Arc::clone(&three);
            async move {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                // Three run together, and a fourth starts only after one has ended.
                three.wait().await;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(Next::Done)
            }
        },
    };
    let runner = Runner::new(portal.store.clone());
    runner.run_due(job).await.expect("the store answers");
    assert_eq!(runner.stats().get(KIND, JobOutcome::Done), 9);
    assert_eq!(seen.load(Ordering::SeqCst), 3);
}

/// A job that runs until it is stopped.
struct EndlessJob(Arc<tokio::sync::Notify>);

impl Job for EndlessJob {
    const KIND: JobKind = KIND;
    const MAX_CONCURRENT: usize = 1;
    type Target = ();

    fn key((): &()) -> &'static str {
        "all"
    }

    async fn targets(&self) -> Result<Vec<()>, Error> {
        Ok(vec![()])
    }

    async fn run(&self, (): &(), context: &Context) -> Result<Next, JobError> {
        self.0.notify_one();
        while !context.is_stopping() {
            tokio::task::yield_now().await;
        }
        Ok(Next::Stopped)
    }
}

#[tokio::test]
async fn stopped_job_gives_its_lease_back() {
    let portal = Portal::start().await;
    let runner = Runner::new(portal.store.clone());
    let started = Arc::new(tokio::sync::Notify::new());
    let job = EndlessJob(Arc::clone(&started));
    let (ended, ()) = tokio::join!(runner.run_due(job), async {
        started.notified().await;
        runner.drain().await;
    });
    ended.expect("the store answers");
    assert_eq!(runner.stats().get(KIND, JobOutcome::Stopped), 1);
    assert!(acquire(&portal).await.is_some());
}
