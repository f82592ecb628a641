//! What pages have the archive ask the source for: the newest rows, and one ticket's parts.

use std::time::Duration;

use chrono::TimeDelta;
use secmon_portal::{
    archive::{Archive, ArchiveSettings, Freshness, Refresh, SourceState, TicketReading},
    model::{ArchiveKind, KstDateTime},
    simulator::{Fault, Feed, Movement},
};

use super::support::{Source, ago, change, event, ticket};
use crate::support::{Portal, noon};

async fn quiet() -> Source {
    let hours = |number| TimeDelta::hours(i64::try_from(number).expect("is small"));
    Source::with_feed(Feed {
        tickets: (0..30)
            .map(|number| ticket(number, ago(hours(10 * number))))
            .collect(),
        events: (0..20)
            .map(|number| event(number, ago(hours(number))))
            .collect(),
        history: (0..15)
            .map(|number| change(number, ago(hours(number))))
            .collect(),
        ..Feed::default()
    })
    .await
}

async fn settled() -> Source {
    let source = quiet().await;
    source.settle().await;
    source.wait_for_revisits().await;
    source.clock.advance(TimeDelta::minutes(4));
    source
}

async fn freshen(source: &Source, kind: ArchiveKind, refresh: Refresh) -> Freshness {
    let archive = source.archive();
    let freshness = archive.freshen(&source.team, kind, refresh).await;
    freshness.expect("the store answers")
}

async fn read_ticket(source: &Source, number: usize) -> TicketReading {
    let id = ticket(number, noon()).id.parse().expect("an id");
    let archive = source.archive();
    let reading = archive.ticket(&source.team, &id, Refresh::IfOld).await;
    reading.expect("the store answers")
}

fn move_feed(source: &Source, movement: Movement) {
    source.simulator.with_feed(0, |feed| feed.apply(movement));
}

#[tokio::test]
async fn old_archive_is_freshened_by_one_call() {
    let source = settled().await;
    let now = source.clock.now();
    move_feed(&source, Movement::AddTicket(ticket(90, now)));
    move_feed(&source, Movement::AddEvent(event(90, now)));
    move_feed(&source, Movement::AddChange(change(90, now)));
    for kind in ArchiveKind::ALL {
        let stored = source.status(kind).await.stored;
        let calls = source.calls();
        for _ in 0..2 {
            let freshness = freshen(&source, kind, Refresh::IfOld).await;
            assert_eq!(freshness.source, SourceState::Fresh, "{kind:?}");
            assert_eq!(freshness.as_of.map(KstDateTime::to_utc), Some(now));
            assert!(freshness.is_complete);
        }
        assert_eq!(source.calls() - calls, 1, "{kind:?}");
        assert_eq!(source.status(kind).await.stored, stored + 1);
    }
    let calls = source.calls();
    freshen(&source, ArchiveKind::Tickets, Refresh::Now).await;
    assert_eq!(source.calls() - calls, 1);
}

#[tokio::test]
async fn concurrent_pages_share_one_reading() {
    let source = settled().await;
    let calls = source.calls();
    let pages = (0..20).map(|_| freshen(&source, ArchiveKind::Tickets, Refresh::IfOld));
    let all = futures_util::future::join_all(pages).await;
    assert!(all.iter().all(|page| page.source == SourceState::Fresh));
    assert_eq!(source.calls() - calls, 1);
}

#[tokio::test]
async fn rows_beyond_the_newest_page_are_left_to_the_job() {
    let source = settled().await;
    let before = freshen(&source, ArchiveKind::Tickets, Refresh::Now).await;
    source.clock.advance(TimeDelta::minutes(2));
    for number in 50..75 {
        let now = source.clock.now();
        move_feed(&source, Movement::AddTicket(ticket(number, now)));
    }
    let freshness = freshen(&source, ArchiveKind::Tickets, Refresh::IfOld).await;
    assert_eq!(freshness.source, SourceState::Stale);
    assert_eq!(freshness.as_of, before.as_of);
    assert_eq!(source.status(ArchiveKind::Tickets).await.stored, 40);
    source.settle().await;
    assert_eq!(source.status(ArchiveKind::Tickets).await.stored, 55);
    let freshness = freshen(&source, ArchiveKind::Tickets, Refresh::IfOld).await;
    assert_eq!(freshness.source, SourceState::Fresh);
}

#[tokio::test]
async fn slow_source_does_not_delay_pages() {
    let source = settled().await.with_patience(Duration::ZERO);
    let freshness = freshen(&source, ArchiveKind::Events, Refresh::IfOld).await;
    assert_eq!(freshness.source, SourceState::Stale);
    assert!(freshness.as_of.is_some());
    source.archive().drain().await;
    let freshness = freshen(&source, ArchiveKind::Events, Refresh::IfOld).await;
    assert_eq!(freshness.source, SourceState::Fresh);
    let reading = read_ticket(&source, 3).await;
    assert_eq!(reading.source, SourceState::Stale);
    assert!(reading.parts.is_some());
}

#[tokio::test]
async fn archive_is_shown_while_the_source_is_down() {
    let source = settled().await;
    let before = source.status(ArchiveKind::Tickets).await.last_success;
    source.simulator.set_fault(None, Fault::Unavailable);
    for _ in 0..2 {
        let freshness = freshen(&source, ArchiveKind::Tickets, Refresh::IfOld).await;
        assert!(matches!(freshness.source, SourceState::Failed(_)));
        assert!(freshness.is_archive());
        assert_eq!(freshness.as_of, before);
    }
    let reading = read_ticket(&source, 3).await;
    assert!(matches!(reading.source, SourceState::Failed(_)));
    let parts = reading.parts.expect("are stored");
    assert_eq!(parts.safe.analysis.as_str(), "<p>공격자 3 차단</p>");
    assert!(parts.checked.to_utc() < source.clock.now());
    source.simulator.set_fault(None, None);
    source.clock.advance(TimeDelta::minutes(1));
    let freshness = freshen(&source, ArchiveKind::Tickets, Refresh::IfOld).await;
    assert_eq!(freshness.source, SourceState::Fresh);
}

#[tokio::test]
async fn page_asks_the_source_without_an_archive() {
    let source = quiet().await;
    for kind in ArchiveKind::ALL {
        let freshness = freshen(&source, kind, Refresh::IfOld).await;
        assert_eq!(freshness.source, SourceState::Empty);
        assert!(!freshness.is_archive());
    }
    assert_eq!(read_ticket(&source, 1).await.source, SourceState::Empty);
    source.settle().await;
    let off = Archive::new(
        source.store.clone(),
        source.secmon.clone(),
        ArchiveSettings::off(),
    );
    let freshness = off.freshen(&source.team, ArchiveKind::Tickets, Refresh::Now);
    let freshness = freshness.await.expect("the store answers");
    assert_eq!(freshness.source, SourceState::Off);
}

#[tokio::test]
async fn ticket_is_asked_for_when_its_parts_are_old() {
    let source = settled().await;
    let mut amended = ticket(3, ago(TimeDelta::hours(30)));
    let calls = source.calls();
    let first = read_ticket(&source, 3).await.parts.expect("are stored");
    assert_eq!(first.checked.to_utc(), source.clock.now());
    assert_eq!(source.calls() - calls, 1);
    read_ticket(&source, 3).await;
    assert_eq!(source.calls() - calls, 1);
    amended.analysis = "<p>오탐으로 정정</p><script>alert(1)</script>".to_owned();
    move_feed(&source, Movement::ChangeTicket(amended));
    source.clock.advance(TimeDelta::minutes(1));
    let reading = read_ticket(&source, 3).await;
    assert_eq!(reading.source, SourceState::Fresh);
    let parts = reading.parts.expect("are stored");
    assert_eq!(parts.safe.analysis.as_str(), "<p>오탐으로 정정</p>");
    assert_eq!(source.revisions().await.len(), 1);
}

#[tokio::test]
async fn stored_html_of_another_sanitizer_is_not_shown() {
    let source = settled().await;
    read_ticket(&source, 3).await;
    source
        .database
        .sql("update archived_ticket_parts set html = '<script>', sanitizer_version = 0")
        .await;
    let parts = read_ticket(&source, 3).await.parts.expect("are stored");
    assert_eq!(parts.safe.analysis.as_str(), "<p>공격자 3 차단</p>");
}

#[tokio::test]
async fn archives_of_all_teams_are_filled() {
    let portal = Portal::start().await;
    portal.fill_archive().await;
    for slug in ["acme", "other"] {
        let team = portal.team(slug).await;
        let archive = portal.archive();
        let freshness = archive.freshen(&team, ArchiveKind::Tickets, Refresh::IfOld);
        let freshness = freshness.await.expect("the store answers");
        assert!(freshness.is_archive() && freshness.is_complete);
    }
}
