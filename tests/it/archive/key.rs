//! A replaced appKey: the same service goes on, another one waits until an admin confirms it.

use chrono::TimeDelta;
use secmon_portal::{
    archive::{Refresh, SourceState},
    model::ArchiveKind,
    simulator::Feed,
    store::AuditRecord,
};

use super::support::{Source, ago, other_key, ticket};

fn feed(first: usize) -> Feed {
    Feed {
        tickets: (first..first + 12)
            .map(|number| ticket(number, ago(TimeDelta::days(2))))
            .collect(),
        ..Feed::default()
    }
}

/// An archive of twelve tickets whose team gets the key of the second tenant.
async fn with_replaced_key(other: Feed) -> Source {
    let source = Source::with_feed(feed(0)).await;
    source.settle().await;
    source.simulator.set_feed(1, other);
    let by = AuditRecord::by_command_line();
    let key = other_key();
    let replaced = source.store.set_team_key(&source.team, &key, None, &by);
    replaced.await.expect("is replaced");
    source.clock.advance(TimeDelta::minutes(5));
    source
}

async fn stored(source: &Source) -> u64 {
    source.status(ArchiveKind::Tickets).await.stored
}

#[tokio::test]
async fn key_of_the_same_service_is_accepted() {
    let mut same = feed(0);
    same.tickets.extend(feed(20).tickets);
    let source = with_replaced_key(same).await;
    source.settle().await;
    assert_eq!(stored(&source).await, 24);
    let refused = source.store.archive_key_refused(&source.team.id).await;
    assert_eq!(refused.expect("is read"), None);
}

#[tokio::test]
async fn key_of_another_service_waits_for_an_admin() {
    let source = with_replaced_key(feed(50)).await;
    let team = &source.team;
    let archive = source.archive();
    let page = archive.freshen(team, ArchiveKind::Tickets, Refresh::IfOld);
    let page = page.await.expect("the store answers");
    assert_eq!(page.source, SourceState::KeyReplaced);
    for _ in 0..2 {
        source.settle().await;
        source.clock.advance(TimeDelta::minutes(5));
    }
    assert_eq!(stored(&source).await, 12);
    let calls = source.simulator.with_feed(1, |feed| feed.calls);
    assert_eq!(calls, Some(5), "known tickets are asked for once");
    let error = source.status(ArchiveKind::Events).await.error;
    assert!(error.is_some_and(|error| error.contains("other tickets")));
    let refused = source.store.archive_key_refused(&team.id).await;
    assert!(refused.expect("is read").is_some());
    let by = AuditRecord::by_command_line();
    let confirmed = source.store.confirm_archive_key(team, &by).await;
    assert!(confirmed.expect("is confirmed"));
    let again = source.store.confirm_archive_key(team, &by).await;
    assert!(!again.expect("is read"));
    source.settle().await;
    assert_eq!(stored(&source).await, 24);
    assert_eq!(source.status(ArchiveKind::Tickets).await.error, None);
}
