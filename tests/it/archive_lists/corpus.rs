//! Random rows in an archive and in memory.

use fastrand::Rng;
use secmon_portal::{
    model::{
        AddressKey, AppKey, Clock, KstDateTime, Region, TeamId, first_place, normalize,
        severity_level,
    },
    store::{ArchivedPart, AuditRecord, DueTicket, NewTeam, Store},
};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};

use crate::support::{Database, noon, open};

/// 2021-07-01 00:00 in Korea.
pub const START: i64 = 1_625_065_200_000;
pub const DAY: i64 = 24 * 3600 * 1000;

pub const ADDRESSES: [&str; 8] = [
    "203.0.113.7",
    "203.0.113.9",
    "203.0.112.1",
    "10.0.0.1",
    "10.1.0.1",
    "2001:db8::1",
    "2001:db9::1",
    "web-01",
];
pub const NAMES: [&str; 6] = [
    "UDS_439_phpmyadmin_access",
    "SSH_Brute_Force_Login",
    "웹 취약점 스캐너 탐지(Nikto)",
    "Apache_Log4j_RCE_CVE-2021-44228",
    "웹쉘 업로드 시도",
    "",
];
pub const STATUSES: [&str; 4] = ["", "done", "in-progress", "waiting"];
pub const SEVERITIES: [&str; 6] = ["", "info", "low", "medium", "high", "critical"];
pub const ATTACKS: [Option<&str>; 3] = [None, Some("Brute Force"), Some("Web 침해")];
pub const COUNTRIES: [Option<&str>; 3] = [None, Some("KR"), Some("JP")];

#[derive(Debug, Clone)]
pub struct TicketRow {
    pub place: i64,
    pub id: String,
    pub name: &'static str,
    pub status: &'static str,
    pub attack: Option<&'static str>,
    pub source: &'static str,
    pub destination: &'static str,
    pub is_reviewed: bool,
    pub text: String,
    /// In normal form, all of it.
    pub seek: String,
}

#[derive(Debug, Clone)]
pub struct EventRow {
    pub place: i64,
    pub name: &'static str,
    pub severity: &'static str,
    pub source: &'static str,
    pub destination: &'static str,
    pub port: Option<i64>,
    pub country: Option<&'static str>,
}

impl TicketRow {
    /// All that the ticket is found by.
    pub fn all_text(&self) -> String {
        let attack = self.attack.unwrap_or_default();
        let texts = [
            &self.id,
            self.name,
            attack,
            self.source,
            self.destination,
            &self.text,
        ];
        texts.join("\n")
    }

    pub fn normal_text(&self) -> String {
        normalize(&self.all_text())
    }
}

pub struct Corpus {
    pub store: Store,
    _database: Database,
    pub team: TeamId,
    pub tickets: Vec<TicketRow>,
    pub events: Vec<EventRow>,
    pub rng: Rng,
    connection: AnyConnection,
}

pub fn key(address: &str) -> String {
    AddressKey::parse(address).map_or(String::new(), |key| key.as_str().to_owned())
}

pub fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())]
}

/// Text with the variety of writing systems and editors.
fn text(rng: &mut Rng) -> String {
    const PIECES: [&str; 18] = [
        "침해사고",
        "공격",
        "\u{110b}\u{116f}\u{11b8}쉘",
        "뷁",
        "CVE-2021-44228",
        "203.0.113.7",
        "ＣＶＥ",
        "wp-login.php",
        "a\u{200b}b",
        "<b>&amp;</b>",
        "'; --",
        "\u{a0}",
        "\r\n",
        "💥",
        "É",
        "44",
        "\"x\" y*",
        "_%!",
    ];
    let mut text = String::new();
    for _ in 0..rng.usize(..12) {
        text.push_str(pick(rng, &PIECES));
        if rng.bool() {
            text.push(' ');
        }
    }
    text
}

impl Corpus {
    pub async fn new(seed: u64) -> Self {
        let database = Database::new().await;
        let store = open(&database, Clock::stopped(noon())).await;
        let team = add_team(&store, "acme").await;
        let other = add_team(&store, "other").await;
        for team in [&team, &other] {
            store.open_archive(team, 1).await.expect("is made");
        }
        let connection = AnyConnection::connect(&database.url).await;
        let mut corpus = Self {
            store,
            _database: database,
            team,
            tickets: Vec::new(),
            events: Vec::new(),
            rng: Rng::with_seed(seed),
            connection: connection.expect("connects"),
        };
        for (id, name) in (1..).zip(NAMES) {
            let sql = format!("insert into attack_names (id, text, seek) values ({id}, $1, $2)");
            corpus.execute(&sql, &[name, &normalize(name)]).await;
        }
        corpus
    }

    pub async fn execute(&mut self, sql: &str, texts: &[&str]) {
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        for text in texts {
            query = query.bind(*text);
        }
        query
            .execute(&mut self.connection)
            .await
            .expect("is executed");
    }

    /// Adds a ticket of the team, and one of another team that reads the same.
    pub async fn add_ticket(&mut self, second: i64) -> TicketRow {
        let place = first_place(START + second * 1000) + self.rng.i64(0..1 << 20) * 2;
        let rng = &mut self.rng;
        let row = TicketRow {
            place,
            id: format!("9{place}"),
            name: pick(rng, &NAMES),
            status: pick(rng, &STATUSES),
            attack: pick(rng, &ATTACKS),
            source: pick(rng, &ADDRESSES),
            destination: pick(rng, &ADDRESSES),
            is_reviewed: rng.bool(),
            text: text(rng),
            seek: String::new(),
        };
        let seek = row.normal_text();
        let row = TicketRow { seek, ..row };
        self.insert_ticket(1, place, &row).await;
        self.insert_ticket(2, place + 1, &row).await;
        self.tickets.push(row.clone());
        row
    }

    async fn insert_ticket(&mut self, team: i64, place: i64, row: &TicketRow) {
        let TicketRow {
            id,
            name,
            status,
            source,
            destination,
            ..
        } = row;
        let attack = row
            .attack
            .map_or("null".to_owned(), |attack| format!("'{attack}'"));
        let reviewed = if row.is_reviewed { "1" } else { "null" };
        let at = (place >> 30) * 1000;
        let sql = format!(
            "insert into archived_tickets (place, team, ticket_id, detected_at, name, status, verdict, type, attack,
                 source_ip, source_key, destination_ip, destination_key, row_hash, first_seen_at, changed_at,
                 checked_at, reviewed_at)
             values ({place}, {team}, '{id}', {at}, '{name}', '{status}', '', '', {attack}, '{source}', '{}',
                 '{destination}', '{}', '', {at}, {at}, {at}, {reviewed})",
            key(source),
            key(destination)
        );
        self.execute(&sql, &[]).await;
        self.write_text(place, id, &row.text).await;
    }

    /// Stores the analysis of a ticket like the synchronization.
    pub async fn write_text(&self, place: i64, id: &str, text: &str) {
        let id = id.parse().expect("is an id");
        let part = ArchivedPart {
            part: "analysis".to_owned(),
            raw: text.to_owned(),
            html: String::new(),
            text: text.to_owned(),
            is_truncated: false,
        };
        let tickets = [(DueTicket { place, id }, vec![part])];
        let recorded = self.store.record_parts(&tickets, 1).await;
        recorded.expect("is recorded");
    }

    /// Adds an event of the team, and the same one of another team.
    pub async fn add_event(&mut self, second: i64) -> EventRow {
        let rng = &mut self.rng;
        let name = rng.usize(..=NAMES.len());
        let row = EventRow {
            place: first_place(START + second * 1000) + rng.i64(0..1 << 20),
            name: NAMES.get(name).copied().unwrap_or_default(),
            severity: pick(rng, &SEVERITIES),
            source: pick(rng, &ADDRESSES),
            destination: pick(rng, &ADDRESSES),
            port: pick(rng, &[None, Some(80), Some(443)]),
            country: pick(rng, &COUNTRIES),
        };
        let EventRow {
            place,
            severity,
            source,
            destination,
            ..
        } = row;
        let at = (place >> 30) * 1000;
        let null = || "null".to_owned();
        let id = NAMES
            .get(name)
            .map_or_else(null, |_| (name + 1).to_string());
        let port = row.port.map_or_else(null, |port| port.to_string());
        let country = row
            .country
            .map_or_else(null, |country| format!("'{country}'"));
        for team in [1, 2] {
            let sql = format!(
                "insert into archived_events (team, place, hash, ordinal, detected_at, severity, severity_level,
                     name_id, source_ip, source_key, destination_ip, destination_key, destination_port, country,
                     direction, first_seen_at)
                 values ({team}, {place}, '{place}', 1, {at}, '{severity}', {}, {id}, '{source}', '{}',
                     '{destination}', '{}', {port}, {country}, 'inbound', {at})",
                severity_level(severity),
                key(source),
                key(destination)
            );
            self.execute(&sql, &[]).await;
        }
        self.events.push(row.clone());
        row
    }
}

async fn add_team(store: &Store, slug: &str) -> TeamId {
    let team = NewTeam {
        slug: slug.parse().expect("is a slug"),
        name: slug.to_owned(),
        region: Region::Kr1,
        app_key: AppKey::parse(&format!("{slug}AppKey0123456789")).expect("is a key"),
        token: None,
    };
    let added = store.add_team(&team, &AuditRecord::by_command_line()).await;
    added.expect("is added")
}

/// A day of the corpus as addresses write it.
pub fn day(number: i64) -> String {
    let at = chrono::DateTime::from_timestamp_millis(START + number * DAY).expect("is a time");
    let text = KstDateTime::from_utc(at).to_api();
    text[..10].to_owned()
}
