//! `secmon-portal demo`: the portal and the simulated API together, on throw-away data.

use std::time::Duration;

use url::Url;

use crate::{
    auth::{Passwords, SignInWays},
    config::{Pace, SecondFactorRule, Settings},
    control::Control,
    model::{AppKey, Clock, Region, Role, Team},
    secmon::Secmon,
    server::{bootstrap, shutdown_signal},
    simulator::{Options, Outage, Simulator},
    store::{AuditRecord, NewTeam, NewUser, Store},
};

use super::say;

#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Latency of each response of the simulated API
    #[arg(long, env = "SECMON_PORTAL_DEMO_LATENCY", value_name = "TIME", default_value = "0s", value_parser = humantime::parse_duration)]
    latency: Duration,

    /// Fault of the simulated API; see `simulator --help`
    #[arg(long, env = "SECMON_PORTAL_DEMO_FAULT", value_name = "FAULT")]
    fault: Option<Outage>,
}

/// The demo's users: username, name, role.
const PEOPLE: [(&str, &str, Option<Role>); 5] = [
    ("viewer", "김조회 (viewer)", Some(Role::Viewer)),
    ("manager", "이매니 (manager)", Some(Role::Manager)),
    ("operator", "박운영 (operator)", Some(Role::Operator)),
    ("admin", "최관리 (admin)", Some(Role::Admin)),
    ("site-admin", "정사이트 (site admin)", None),
];

pub async fn run(settings: &Settings, args: DemoArgs) -> Result<(), String> {
    let stop = shutdown_signal()?;
    let (listener, address) = bootstrap::listen(settings.listen).await?;
    let folder = tempfile::tempdir().map_err(|error| format!("cannot make a folder: {error}"))?;
    let keys = [new_key()?, new_key()?];
    let options = Options {
        app_keys: keys.to_vec(),
        latency: args.latency,
        fault: args.fault,
        ..Options::default()
    };
    let api = start_simulator(options).await?;
    let mut settings = settings.clone();
    settings.data_dir = folder.path().to_owned();
    settings.database_url = None;
    settings.secret_key_file = None;
    settings.old_secret_key_files.clear();
    settings.public_url = None;
    settings.trusted_proxies = Vec::new();
    settings.token_prefix = None;
    // The simulated API has no limit, and the archive fills within seconds.
    settings.archive_pace = Pace(Duration::ZERO);
    // The sign-ins that it prints work as they are.
    settings.second_factor = SecondFactorRule::Optional;
    settings.sign_in = settings.sign_in.only_passwords();
    settings.api_kr1 = api.clone();
    settings.api_kr2 = api;
    let store = bootstrap::open_store(&settings).await?;
    let sign_ins = people(&store, &keys).await?;
    // Fills the first overview; an API that hangs must not delay the start.
    tokio::spawn(read_lists(store.clone(), bootstrap::api(&settings)?));
    say(&format!(
        "Secmon Portal, demo: {}",
        settings.public_url(address)
    ));
    say("Sign in as one of (the last two words are username and password):");
    for (role, username, password) in sign_ins {
        say(&format!("  {role:<11} {username} {password}"));
    }
    let ways = SignInWays::default();
    bootstrap::serve((&settings, ways), store, listener, address, stop).await
}

async fn read_lists(store: Store, secmon: Secmon) {
    let control = Control::new(store.clone(), secmon, Clock::system());
    for team in store.teams().await.unwrap_or_default() {
        let Ok(access) = store.api_access(&team).await else {
            continue;
        };
        if let Err(error) = control.read_lists(&access).await {
            tracing::warn!(team = %team.slug, %error, "the lists could not be read");
        }
    }
}

async fn start_simulator(options: Options) -> Result<Url, String> {
    let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let (listener, address) = bootstrap::listen(any_port).await?;
    let simulator = Simulator::new(options);
    // It ends with the process.
    tokio::spawn(simulator.serve(listener, std::future::pending::<()>()));
    Url::parse(&format!("http://{address}")).map_err(|error| error.to_string())
}

/// Two teams, and a user for each role.
async fn people(
    store: &Store,
    keys: &[AppKey; 2],
) -> Result<Vec<(String, &'static str, String)>, String> {
    let by = AuditRecord::by_command_line();
    let failed = |error: crate::store::Error| error.to_string();
    let mut teams: Vec<Team> = Vec::new();
    let named = [
        ("shop", "쇼핑몰 운영팀", Region::Kr1),
        ("bank", "뱅킹 플랫폼팀", Region::Kr2),
    ];
    for ((slug, name, region), app_key) in named.into_iter().zip(keys) {
        let slug = slug
            .parse()
            .map_err(|_| "a slug of the demo is wrong".to_owned())?;
        let team = NewTeam {
            slug,
            name: name.to_owned(),
            region,
            app_key: app_key.clone(),
            token: None,
        };
        store.add_team(&team, &by).await.map_err(failed)?;
        teams.extend(store.team(&team.slug).await.map_err(failed)?);
    }
    let passwords = Passwords::new().await.map_err(|error| error.to_string())?;
    let mut sign_ins = Vec::new();
    for (username, display_name, role) in PEOPLE {
        let password = random_text()?;
        let hash = passwords.hash(&password).await;
        let member = |team: &Team| role.map(|role| (team.clone(), role));
        let user = NewUser {
            username: username
                .parse()
                .map_err(|_| "a name of the demo is wrong".to_owned())?,
            display_name: display_name.to_owned(),
            site_admin: role.is_none(),
            members: teams.iter().filter_map(member).collect(),
            password_hash: hash.map_err(|error| error.to_string())?,
        };
        store.add_user(&user, &by).await.map_err(failed)?;
        let role = role.map_or_else(|| "site admin".to_owned(), |role| role.to_string());
        sign_ins.push((role, username, password));
    }
    Ok(sign_ins)
}

fn new_key() -> Result<AppKey, String> {
    AppKey::parse(&random_text()?).map_err(|refused| format!("a key of the demo {refused}"))
}

/// 16 random letters and digits, none of which looks like another.
fn random_text() -> Result<String, String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers: {error}"))?;
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    Ok(bytes.iter().map(letter).collect())
}
