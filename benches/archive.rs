//! Query times of a full archive: `cargo bench --bench archive`.
//!
//! `SECMON_PORTAL_BENCH_TICKETS` sets its size (default 100,000 tickets with ten events each): half for one team, the rest
//! for 49 others. `SECMON_PORTAL_TEST_DATABASE_URL` names an empty PostgreSQL database; the default is SQLite.

#![expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]

use std::time::{Duration, Instant};

use fastrand::Rng;
use secmon_portal::{
    model::{
        AddressKey, AddressRange, AppKey, Clock, EVENTS, Field, KstDateTime, Limits, ListQuery,
        Position, Region, TICKETS, TeamId, first_place, severity_level,
    },
    store::{
        ArchiveRow, ArchivedEvent, ArchivedPart, ArchivedTicket, AuditRecord, DueTicket, NewTeam,
        Store,
    },
};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};

const TEAMS: usize = 50;
const NAMES: i64 = 2_000;
const ROUNDS: usize = 40;
/// 2021-07-01 in Korea, in seconds.
const START: i64 = 1_625_065_200;
const YEARS: i64 = 4 * 365 * 24 * 3600;
const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];
const STATUSES: [&str; 20] = [
    "waiting",
    "in-progress",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
    "done",
];
const WORDS: [&str; 24] = [
    "공격자",
    "차단",
    "탐지되어",
    "조치하였습니다",
    "원격접속시도",
    "모니터링을",
    "강화",
    "침해사고",
    "웹쉘",
    "업로드",
    "고객사",
    "확인",
    "후",
    "종결",
    "방화벽에서",
    "정책",
    "phpmyadmin",
    "wp-login.php",
    "GET",
    "/index.php?id=1",
    "패킷",
    "분석",
    "결과",
    "정탐",
];

struct Bench {
    store: Store,
    connection: AnyConnection,
    teams: Vec<TeamId>,
    rng: Rng,
}

#[tokio::main]
async fn main() {
    let tickets = std::env::var("SECMON_PORTAL_BENCH_TICKETS").ok();
    let tickets: usize = tickets.map_or(100_000, |text| text.parse().expect("is a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let server = std::env::var("SECMON_PORTAL_TEST_DATABASE_URL").ok();
    let file = format!(
        "sqlite://{}?mode=rwc",
        folder.path().join("portal.db").display()
    );
    let url = server.unwrap_or(file);
    let store = Store::open(&url, folder.path().join("key").as_path(), Clock::system()).await;
    let mut bench = Bench {
        store: store.expect("opens"),
        connection: AnyConnection::connect(&url).await.expect("connects"),
        teams: Vec::new(),
        rng: Rng::with_seed(1),
    };
    bench.add_teams().await;
    let start = Instant::now();
    bench.add_tickets(tickets).await;
    rate("tickets written and indexed", tickets, start.elapsed());
    let start = Instant::now();
    bench.add_events(tickets * 10).await;
    rate("events written", tickets * 10, start.elapsed());
    bench.execute("analyze").await;
    bench.ask_lists().await;
    bench.ask_rest().await;
}

fn rate(what: &str, rows: usize, took: Duration) {
    let rows = u32::try_from(rows).expect("fits");
    println!(
        "{what}: {rows} in {took:.1?}, {:.0}/s",
        f64::from(rows) / took.as_secs_f64()
    );
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())]
}

impl Bench {
    async fn execute(&mut self, sql: &str) {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        query
            .execute(&mut self.connection)
            .await
            .expect("is executed");
    }

    async fn add_teams(&mut self) {
        for number in 0..TEAMS {
            let team = NewTeam {
                slug: format!("team-{number}").parse().expect("is a slug"),
                name: format!("Team {number}"),
                region: Region::Kr1,
                app_key: AppKey::parse("BenchAppKey0123456789").expect("is a key"),
                token: None,
            };
            let team = self
                .store
                .add_team(&team, &AuditRecord::by_command_line())
                .await;
            let team = team.expect("is added");
            self.store.open_archive(&team, 1).await.expect("is made");
            self.teams.push(team);
        }
        let names: Vec<String> = (1..=NAMES)
            .map(|id| format!("({id}, 'UDS_{id}_Signature', 'uds_{id}_signature')"))
            .collect();
        self.execute(&format!(
            "insert into attack_names (id, text, seek) values {}",
            names.join(", ")
        ))
        .await;
    }

    /// Of the archives, from 1; half of the rows are the first one's.
    fn team(&mut self) -> usize {
        if self.rng.bool() {
            1
        } else {
            self.rng.usize(2..=TEAMS)
        }
    }

    fn address(&mut self) -> String {
        let rng = &mut self.rng;
        match rng.u8(..4) {
            0 => format!("203.0.113.{}", rng.u8(..)),
            1 => format!("10.{}.{}.{}", rng.u8(..4), rng.u8(..), rng.u8(..)),
            _ => std::net::Ipv4Addr::from(rng.u32(..)).to_string(),
        }
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.rng.usize(90..180) {
            text.push_str(pick(&mut self.rng, &WORDS));
            text.push(' ');
        }
        if self.rng.u32(..2000) == 0 {
            text.push_str("뷁쉛 CVE-2021-44228 203.0.113.77");
        }
        if self.rng.u8(..20) == 0 {
            text = text.repeat(30);
        }
        text
    }

    async fn add_tickets(&mut self, count: usize) {
        let mut written = 0;
        while written < count {
            let batch = 100.min(count - written);
            let mut rows = Vec::new();
            let mut parts = Vec::new();
            for number in written..written + batch {
                let second = START
                    + YEARS * i64::try_from(number).expect("fits")
                        / i64::try_from(count).expect("fits");
                let place = first_place(second * 1000) + i64::try_from(number).expect("fits");
                let (source, destination) = (self.address(), self.address());
                let status = pick(&mut self.rng, &STATUSES);
                rows.push(format!(
                    "({place}, {}, '9{place}', {}, 'K{}_Alert', '{status}', 'true-positive', 'incident', 'Attack {}',
                      '{source}', '{}', '{destination}', '{}', '', 0, 0, 0)",
                    self.team(), second * 1000, self.rng.u16(..2000), self.rng.u8(..12), key(&source), key(&destination),
                ));
                let text = self.text();
                let part = ArchivedPart {
                    part: "analysis".to_owned(),
                    raw: text.clone(),
                    html: text.clone(),
                    text,
                    is_truncated: false,
                };
                let id = format!("9{place}").parse().expect("is an id");
                parts.push((DueTicket { place, id }, vec![part]));
            }
            self.execute(&format!(
                "insert into archived_tickets (place, team, ticket_id, detected_at, name, status, verdict, type, attack,
                     source_ip, source_key, destination_ip, destination_key, row_hash, first_seen_at, changed_at, checked_at)
                 values {}", rows.join(", "),
            )).await;
            self.store
                .record_parts(&parts, 1)
                .await
                .expect("is recorded");
            written += batch;
        }
    }

    async fn add_events(&mut self, count: usize) {
        let mut written = 0;
        while written < count {
            let batch = 500.min(count - written);
            let mut rows = Vec::new();
            for number in written..written + batch {
                let number = i64::try_from(number).expect("fits");
                let second = START + YEARS * number / i64::try_from(count).expect("fits");
                let place = first_place(second * 1000) + number % (1 << 30);
                let severity = pick(&mut self.rng, &SEVERITIES);
                let (source, destination) = (self.address(), self.address());
                rows.push(format!(
                    "({}, {place}, '{place}', 1, {}, '{severity}', {}, {}, '{source}', '{}', '{destination}', '{}', {}, '{}', 'inbound', 0)",
                    self.team(), second * 1000, severity_level(severity), self.rng.i64(1..=NAMES), key(&source),
                    key(&destination), pick(&mut self.rng, &[22, 80, 443, 3389]), pick(&mut self.rng, &["KR", "JP", "US"]),
                ));
            }
            self.execute(&format!(
                "insert into archived_events (team, place, hash, ordinal, detected_at, severity, severity_level, name_id,
                     source_ip, source_key, destination_ip, destination_key, destination_port, country, direction, first_seen_at)
                 values {}", rows.join(", "),
            )).await;
            written += batch;
        }
    }

    async fn ask_lists(&self) {
        for query in [
            "",
            "status=waiting",
            "status=waiting&status=in-progress&sort=name",
            "attack=Attack+3&sort=-source",
            "verdict=true-positive&from=2023-01-01&to=2023-03-31",
            "source=203.0.113.0/24",
            "address=10.0.0.0/8&sort=status",
            "address=0.0.0.0/1",
            "reviewed=no",
            "page=1000",
        ] {
            self.page::<ArchivedTicket>(
                "tickets",
                ListQuery::parse(&TICKETS, query, Limits::Page),
                query,
            )
            .await;
        }
        for typed in [
            "뷁쉛",
            "뷁",
            "CVE-2021-44228",
            "203.0.113.77",
            "공격",
            "원격접속시도",
            "접속",
            "44",
            "phpmyadmin",
            "%22침해사고+웹쉘%22",
            "공격+-차단",
            "쀍쀍",
        ] {
            let query = format!("q={typed}");
            self.page::<ArchivedTicket>(
                "search",
                ListQuery::parse(&TICKETS, &query, Limits::Page),
                &query,
            )
            .await;
        }
        for query in [
            "",
            "severity=critical",
            "severity=high&severity=critical&port=443",
            "country=JP&port=22",
            "q=uds_7_",
            "q=signature",
            "address=203.0.113.7",
            "address=10.0.0.0/14",
            "source=0.0.0.0/1",
            "sort=severity",
            "sort=-source&country=KR",
            "from=2023-01-01&to=2023-01-31",
            "page=10000",
        ] {
            self.page::<ArchivedEvent>(
                "events",
                ListQuery::parse(&EVENTS, query, Limits::Page),
                query,
            )
            .await;
        }
        let deepest = first_place((START + 24 * 3600) * 1000);
        let query = ListQuery::new(&EVENTS).at(Position::Before(deepest));
        self.page::<ArchivedEvent>("events", query, "deepest page")
            .await;
        let query = ListQuery::new(&TICKETS).at(Position::Before(deepest));
        self.page::<ArchivedTicket>("tickets", query, "deepest page")
            .await;
    }

    async fn page<R: ArchiveRow>(&self, list: &str, query: ListQuery, name: &str) {
        assert_eq!(query.unknown(), [], "{name}");
        let mut total = None;
        let times = measure(async || {
            let page = self
                .store
                .archive_page::<R>(&self.teams[0], &query, 50)
                .await;
            total = Some(page.expect("is read").total);
        })
        .await;
        let total = total.map_or(String::new(), |total| total.to_string());
        report(&format!("{list} {name} ({total})"), &times);
    }

    async fn ask_rest(&self) {
        let team = &self.teams[0];
        let since = KstDateTime::parse_input("2025-04-01T00:00").expect("is a time");
        for address in ["203.0.113.7", "198.51.100.1", "203.0.113.0/24"] {
            let range = AddressRange::parse(address).expect("is a range");
            let times = measure(async || {
                let summary = self.store.address_summary(team, &range, since).await;
                summary.expect("is read");
            });
            report(&format!("address {address}"), &times.await);
        }
        let query = ListQuery::new(&TICKETS);
        for field in [Field::Status, Field::Attack] {
            let times = measure(async || {
                let facet = self
                    .store
                    .archive_facet::<ArchivedTicket>(team, &query, field)
                    .await;
                facet.expect("is read");
            });
            report(&format!("facet {}", field.name()), &times.await);
        }
        let start = Instant::now();
        let mut query = ListQuery::new(&EVENTS);
        let mut read = 0;
        loop {
            let rows = self
                .store
                .archive_rows::<ArchivedEvent>(team, &query, 1_000)
                .await;
            let rows = rows.expect("is read");
            let Some(last) = rows.last() else { break };
            query = query.at(Position::Before(last.place));
            read += rows.len();
        }
        rate("events read for a file", read, start.elapsed());
    }
}

fn key(address: &str) -> String {
    AddressKey::parse(address)
        .expect("is an address")
        .as_str()
        .to_owned()
}

async fn measure(mut ask: impl AsyncFnMut()) -> Vec<Duration> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        ask().await;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times
}

fn report(what: &str, times: &[Duration]) {
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("{what}: p50 {:.1?}, p95 {:.1?}", at(50), at(95));
}
