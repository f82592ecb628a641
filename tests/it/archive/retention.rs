//! Retention: what a team's archive no longer keeps is deleted, and not read again.

use chrono::TimeDelta;
use secmon_portal::{
    jobs::{Runner, Sweep},
    model::{ArchiveKind, KstDateTime},
    simulator::Feed,
    store::{Action, AuditFilter, AuditRecord, RetentionPreview},
};

use super::support::{Source, ago, change, event, ticket};
use crate::support::noon;

/// Rows of sixteen months, one for each 30 days; the last four are older than a year.
async fn long_archive() -> Source {
    let days = |number: usize| TimeDelta::days(30 * i64::try_from(number).expect("is small"));
    let source = Source::with_feed(Feed {
        tickets: (0..17)
            .map(|number| ticket(number, ago(days(number))))
            .collect(),
        events: (0..17)
            .map(|number| event(number, ago(days(number))))
            .collect(),
        history: (0..17)
            .map(|number| change(100 - number, ago(days(number))))
            .collect(),
        ..Feed::default()
    })
    .await;
    source.settle().await;
    source
}

async fn sweep(source: &Source) {
    let runner = Runner::new(source.store.clone());
    let swept = runner.run_due(Sweep(source.store.clone())).await;
    swept.expect("the store answers");
}

async fn set(source: &Source, months: Option<u32>) -> bool {
    let by = AuditRecord::by_command_line();
    let set = source
        .store
        .set_archive_retention(&source.team, months, &by);
    set.await.expect("is set")
}

async fn stored(source: &Source) -> [u64; 3] {
    let mut stored = [0; 3];
    for (kind, stored) in ArchiveKind::ALL.into_iter().zip(&mut stored) {
        *stored = source.status(kind).await.stored;
    }
    stored
}

async fn write_note(source: &Source, number: usize) {
    let id = ticket(number, noon()).id;
    let note = format!(
        "insert into ticket_notes (id, team, place, author_id, author_name, created_at, version, text, seek)
         select 'note', team, place, 'kim', 'Kim', 0, 2, 'blocked', 'blocked'
         from archived_tickets where ticket_id = '{id}'"
    );
    source.database.sql(&note).await;
    let revision = "insert into ticket_note_revisions (note_id, version, author_id, author_name, written_at, text)
         values ('note', 1, 'kim', 'Kim', 0, 'blcked')";
    source.database.sql(revision).await;
}

#[tokio::test]
async fn retention_deletes_old_rows_and_reads_them_no_more() {
    let source = long_archive().await;
    write_note(&source, 15).await;
    assert_eq!(stored(&source).await, [17; 3]);
    let preview = source.store.preview_retention(&source.team.id, 12).await;
    let expected = RetentionPreview {
        tickets: 4,
        events: 4,
        history: 4,
        notes: 1,
    };
    assert_eq!(preview.expect("is counted"), expected);
    assert!(set(&source, Some(12)).await);
    assert!(!set(&source, Some(12)).await);
    sweep(&source).await;
    assert_eq!(stored(&source).await, [13; 3]);
    for _ in 0..2 {
        source.clock.advance(TimeDelta::hours(25));
        source.settle().await;
        assert_eq!(stored(&source).await, [13; 3]);
    }
    let calls = source.calls();
    source.clock.advance(TimeDelta::minutes(5));
    source.settle().await;
    assert_eq!(source.calls() - calls, 3, "the count is explained");
    let status = source.status(ArchiveKind::Tickets).await;
    let since = KstDateTime::from_utc(source.clock.now()).minus_months(12);
    assert_eq!(status.complete_since, Some(since));
    assert!(!status.is_complete && !status.is_reading_back);
}

#[tokio::test]
async fn longer_retention_reads_the_rows_again() {
    let source = long_archive().await;
    set(&source, Some(12)).await;
    sweep(&source).await;
    assert!(set(&source, None).await);
    source.clock.advance(TimeDelta::days(8));
    source.settle().await;
    assert_eq!(stored(&source).await, [17; 3]);
    assert!(source.status(ArchiveKind::Events).await.is_complete);
    let filter = AuditFilter::default();
    let log = source.store.audit_before(None, &filter, None).await;
    let log = log.expect("is read");
    let changes = log
        .iter()
        .filter(|row| row.action == Action::ArchiveRetentionChanged);
    let objects: Vec<_> = changes.map(|row| row.object.as_str()).collect();
    assert_eq!(objects, ["acme: all", "acme: 12 months"]);
}
