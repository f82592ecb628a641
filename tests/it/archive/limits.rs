//! Limits of the synchronization: rate, concurrency, and archived teams.

use chrono::TimeDelta;
use secmon_portal::{
    jobs::{JobOutcome, Runner},
    model::ArchiveKind,
    simulator::{Fault, Options},
    store::{AuditRecord, JobKind},
};

use super::support::Source;

async fn seeded() -> Source {
    Source::start(Options {
        tickets: 25,
        events: 200,
        history: 15,
        ..Options::default()
    })
    .await
}

async fn run_due(source: &Source) -> Runner {
    let runner = Runner::new(source.store.clone());
    runner
        .run_due(source.archive())
        .await
        .expect("the store answers");
    runner
}

#[tokio::test]
async fn seeded_source_is_archived_completely() {
    let source = seeded().await;
    source.settle().await;
    let stored = async |kind| {
        let status = source.status(kind).await;
        assert!(status.is_complete, "{status:?}");
        status.stored
    };
    assert_eq!(stored(ArchiveKind::Tickets).await, 25);
    assert_eq!(stored(ArchiveKind::Events).await, 200);
    assert_eq!(stored(ArchiveKind::History).await, 15);
    let unread = "select ticket_id from archived_tickets where parts_at is null";
    assert!(source.texts(unread).await.is_empty());
}

#[tokio::test]
async fn two_portals_do_not_read_one_team_at_once() {
    let source = seeded().await;
    let (one, other) = tokio::join!(run_due(&source), run_due(&source));
    let done = |runner: &Runner| runner.stats().get(JobKind::Archive, JobOutcome::Done);
    assert_eq!(done(&one) + done(&other), 1);
    let calls = source.calls();
    let alone = seeded().await;
    run_due(&alone).await;
    assert_eq!(calls, alone.calls());
}

#[tokio::test]
async fn source_is_left_alone_when_it_rate_limits() {
    let source = seeded().await;
    let fault = Fault::TooManyRequests {
        retry_after: Some(300),
    };
    source.simulator.set_fault(None, fault);
    let runner = run_due(&source).await;
    assert_eq!(runner.stats().get(JobKind::Archive, JobOutcome::Failed), 1);
    let errors = "select error from archive_progress where error like '%429%'";
    assert_eq!(source.texts(errors).await.len(), 1);
    source.simulator.set_fault(None, None);
    let calls = source.calls();
    source.clock.advance(TimeDelta::seconds(299));
    run_due(&source).await;
    assert_eq!(source.calls(), calls);
    source.clock.advance(TimeDelta::seconds(1));
    run_due(&source).await;
    assert!(source.calls() > calls);
    assert!(source.texts(errors).await.is_empty());
}

#[tokio::test]
async fn archived_team_makes_no_calls() {
    let source = seeded().await;
    run_due(&source).await;
    let by = AuditRecord::by_command_line();
    let archived = source.store.archive_team(&source.team, &by).await;
    assert!(archived.expect("is archived"));
    let calls = source.calls();
    source.clock.advance(TimeDelta::hours(1));
    run_due(&source).await;
    assert_eq!(source.calls(), calls);
    assert_eq!(source.status(ArchiveKind::Tickets).await.stored, 25);
}

#[tokio::test]
async fn waking_the_archive_begins_a_round() {
    let source = seeded().await;
    run_due(&source).await;
    let team = &source.team.id;
    assert!(source.store.is_archive_idle(team).await.expect("is told"));
    let calls = source.calls();
    run_due(&source).await;
    assert_eq!(source.calls(), calls, "nothing is due");
    source.store.wake_archive(team).await.expect("is woken");
    assert!(!source.store.is_archive_idle(team).await.expect("is told"));
    run_due(&source).await;
    assert!(source.calls() > calls);
    let idle = source.store.is_archive_idle(team).await;
    assert!(idle.expect("is told"));
}
