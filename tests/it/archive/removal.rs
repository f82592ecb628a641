//! The deletion of a removed team's archive.

use chrono::TimeDelta;
use secmon_portal::{model::ArchiveKind, simulator::Feed, store::AuditRecord};

use super::support::{Source, ago, change, event, ticket};

#[tokio::test]
async fn archive_of_a_removed_team_is_deleted_whole() {
    let feed = Feed {
        tickets: (0..450)
            .map(|n| ticket(n, ago(TimeDelta::hours(1))))
            .collect(),
        events: (0..30)
            .map(|n| event(n, ago(TimeDelta::hours(2))))
            .collect(),
        history: (0..5)
            .map(|n| change(n, ago(TimeDelta::hours(3))))
            .collect(),
        ..Feed::default()
    };
    let source = Source::with_feed(feed).await;
    source.settle().await;
    assert_eq!(source.status(ArchiveKind::Tickets).await.stored, 450);
    let (store, team) = (&source.store, &source.team);
    let by = AuditRecord::by_command_line();
    store.remove_team(team, &by).await.expect("is removed");
    let left = store.removed_archives(&team.slug).await.expect("is told");
    assert_eq!(left, std::slice::from_ref(&team.id));
    store.delete_archive(&team.id).await.expect("is deleted");
    for table in [
        "archives",
        "archive_progress",
        "archived_tickets",
        "archived_ticket_parts",
        "archived_events",
        "archived_history",
        "event_windows",
        "indicators",
        "ticket_words",
    ] {
        let count = format!("select cast(count(*) as text) from {table}");
        assert_eq!(source.texts(&count).await, ["0"], "{table}");
    }
    let left = store.removed_archives(&team.slug).await.expect("is told");
    assert_eq!(left, []);
}
