//! A portal on a simulated API, and clients of it.

mod authenticator;
mod client;
mod database;
mod outline;
mod page;

use std::{sync::Arc, time::Duration};

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use secmon_portal::{
    archive::{Archive, ArchiveSettings, Pace},
    auth::{Passwords, SignInWays},
    config::SecondFactorRule,
    control::{Control, Poller},
    jobs::{Job, Runner},
    model::{AppKey, Clock, Region, Role, Team, TokenCredentials, User},
    router::{Reach, router},
    sanitizer::Sanitizer,
    secmon::{BaseUrls, Secmon, Settings},
    simulator::{Call, Endpoint, Options, Simulator},
    store::{AuditRecord, NewTeam, NewUser, SessionLimits, Store},
    web::{self, state::Https},
};
use tokio::net::TcpListener;
use url::Url;

pub use authenticator::{Authenticator, turn_on};
pub use client::TestClient;
pub use database::{Database, files_below, open, sql};
pub use outline::outline;
pub use page::{Form, Page, parse};

pub const ACME_KEY: &str = "AcmeAppKey0123456789";
pub const OTHER_KEY: &str = "OtherAppKey987654321";
pub const TOKEN: &str = "acme-key-id:acme-key-secret";
pub const PASSWORD: &str = "correct horse 배터리";

/// The simulator's tenants.
pub const ACME: usize = 0;
pub const OTHER: usize = 1;

/// Members of the team `acme`, each with the role that they are named after.
pub const MEMBERS: [(&str, Role); 4] = [
    ("viewer", Role::Viewer),
    ("manager", Role::Manager),
    ("operator", Role::Operator),
    ("admin", Role::Admin),
];

/// Settings of a test's portal.
pub struct TestConfig {
    pub api: Options,
    pub clock: Clock,
    pub public_url: &'static str,
    /// The most time that one call of the API may take.
    pub timeout: Duration,
    pub max_body: usize,
    pub second_factor: SecondFactorRule,
    /// Without teams and users.
    pub fresh: bool,
    pub session_limits: SessionLimits,
    pub ways: SignInWays,
    pub archive: ArchiveSettings,
    /// Another server than the simulator.
    pub api_base: Option<String>,
}

/// A portal with two teams, `acme` and `other`, on a simulated API.
///
/// Its users: [`MEMBERS`], a `stranger` who is an admin of `other` only, and a `site-admin`. All have the
/// same password.
pub struct Portal {
    pub store: Store,
    pub simulator: Simulator,
    pub clock: Clock,
    pub control: Control,
    pub router: Router,
    /// All responses to clients.
    pub answers: client::Answers,
    parts: web::AppState,
    archive_settings: ArchiveSettings,
    reach: Reach,
    // Dropped last.
    pub database: Database,
}

/// A Wednesday at noon in Korea, in the past: real time never passes a session's end.
pub fn noon() -> DateTime<Utc> {
    "2025-06-11T12:00:00+09:00".parse().expect("a time")
}

/// The portal's router, which responds after the request's background writes.
fn drained(parts: web::AppState, reach: &Reach) -> Router {
    let sessions = parts.sessions.clone();
    router(parts, reach).layer(axum::middleware::map_response(
        move |response: axum::response::Response| {
            let sessions = sessions.clone();
            async move {
                sessions.drain().await;
                response
            }
        },
    ))
}

impl Portal {
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub async fn start_with(change: impl FnOnce(&mut TestConfig)) -> Self {
        let mut config = TestConfig {
            api: Options {
                app_keys: [ACME_KEY, OTHER_KEY].map(key).to_vec(),
                vms: 40,
                tickets: 34,
                events: 2000,
                history: 25,
                seed: 11,
                ..Options::default()
            },
            clock: Clock::stopped(noon()),
            public_url: "http://portal.example",
            timeout: Duration::from_secs(10),
            max_body: 16 * 1024 * 1024,
            second_factor: SecondFactorRule::Optional,
            fresh: false,
            session_limits: SessionLimits {
                idle: TimeDelta::hours(8),
                most: TimeDelta::hours(24),
            },
            ways: SignInWays::default(),
            archive: ArchiveSettings {
                patience: Duration::from_secs(30),
                ..ArchiveSettings::new(Duration::from_mins(5), Pace::UNLIMITED)
            },
            api_base: None,
        };
        change(&mut config);
        let database = Database::new().await;
        let store = open(&database, config.clock.clone()).await;
        config.api.now = config.clock.clone();
        let simulator = Simulator::new(config.api.clone());
        let simulated = serve(simulator.clone()).await;
        let base = config.api_base.clone().unwrap_or(simulated);
        let secmon = secmon(&base, &config);
        let reach = Reach {
            public_url: config.public_url.parse().expect("an address"),
            trusted_proxies: Vec::new(),
        };
        let control = Control::new(store.clone(), secmon.clone(), config.clock.clone());
        let passwords = Passwords::new().await.expect("hashes");
        if !config.fresh {
            let hash = passwords.hash(PASSWORD).await.expect("hashes");
            people(&store, &hash).await;
        }
        let Https(https) = reach.https();
        let parts = web::AppState {
            sessions: store.sessions(config.session_limits),
            archive: Archive::new(store.clone(), secmon.clone(), config.archive.clone()),
            store: store.clone(),
            secmon,
            control: control.clone(),
            passwords,
            sanitizer: Sanitizer::default(),
            clock: config.clock.clone(),
            https: Https(https),
            second_factor: config.second_factor,
            ways: config.ways,
        };
        Self {
            router: drained(parts.clone(), &reach),
            parts,
            archive_settings: config.archive,
            reach,
            store,
            simulator,
            clock: config.clock,
            control,
            answers: Arc::default(),
            database,
        }
    }

    /// A signed-out client in English.
    pub fn client(&self) -> TestClient {
        TestClient::new(self.router.clone(), Arc::clone(&self.answers))
    }

    /// The same browser at another portal on the same database, or at this one after a restart.
    pub async fn after_a_restart(&self, client: &TestClient) -> TestClient {
        let store = open(&self.database, self.clock.clone()).await;
        let parts = web::AppState {
            control: Control::new(store.clone(), self.parts.secmon.clone(), self.clock.clone()),
            archive: Archive::new(
                store.clone(),
                self.parts.secmon.clone(),
                self.archive_settings.clone(),
            ),
            sessions: store.sessions(self.parts.sessions.limits),
            store,
            ..self.parts.clone()
        };
        let again = TestClient::new(drained(parts, &self.reach), Arc::clone(&self.answers));
        again.with_cookies_of(client)
    }

    /// The job that reads lists in the background.
    pub fn poller(&self) -> Poller {
        self.control.poller(None)
    }

    /// Runs the due targets of a job once, as another portal on this database would.
    pub async fn run_due(&self, job: impl Job) {
        let runner = Runner::new(self.store.clone());
        runner.run_due(job).await.expect("the store answers");
    }

    /// The archives, empty until their job runs; pages ask the source until then.
    pub fn archive(&self) -> Archive {
        self.parts.archive.clone()
    }

    /// Runs the archive's job until nothing is due.
    pub async fn fill_archive(&self) {
        for team in self.store.teams().await.expect("are read") {
            let woken = self.store.wake_archive(&team.id).await;
            woken.expect("is woken");
            let mut is_idle = false;
            while !is_idle {
                self.run_due(self.archive()).await;
                is_idle = self.store.is_archive_idle(&team.id).await.expect("is told");
            }
        }
    }

    /// A client after a login through the form.
    pub async fn sign_in(&self, username: &str) -> TestClient {
        let mut client = self.client();
        let answer = client.sign_in(username, PASSWORD).await;
        assert_eq!(answer.status, 303, "{username} is not let in");
        client
    }

    pub async fn team(&self, slug: &str) -> Team {
        let slug = slug.parse().expect("a slug");
        let team = self.store.team(&slug).await.expect("is read");
        team.expect("there is such a team")
    }

    pub async fn user(&self, username: &str) -> User {
        let users = self.store.users().await.expect("are read");
        let mut users = users.into_iter();
        let user = users.find(|user| user.username.as_str() == username);
        user.expect("there is such a user")
    }

    /// The endpoints called since the last call of this function, without token requests, whose number varies.
    pub fn calls(&self) -> Vec<Endpoint> {
        let calls = self.simulator.take_calls();
        let endpoints = calls.iter().map(|call| call.endpoint);
        endpoints
            .filter(|endpoint| *endpoint != Endpoint::Token)
            .collect()
    }

    /// The changing calls since the calls were last taken.
    pub fn changes(&self) -> Vec<Call> {
        let is_change =
            |call: &Call| matches!(call.endpoint, Endpoint::AddVms | Endpoint::ReleaseVms);
        let calls = self.simulator.take_calls();
        calls.into_iter().filter(is_change).collect()
    }

    /// Waits until the API has been called in that way.
    pub async fn is_called(&self, endpoint: Endpoint) {
        let called = || {
            let calls = self.simulator.calls();
            calls.iter().any(|call| call.endpoint == endpoint)
        };
        let waiting = async {
            while !called() {
                tokio::task::yield_now().await;
            }
        };
        let limit = Duration::from_secs(30);
        let waited = tokio::time::timeout(limit, waiting).await;
        waited.expect("the API is called");
    }

    /// The first `count` ids of standalone VMs in one of the lists.
    pub fn vms(&self, monitored: bool, count: usize) -> Vec<String> {
        let balancers = self.simulator.load_balancers(ACME);
        let ids = if monitored {
            self.simulator.monitored_ids(ACME)
        } else {
            self.simulator.not_monitored_ids(ACME)
        };
        let own = |id: &String| !balancers.iter().any(|(balancer, _)| balancer == id);
        let ids: Vec<_> = ids.into_iter().filter(own).take(count).collect();
        assert_eq!(ids.len(), count);
        ids
    }

    /// A load balancer in one of the lists, with the ids of its VMs.
    pub fn load_balancer(&self, monitored: bool) -> (String, Vec<String>) {
        let ids = if monitored {
            self.simulator.monitored_ids(ACME)
        } else {
            self.simulator.not_monitored_ids(ACME)
        };
        let mut balancers = self.simulator.load_balancers(ACME).into_iter();
        let listed = balancers.find(|(id, _)| ids.contains(id));
        listed.expect("a load balancer is listed")
    }

    pub fn name(&self, id: &str) -> String {
        let name = self.simulator.name(ACME, id);
        name.expect("there is such a server")
    }

    /// All responses to clients, headers and bodies.
    pub fn everything_answered(&self) -> String {
        self.answers.lock().expect("nobody panicked").clone()
    }
}

fn key(text: &str) -> AppKey {
    AppKey::parse(text).expect("a key")
}

async fn serve(simulator: Simulator) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("has an address");
    tokio::spawn(simulator.serve(listener, std::future::pending()));
    format!("http://{address}")
}

fn secmon(base: &str, config: &TestConfig) -> Secmon {
    let base: Url = base.parse().expect("an address");
    let settings = Settings {
        bases: BaseUrls::new(|_| base.clone()),
        token_url: base.join("/oauth2/token/create").expect("an address"),
        timeout: config.timeout,
        max_body: config.max_body,
        clock: config.clock.clone(),
        ..Settings::default()
    };
    Secmon::new(settings).expect("can be built")
}

async fn people(store: &Store, password_hash: &str) {
    let by = AuditRecord::by_command_line();
    let mut teams = Vec::new();
    for (slug, name, app_key, token) in [
        ("acme", "Acme", ACME_KEY, Some(TOKEN)),
        ("other", "Other", OTHER_KEY, None),
    ] {
        let team = NewTeam {
            slug: slug.parse().expect("a slug"),
            name: name.to_owned(),
            region: Region::Kr1,
            app_key: key(app_key),
            token: token.map(|token| TokenCredentials::parse(token).expect("credentials")),
        };
        store.add_team(&team, &by).await.expect("is added");
        teams.extend(store.team(&team.slug).await.expect("is read"));
    }
    let (acme, other) = (&teams[0], &teams[1]);
    let mut users: Vec<(&str, Vec<(Team, Role)>)> = Vec::new();
    for (name, role) in MEMBERS {
        users.push((name, vec![(acme.clone(), role)]));
    }
    users.push(("stranger", vec![(other.clone(), Role::Admin)]));
    users.push(("site-admin", Vec::new()));
    for (name, members) in users {
        let user = new_user(name, members, password_hash);
        store.add_user(&user, &by).await.expect("is added");
    }
}

/// A user to be added; `site-admin` is one.
pub fn new_user(name: &str, members: Vec<(Team, Role)>, password_hash: &str) -> NewUser {
    NewUser {
        username: name.parse().expect("a name"),
        display_name: format!("The {name}"),
        site_admin: name == "site-admin",
        members,
        password_hash: password_hash.to_owned(),
    }
}
