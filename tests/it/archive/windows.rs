//! Event windows: bursts, failing pages, and reported freshness.

use chrono::TimeDelta;
use secmon_portal::{
    model::{ArchiveKind, KstDateTime},
    simulator::Feed,
};

use super::support::{Source, ago, event};
use crate::support::noon;

async fn with_burst(events: usize, budget: u32) -> Source {
    let at = ago(TimeDelta::days(2));
    let source = Source::with_feed(Feed {
        events: (0..events).map(|number| event(number, at)).collect(),
        ..Feed::default()
    })
    .await;
    source.with_budget(budget)
}

#[tokio::test]
async fn burst_in_one_second_takes_several_runs() {
    let source = with_burst(450, 30).await;
    let runs = source.settle().await;
    assert!(runs > 2, "{runs}");
    assert_eq!(source.events().await, source.listed()[1]);
}

#[tokio::test]
async fn failing_window_leaves_the_others_read() {
    let source = Source::with_feed(Feed {
        events: (0..300)
            .map(|number| {
                event(
                    number,
                    ago(TimeDelta::minutes(
                        7 * i64::try_from(number).expect("is small"),
                    )),
                )
            })
            .collect(),
        ..Feed::default()
    })
    .await;
    source
        .simulator
        .with_feed(0, |feed| feed.refused.extend([40, 41]));
    source.settle().await;
    let read = source.events().await.len();
    assert!((200..=300).contains(&read), "{read}");
    source.clock.advance(TimeDelta::hours(6));
    source.settle().await;
    assert_eq!(source.events().await, source.listed()[1]);
}

#[tokio::test]
async fn freshness_follows_the_oldest_unread_window() {
    let source = with_burst(3, 6000).await;
    source.settle().await;
    let status = source.status(ArchiveKind::Events).await;
    assert!(status.is_complete);
    assert_eq!(status.last_success.map(KstDateTime::to_utc), Some(noon()));
    source.clock.advance(TimeDelta::hours(9));
    // Tickets are read, and the events of the last nine hours are not.
    let calls = source.calls();
    source.simulator.with_feed(0, |feed| {
        feed.refused.extend((1..20).map(|call| calls + call));
    });
    let _ = source.run().await;
    let status = source.status(ArchiveKind::Events).await;
    assert_eq!(status.last_success.map(KstDateTime::to_utc), Some(noon()));
    assert!(status.error.is_some());
    source.clock.advance(TimeDelta::hours(6));
    source.settle().await;
    let status = source.status(ArchiveKind::Events).await;
    let now = noon() + TimeDelta::hours(15);
    assert_eq!(status.last_success.map(KstDateTime::to_utc), Some(now));
    assert_eq!(status.error, None);
}
