//! Tickets and history: revisions, deleted rows, completeness and freshness.

use chrono::TimeDelta;
use secmon_portal::{
    model::ArchiveKind,
    simulator::{Feed, Movement},
};

use super::support::{Source, ago, change, ticket};
use crate::support::noon;

async fn with_tickets(count: usize) -> Source {
    let days = |number| TimeDelta::days(i64::try_from(number).expect("is small"));
    Source::with_feed(Feed {
        tickets: (0..count)
            .map(|number| ticket(number, ago(days(number))))
            .collect(),
        ..Feed::default()
    })
    .await
}

fn move_feed(source: &Source, movement: Movement) {
    source.simulator.with_feed(0, |feed| feed.apply(movement));
}

async fn missing_and_gone(source: &Source) -> (usize, usize) {
    let count = async |what: &str| {
        let query = format!("select ticket_id from archived_tickets where {what} is not null");
        source.texts(&query).await.len()
    };
    (count("missing_at").await, count("gone_at").await)
}

#[tokio::test]
async fn ticket_change_keeps_the_previous_revision() {
    let source = with_tickets(3).await;
    source.settle().await;
    let mut amended = ticket(1, ago(TimeDelta::days(1)));
    amended.status = "처리완료";
    move_feed(&source, Movement::ChangeTicket(amended.clone()));
    source.clock.advance(TimeDelta::minutes(5));
    source.settle().await;
    amended.analysis = "<p>오탐으로 정정</p>".to_owned();
    move_feed(&source, Movement::ChangeTicket(amended.clone()));
    source.clock.advance(TimeDelta::hours(1));
    source.settle().await;
    let id = &amended.id;
    assert_eq!(
        source.revisions().await,
        [
            format!(r#"tickets|{id}|1|{{"status":"대기"}}"#),
            format!(r#"tickets|{id}|2|{{"parts":{{"analysis":"<p>공격자 1 차단</p>"}}}}"#),
        ]
    );
    let found = "select ticket_id from archived_tickets where seek like '%오탐으로 정정%'";
    assert_eq!(source.texts(found).await, [id.as_str()]);
}

#[tokio::test]
async fn ticket_is_gone_after_two_whole_walks_a_day_apart() {
    let source = with_tickets(25).await;
    source.settle().await;
    let id = ticket(12, noon()).id;
    move_feed(&source, Movement::RemoveTicket(id.clone()));
    source.clock.advance(TimeDelta::hours(24));
    source.settle().await;
    assert_eq!(missing_and_gone(&source).await, (1, 0));
    source.clock.advance(TimeDelta::hours(25));
    source.settle().await;
    assert_eq!(missing_and_gone(&source).await, (1, 1));
    assert_eq!(source.status(ArchiveKind::Tickets).await.stored, 25);
    move_feed(
        &source,
        Movement::AddTicket(ticket(12, ago(TimeDelta::days(12)))),
    );
    source.clock.advance(TimeDelta::hours(24));
    source.settle().await;
    assert_eq!(missing_and_gone(&source).await, (0, 0));
}

#[tokio::test]
async fn ticket_is_not_gone_when_the_source_loses_many() {
    let source = with_tickets(25).await;
    source.settle().await;
    source
        .simulator
        .with_feed(0, |feed| feed.tickets.truncate(20));
    for _ in 0..3 {
        source.clock.advance(TimeDelta::hours(25));
        source.settle().await;
    }
    assert_eq!(missing_and_gone(&source).await, (0, 0));
    assert_eq!(source.status(ArchiveKind::Tickets).await.vanished, 5);
}

#[tokio::test]
async fn round_without_changes_makes_three_calls() {
    let source = with_tickets(60).await;
    source.simulator.with_feed(0, |feed| {
        feed.history = (0..40)
            .map(|id| change(id, ago(TimeDelta::days(40))))
            .collect();
    });
    source.settle().await;
    source.wait_for_revisits().await;
    source.clock.advance(TimeDelta::minutes(5));
    let before = source.calls();
    source.settle().await;
    assert_eq!(source.calls() - before, 3);
}

#[tokio::test]
async fn status_says_how_far_the_first_walk_has_come() {
    let source = with_tickets(200).await.with_budget(40);
    source.run().await.expect("the source answers");
    let status = source.status(ArchiveKind::Tickets).await;
    assert!(!status.is_complete && status.stored < 200);
    let since = status.complete_since.expect("some are archived");
    let days = (noon() - since.to_utc()).num_days();
    assert!((1..199).contains(&days), "{days}");
    source.settle().await;
    let status = source.status(ArchiveKind::Tickets).await;
    assert!(status.is_complete && status.stored == 200 && status.error.is_none());
    let oldest = status.complete_since.expect("all are archived");
    assert_eq!((noon() - oldest.to_utc()).num_days(), 199);
}

#[tokio::test]
async fn parts_are_sanitized_again_by_a_new_version() {
    let source = with_tickets(3).await;
    source.settle().await;
    let html = "select html from archived_ticket_parts where part = 'analysis' order by html";
    let sanitized = source.texts(html).await;
    assert_eq!(sanitized[0], "<p>공격자 0 차단</p>");
    source
        .database
        .sql("update archived_ticket_parts set html = 'old', sanitizer_version = 0")
        .await;
    source
        .database
        .sql("update archives set sanitizer_version = 0")
        .await;
    source.clock.advance(TimeDelta::minutes(5));
    source.settle().await;
    assert_eq!(source.texts(html).await, sanitized);
    assert!(source.revisions().await.is_empty());
}

#[tokio::test]
async fn ticket_is_found_by_the_name_of_its_server() {
    let source = with_tickets(1).await;
    let server = "insert into servers (team_id, server_id, name, address, balancer_id, state, since)
        select id, 'vm-1', 'Web-Server-01', '10.0.0.4, 198.51.100.4', '', 'monitored', 0 from teams";
    source.database.sql(server).await;
    source.settle().await;
    let found = "select server_names from archived_tickets where seek like '%web-server-01%'";
    assert_eq!(source.texts(found).await, ["Web-Server-01"]);
}
