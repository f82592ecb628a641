//! The portal under test: the real one on its own port, with the simulated API.

use std::{net::SocketAddr, time::Duration};

use chrono::TimeDelta;
use secmon_portal::{
    archive::{Archive, ArchiveSettings},
    auth::{Passwords, SignInWays},
    config::SecondFactorRule,
    control::Control,
    model::{AppKey, Clock, Region, Role, Team},
    router::{self, Reach},
    sanitizer::Sanitizer,
    secmon::{self, BaseUrls, Secmon},
    simulator::{Options, Simulator},
    store::{AuditRecord, NewTeam, NewUser, SessionLimits, Store},
    web::AppState,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::Url;

pub const PASSWORD: &str = "correct horse battery";

const NAMES: [&str; 2] = ["쇼핑몰 운영팀", "뱅킹 플랫폼팀"];

/// A portal with two teams, `shop` and `bank`; the API of `shop` is the simulator's first tenant.
pub struct TestPortal {
    pub address: String,
    pub simulator: Simulator,
    store: Store,
    teams: Vec<Team>,
    _folder: TempDir,
}

/// A small set of data with every kind of row, without delays.
pub fn options() -> Options {
    Options {
        vms: 40,
        tickets: 34,
        events: 300,
        history: 25,
        seed: 11,
        delay: Duration::ZERO,
        ..Options::default()
    }
}

impl TestPortal {
    pub async fn start() -> Self {
        Self::start_with(options(), NAMES).await
    }

    /// `ways` is called with the portal's address.
    pub async fn start_with_ways(ways: impl FnOnce(&str) -> SignInWays) -> Self {
        Self::begin(options(), NAMES, ways).await
    }

    /// Adds two app keys to the options, one for each of the named teams.
    pub async fn start_with(options: Options, names: [&str; 2]) -> Self {
        Self::begin(options, names, |_| SignInWays::default()).await
    }

    async fn begin(
        options: Options,
        names: [&str; 2],
        ways: impl FnOnce(&str) -> SignInWays,
    ) -> Self {
        let keys = ["test-key-of-the-shop", "test-key-of-the-bank"];
        let keys: Vec<AppKey> = keys.map(|key| AppKey::parse(key).expect("a key")).to_vec();
        let clock = options.now.clone();
        let simulator = Simulator::new(Options {
            app_keys: keys.clone(),
            ..options
        });
        let (listener, api) = listen().await;
        tokio::spawn(
            simulator
                .clone()
                .serve(listener, std::future::pending::<()>()),
        );
        let teams = keys.into_iter().zip(names);
        Self::before(api, simulator, clock, teams, ways).await
    }

    /// With another API than the simulator.
    pub async fn start_before(api: Url) -> Self {
        let key = AppKey::parse("test-key-of-the-shop").expect("a key");
        let (options, clock) = (Options::default(), Clock::system());
        let team = std::iter::once((key, "쇼핑몰 운영팀"));
        let passwords_only = |_: &str| SignInWays::default();
        Self::before(api, Simulator::new(options), clock, team, passwords_only).await
    }

    async fn before(
        api: Url,
        simulator: Simulator,
        clock: Clock,
        teams: impl Iterator<Item = (AppKey, &str)>,
        ways: impl FnOnce(&str) -> SignInWays,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = format!("sqlite://{}/portal.db?mode=rwc", folder.path().display());
        let key = folder.path().join("secret.key");
        let store = Store::open(&database, key.as_path(), clock.clone())
            .await
            .expect("opens");
        let address = serve(&store, api, clock, ways).await;
        let mut portal = Self {
            address,
            simulator,
            store,
            teams: Vec::new(),
            _folder: folder,
        };
        for (slug, (key, name)) in ["shop", "bank"].into_iter().zip(teams) {
            portal.add_team(slug, name, key).await;
        }
        portal
    }

    async fn add_team(&mut self, slug: &str, name: &str, app_key: AppKey) {
        let team = NewTeam {
            slug: slug.parse().expect("a slug"),
            name: name.to_owned(),
            region: Region::Kr1,
            app_key,
            token: None,
        };
        let by = AuditRecord::by_command_line();
        self.store.add_team(&team, &by).await.expect("is new");
        let team = self.store.team(&team.slug).await.expect("reads");
        self.teams.extend(team);
    }

    /// A user with this role in both teams and [`PASSWORD`].
    pub async fn add_user(&self, username: &str, display_name: &str, role: Role) {
        self.add(username, display_name, Some(role)).await;
    }

    pub async fn add_site_admin(&self, username: &str) {
        self.add(username, username, None).await;
    }

    async fn add(&self, username: &str, display_name: &str, role: Option<Role>) {
        let passwords = Passwords::new().await.expect("hashes");
        let member = |team: &Team| role.map(|role| (team.clone(), role));
        let user = NewUser {
            username: username.parse().expect("a username"),
            display_name: display_name.to_owned(),
            site_admin: role.is_none(),
            members: self.teams.iter().filter_map(member).collect(),
            password_hash: passwords.hash(PASSWORD).await.expect("hashes"),
        };
        let by = AuditRecord::by_command_line();
        self.store.add_user(&user, &by).await.expect("is new");
    }
}

pub async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("is bound");
    let url = Url::parse(&format!("http://{address}")).expect("an address");
    (listener, url)
}

/// The portal's address without a trailing slash.
async fn serve(
    store: &Store,
    api: Url,
    clock: Clock,
    ways: impl FnOnce(&str) -> SignInWays,
) -> String {
    let (listener, public_url) = listen().await;
    let address = public_url.origin().ascii_serialization();
    let secmon = Secmon::new(secmon::Settings {
        bases: BaseUrls::new(|_| api.clone()),
        timeout: Duration::from_secs(5),
        ..secmon::Settings::default()
    })
    .expect("a client");
    let reach = Reach {
        public_url: public_url.clone(),
        trusted_proxies: Vec::new(),
    };
    let portal = AppState {
        archive: Archive::new(store.clone(), secmon.clone(), ArchiveSettings::off()),
        control: Control::new(store.clone(), secmon.clone(), clock.clone()),
        passwords: Passwords::new().await.expect("hashes"),
        sanitizer: Sanitizer::default(),
        secmon,
        clock,
        https: reach.https(),
        second_factor: SecondFactorRule::Optional,
        sessions: store.sessions(SessionLimits {
            idle: TimeDelta::hours(8),
            most: TimeDelta::hours(24),
        }),
        ways: ways(&address),
        store: store.clone(),
    };
    let router = router::router(portal, &reach);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}
