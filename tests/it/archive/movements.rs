//! Property tests of the synchronization against a moving source.

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;
use fastrand::Rng;
use proptest::{prelude::*, test_runner::Config};
use secmon_portal::simulator::{Feed, FeedEvent, Movement};

use super::support::{Source, change, event, event_text, ticket, ticket_text};
use crate::support::noon;

/// The behavior of a source, and its movements between calls.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each habit goes with every other"
)]
struct Scenario {
    seed: u64,
    page_size: usize,
    is_oldest_first: bool,
    includes: (bool, bool),
    has_text_counts: bool,
    budget: u32,
    has_failures: bool,
    has_kills: bool,
}

fn scenario() -> impl Strategy<Value = Scenario> {
    (
        any::<u64>(),
        prop_oneof![1_usize..4, 4_usize..15, Just(50)],
        any::<(bool, bool, bool, bool)>(),
        20_u32..90,
        any::<(bool, bool)>(),
    )
        .prop_map(
            |(seed, page_size, habits, budget, (has_failures, has_kills))| Scenario {
                seed,
                page_size,
                is_oldest_first: habits.0,
                includes: (habits.1, habits.2),
                has_text_counts: habits.3,
                budget,
                has_failures,
                has_kills,
            },
        )
}

/// A running scenario, with all rows ever listed by the source.
struct Play {
    source: Source,
    scenario: Scenario,
    rng: Rng,
    number: usize,
    events: Vec<FeedEvent>,
    tickets: BTreeSet<String>,
}

impl Play {
    async fn start(scenario: Scenario) -> Self {
        let source = Source::with_feed(Feed {
            page_size: scenario.page_size,
            is_oldest_first: scenario.is_oldest_first,
            includes: scenario.includes,
            has_text_counts: scenario.has_text_counts,
            ..Feed::default()
        })
        .await;
        let mut play = Self {
            source: source.with_budget(scenario.budget),
            rng: Rng::with_seed(scenario.seed),
            number: 0,
            events: Vec::new(),
            tickets: BTreeSet::new(),
            scenario,
        };
        let few = play.scenario.page_size * 6;
        for _ in 0..play.rng.usize(0..=few.min(40)) {
            let movement = play.ticket_within(TimeDelta::days(20));
            play.apply(movement);
        }
        for _ in 0..play.rng.usize(0..=few.min(60)) {
            let movement = play.event_within(TimeDelta::days(9));
            play.apply(movement);
        }
        for _ in 0..play.rng.usize(0..=few.min(30)) {
            let movement = play.new_change();
            play.apply(movement);
        }
        play
    }

    fn apply(&mut self, movement: Movement) {
        self.source
            .simulator
            .with_feed(0, |feed| feed.apply(movement));
    }

    /// A moment before now, to the second.
    fn moment(&mut self, span: TimeDelta) -> chrono::DateTime<chrono::Utc> {
        let seconds = self.rng.i64(0..span.num_seconds());
        self.source.clock.now() - TimeDelta::seconds(seconds)
    }

    fn ticket_within(&mut self, span: TimeDelta) -> Movement {
        self.number += 1;
        let ticket = ticket(self.number, self.moment(span));
        self.tickets.insert(ticket.id.clone());
        Movement::AddTicket(ticket)
    }

    /// Now and then one that is listed already, once more: a real repeat.
    fn event_within(&mut self, span: TimeDelta) -> Movement {
        let known = self.rng.choice(&self.events).cloned();
        let event = match known {
            Some(event) if self.rng.u8(..100) < 30 => event,
            _ => {
                self.number += 1;
                event(self.number, self.moment(span))
            }
        };
        self.events.push(event.clone());
        Movement::AddEvent(event)
    }

    fn new_change(&mut self) -> Movement {
        self.number += 1;
        Movement::AddChange(change(4000 + self.number, self.source.clock.now()))
    }

    /// An analyst's later edit of a ticket.
    fn amended_ticket(&mut self) -> Option<Movement> {
        let tickets = self
            .source
            .simulator
            .with_feed(0, |feed| feed.tickets.clone());
        let mut ticket = self.rng.choice(tickets?)?;
        if self.rng.bool() {
            ticket.status = if ticket.status == "대기" {
                "처리중"
            } else {
                "처리완료"
            };
        } else {
            ticket.analysis.push_str("<p>추가 분석</p>");
        }
        Some(Movement::ChangeTicket(ticket))
    }

    fn changed_change(&mut self) -> Option<Movement> {
        let history = self
            .source
            .simulator
            .with_feed(0, |feed| feed.history.clone());
        let mut change = self.rng.choice(history?)?;
        change.contents = "보안관제 추가가 완료되었습니다.";
        Some(Movement::ChangeChange(change))
    }

    fn movement(&mut self) -> Option<Movement> {
        let late = TimeDelta::minutes(60 * 24 * 29 / 10);
        match self.rng.u8(..10) {
            0..2 => Some(self.ticket_within(late)),
            2..7 => Some(self.event_within(late)),
            7 => Some(self.new_change()),
            8 => self.amended_ticket(),
            _ => self.changed_change(),
        }
    }

    /// Rows arrive and change between the calls of the next run, some calls fail, and the portal may be killed.
    async fn round(&mut self) {
        let calls = self.source.calls();
        let mut movements = Vec::new();
        for _ in 0..self.rng.usize(0..8) {
            let at = calls + self.rng.u64(1..30);
            movements.extend(self.movement().map(|movement| (at, movement)));
        }
        let mut refused = BTreeSet::new();
        if self.scenario.has_failures {
            let rng = &mut self.rng;
            refused.extend(
                (1..60)
                    .filter(|_| rng.u8(..100) < 3)
                    .map(|call| calls + call),
            );
        }
        self.source.simulator.with_feed(0, |feed| {
            feed.movements.extend(movements);
            feed.refused = refused;
        });
        if self.scenario.has_kills && self.rng.bool() {
            let calls = self.rng.u64(1..40);
            self.source.run_killed(calls).await;
        }
        // A run without a successful call fails as a whole.
        let _ = self.source.run().await;
        let pause = self.rng.i64(5..12 * 60);
        self.source.clock.advance(TimeDelta::minutes(pause));
    }

    /// Makes the source quiet: all rows have arrived, and no call fails.
    fn quiet(&mut self) {
        self.source.simulator.with_feed(0, |feed| {
            feed.refused.clear();
            for (_, movement) in std::mem::take(&mut feed.movements) {
                feed.apply(movement);
            }
        });
    }

    async fn assert_nothing_is_invented(&self) {
        let mut listed: HashMap<String, i64> = HashMap::new();
        for event in &self.events {
            *listed.entry(event_text(event)).or_default() += 1;
        }
        for event in self.source.events().await {
            let left = listed.entry(event.clone()).or_default();
            *left -= 1;
            assert!(
                *left >= 0,
                "{event} is archived more often than it was listed"
            );
        }
        for ticket in self
            .source
            .texts("select ticket_id from archived_tickets")
            .await
        {
            assert!(self.tickets.contains(&ticket), "{ticket} was never listed");
        }
    }

    async fn assert_is_equal(&self) {
        let [tickets, events, history] = self.source.listed();
        assert_eq!(self.source.tickets().await, tickets);
        assert_eq!(self.source.events().await, events);
        assert_eq!(self.source.history().await, history);
    }
}

async fn play(scenario: Scenario) {
    let mut play = Play::start(scenario).await;
    let mut kept = Vec::new();
    for _ in 0..6 {
        play.round().await;
        play.assert_nothing_is_invented().await;
        let revisions = play.source.revisions().await;
        assert!(
            kept.iter().all(|revision| revisions.contains(revision)),
            "a revision is gone"
        );
        kept = revisions;
    }
    play.quiet();
    play.source.settle().await;
    play.source.wait_for_revisits().await;
    play.assert_is_equal().await;
    play.assert_nothing_is_invented().await;
    let content = play.source.content().await;
    let woken = play.source.store.wake_archive(&play.source.team.id).await;
    woken.expect("is woken");
    play.source.settle().await;
    assert_eq!(play.source.content().await, content);
}

proptest! {
    #![proptest_config(Config { cases: 8, failure_persistence: None, max_shrink_iters: 8, ..Config::default() })]

    /// No row is lost or invented under movements, failures and kills; in the end the archive equals the source, and
    /// another run changes nothing.
    #[test]
    fn archive_equals_source_when_it_is_quiet(scenario in scenario()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(play(scenario));
    }
}

#[tokio::test]
async fn expected_rows_have_the_archive_form() {
    let feed = Feed {
        tickets: vec![ticket(1, noon())],
        events: vec![event(1, noon()), event(1, noon())],
        history: vec![change(1, noon())],
        ..Feed::default()
    };
    let texts = [ticket_text(&feed.tickets[0]), event_text(&feed.events[0])];
    let source = Source::with_feed(feed).await;
    source.settle().await;
    assert_eq!(source.tickets().await, texts[..1]);
    assert_eq!(source.events().await, [texts[1].as_str(), &texts[1]]);
    assert_eq!(source.history().await.len(), 1);
}
