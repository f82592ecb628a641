//! A team's archive on a source controlled by the test.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secmon_portal::{
    archive::{Archive, ArchiveSettings, Pace},
    jobs::{Context, Job as _, JobError, Next},
    model::{AppKey, ArchiveKind, Clock, Region, Team},
    secmon::{BaseUrls, Secmon, Settings},
    simulator::{Feed, FeedChange, FeedEvent, FeedTicket, Options, Simulator},
    store::{ArchiveStatus, AuditRecord, NewTeam, Store},
};
use sqlx::{AnyConnection, Connection as _};
use tokio::net::TcpListener;
use url::Url;

use crate::support::{Database, noon, open};

const INTERVAL: Duration = Duration::from_mins(5);

const BUDGET: u32 = 6000;

/// Longer than any reading takes here.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Source {
    pub store: Store,
    pub simulator: Simulator,
    pub clock: Clock,
    pub team: Team,
    pub secmon: Secmon,
    budget: u32,
    archive: Archive,
    // Dropped last.
    pub database: Database,
}

impl Source {
    /// A source with these rows, in place of those of the simulator's seed.
    pub async fn with_feed(feed: Feed) -> Self {
        let source = Self::start(Options::default()).await;
        source.simulator.set_feed(0, feed);
        source
    }

    pub async fn start(options: Options) -> Self {
        let database = Database::new().await;
        let clock = Clock::stopped(noon());
        let store = open(&database, clock.clone()).await;
        let app_key = AppKey::parse("ArchiveAppKey0123456789").expect("a key");
        let simulator = Simulator::new(Options {
            app_keys: vec![app_key.clone(), other_key()],
            now: clock.clone(),
            vms: 2,
            ..options
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("has an address");
        tokio::spawn(simulator.clone().serve(listener, std::future::pending()));
        let base: Url = format!("http://{address}").parse().expect("an address");
        let secmon = Secmon::new(Settings {
            bases: BaseUrls::new(|_| base.clone()),
            clock: clock.clone(),
            ..Settings::default()
        });
        let secmon = secmon.expect("can be built");
        let team = NewTeam {
            slug: "acme".parse().expect("a slug"),
            name: "Acme".to_owned(),
            region: Region::Kr1,
            app_key,
            token: None,
        };
        let by = AuditRecord::by_command_line();
        store.add_team(&team, &by).await.expect("is added");
        let team = store.team(&team.slug).await.expect("is read");
        Self {
            team: team.expect("is there"),
            archive: archive(&store, &secmon, BUDGET),
            store,
            simulator,
            clock,
            secmon,
            budget: BUDGET,
            database,
        }
    }

    /// The same with another budget of calls for each run.
    pub fn with_budget(self, budget: u32) -> Self {
        Self {
            archive: archive(&self.store, &self.secmon, budget),
            budget,
            ..self
        }
    }

    /// The same with pages that wait so long for the newest rows.
    pub fn with_patience(self, patience: Duration) -> Self {
        let settings = ArchiveSettings {
            patience,
            ..ArchiveSettings::new(INTERVAL, Pace::UNLIMITED)
        };
        Self {
            archive: Archive::new(self.store.clone(), self.secmon.clone(), settings),
            ..self
        }
    }

    /// The job, as one process has it.
    pub fn archive(&self) -> Archive {
        self.archive.clone()
    }

    /// One run of the job; it stays within its budget.
    pub async fn run(&self) -> Result<Next, JobError> {
        let before = self.calls();
        let result = self.archive().run(&self.team, &Context::default()).await;
        assert!(self.calls() - before <= u64::from(self.budget));
        result
    }

    /// One run that is killed after so many calls, if it lasts so long.
    pub async fn run_killed(&self, calls: u64) {
        let last = self.calls() + calls;
        let killed = async {
            while self.calls() < last {
                tokio::task::yield_now().await;
            }
        };
        let archive = self.archive();
        let context = Context::default();
        tokio::select! {
            biased;
            () = killed => {}
            _ = archive.run(&self.team, &context) => {}
        }
    }

    /// Runs until nothing is due, and returns the number of runs.
    pub async fn settle(&self) -> usize {
        for runs in 1..=500 {
            match self.run().await.expect("the source answers") {
                Next::Again(pause) if pause.is_zero() => {}
                _ => return runs,
            }
        }
        panic!("the archive is never up to date");
    }

    /// Advances the clock and runs at every age of a scheduled reread.
    pub async fn wait_for_revisits(&self) {
        for hours in [1, 6, 24, 3 * 24, 7 * 24, 31 * 24] {
            self.clock.advance(TimeDelta::hours(hours));
            self.settle().await;
        }
    }

    /// Number of calls to the source's feed, or of all calls without one.
    pub fn calls(&self) -> u64 {
        let of_feed = self.simulator.with_feed(0, |feed| feed.calls);
        of_feed.unwrap_or_else(|| self.simulator.calls().len() as u64)
    }

    pub async fn status(&self, kind: ArchiveKind) -> ArchiveStatus {
        let kinds = self.store.archive_status(&self.team.id).await;
        let mut kinds = kinds.expect("is read").into_iter();
        kinds.find(|status| status.kind == kind).expect("is told")
    }

    /// The texts that a query gives.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let mut connection = AnyConnection::connect(&self.database.url)
            .await
            .expect("connects");
        let texts = sqlx::query_scalar(sqlx::AssertSqlSafe(query.to_owned()))
            .fetch_all(&mut connection)
            .await
            .expect("is read");
        connection.close().await.expect("is closed");
        texts
    }

    /// The archived tickets, as [`ticket_text`] writes them.
    pub async fn tickets(&self) -> Vec<String> {
        self.texts(
            "select ticket_id || '|' || status_original || '|' || name || '|' ||
                 coalesce((select raw from archived_ticket_parts p
                           where p.place = t.place and part = 'analysis'), '')
             from archived_tickets t order by ticket_id",
        )
        .await
    }

    /// The archived events, as [`event_text`] writes them.
    pub async fn events(&self) -> Vec<String> {
        let mut events = self
            .texts(
                "select cast(detected_at as text) || '|' || text || '|' || source_ip
                 from archived_events join attack_names on id = name_id",
            )
            .await;
        events.sort();
        events
    }

    /// The archived history, as [`change_text`] writes it.
    pub async fn history(&self) -> Vec<String> {
        self.texts("select history_id || '|' || contents from archived_history order by history_id")
            .await
    }

    pub async fn revisions(&self) -> Vec<String> {
        self.texts(
            "select kind || '|' || row_id || '|' || cast(number as text) || '|' || content
             from archive_revisions order by kind, row_id, number",
        )
        .await
    }

    /// The feed's rows as the archive should hold them: tickets, events, history.
    pub fn listed(&self) -> [Vec<String>; 3] {
        let listed = self.simulator.with_feed(0, |feed| {
            [
                feed.tickets.iter().map(ticket_text).collect(),
                feed.events.iter().map(event_text).collect(),
                feed.history.iter().map(change_text).collect(),
            ]
        });
        let mut listed: [Vec<String>; 3] = listed.expect("there is a feed");
        for rows in &mut listed {
            rows.sort();
        }
        listed
    }

    /// All archived rows, without the times of their checks.
    pub async fn content(&self) -> Vec<String> {
        let mut content = self.tickets().await;
        content.extend(self.events().await);
        content.extend(self.history().await);
        content.extend(self.revisions().await);
        content.extend(
            self.texts(
                "select cast(place as text) || row_hash || parts_hash || cast(changed_at as text)
                     || cast(parts_at as text) || seek
                 from archived_tickets order by place",
            )
            .await,
        );
        content.extend(
            self.texts(
                "select cast(start_at as text) || '-' || cast(end_at as text) from event_windows order by start_at",
            )
            .await,
        );
        content
    }
}

/// The key of the simulator's second tenant.
pub fn other_key() -> AppKey {
    AppKey::parse("OtherArchiveKey987654321").expect("a key")
}

fn archive(store: &Store, secmon: &Secmon, budget: u32) -> Archive {
    let settings = ArchiveSettings {
        budget,
        patience: PATIENCE,
        ..ArchiveSettings::new(INTERVAL, Pace::UNLIMITED)
    };
    Archive::new(store.clone(), secmon.clone(), settings)
}

pub fn ticket_text(ticket: &FeedTicket) -> String {
    let FeedTicket {
        id,
        status,
        name,
        analysis,
        ..
    } = ticket;
    format!("{id}|{status}|{name}|{analysis}")
}

pub fn event_text(event: &FeedEvent) -> String {
    let at = event.detected.timestamp_millis();
    format!("{at}|{}|{}", event.name, event.source_ip)
}

pub fn change_text(change: &FeedChange) -> String {
    format!("{}|{}", change.id, change.contents)
}

/// So long before the clock's first time.
pub fn ago(span: TimeDelta) -> DateTime<Utc> {
    noon() - span
}

pub fn ticket(number: usize, detected: DateTime<Utc>) -> FeedTicket {
    FeedTicket {
        id: format!("9842519018{number:07}"),
        detected,
        name: format!("Bruteforce_Inbound {number}"),
        status: "대기",
        analysis: format!("<p>공격자 {number} 차단</p>"),
    }
}

pub fn event(number: usize, detected: DateTime<Utc>) -> FeedEvent {
    FeedEvent {
        detected,
        name: format!("SSH_Brute_Force_{}", number % 5),
        source_ip: format!("203.0.113.{}", number % 3),
    }
}

pub fn change(id: usize, at: DateTime<Utc>) -> FeedChange {
    FeedChange {
        id,
        at,
        contents: "보안관제 추가 진행 중 입니다.",
    }
}
