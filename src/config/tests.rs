//! Parsing of options and environment variables.

use std::{ffi::OsString, process::Command};

use clap::Parser;

use super::*;

mod refusals;

#[derive(Debug, Parser)]
#[command(name = "secmon-portal", version)]
struct Line {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Subcommand>,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    Serve,
    Team {
        #[arg(long)]
        slug: String,
    },
}

fn line(arguments: &[&str]) -> Result<Line, clap::Error> {
    let line = ["secmon-portal"]
        .iter()
        .chain(arguments)
        .map(OsString::from);
    parse(line)
}

fn settings(arguments: &[&str]) -> Settings {
    match line(arguments) {
        Ok(line) => line.settings,
        Err(error) => panic!("{arguments:?}: {}", one_line(error)),
    }
}

fn refusal(arguments: &[&str]) -> String {
    one_line(line(arguments).expect_err("is refused"))
}

#[test]
fn default_settings_listen_on_loopback_only() {
    let settings = settings(&[]);
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        settings.public_url(settings.listen).as_str(),
        "http://127.0.0.1:8080/"
    );
    assert_eq!(
        settings.data_dir,
        std::env::current_dir().expect("is there").join("data")
    );
    assert_eq!(
        settings.secret_key_file(),
        settings.data_dir.join("secret.key")
    );
    assert!(settings.old_secret_key_files.is_empty());
    assert_eq!(settings.api_timeout, Duration::from_secs(10));
    assert_eq!(settings.api_max_body.as_u64(), 16 * 1024 * 1024);
    assert_eq!(settings.keep_alive, Duration::from_mins(2));
    assert_eq!(settings.metrics_listen, None);
    assert_eq!(settings.token_prefix, None);
    assert_eq!(settings.token_url.path(), "/oauth2/token/create");
    assert_eq!(settings.second_factor, SecondFactorRule::Optional);
    assert_eq!(settings.log, "info");
    assert_eq!(settings.log_format, LogFormat::Text);
    assert!(settings.trusted_proxies.is_empty());
    let hosts = settings
        .api_addresses()
        .map(|(code, url)| format!("{code} {}", url.host_str().unwrap_or_default()));
    assert_eq!(
        hosts,
        [
            "kr1 kr1-secmon.api.nhncloudservice.com",
            "kr2 kr2-secmon.api.nhncloudservice.com",
            "kr3 kr3-secmon.api.nhncloudservice.com",
            "gov-kr1 kr1-secmon.api.gov-nhncloudservice.com",
            "gov-kr2 kr2-secmon.api.gov-nhncloudservice.com",
        ]
    );
}

#[test]
fn option_is_accepted_before_and_after_the_command() {
    for arguments in [
        ["--listen", "[::1]:0", "serve"],
        ["serve", "--listen", "[::1]:0"],
    ] {
        assert_eq!(settings(&arguments).listen.to_string(), "[::1]:0");
    }
}

#[test]
fn host_name_is_accepted_as_listen_address() {
    let listen = settings(&["--listen", "localhost:8080"]).listen;
    assert!(
        listen.ip().is_loopback() && listen.port() == 8080,
        "{listen}"
    );
}

#[test]
fn public_url_defaults_to_the_bound_address() {
    let bound = "[::1]:4711".parse().expect("parses");
    assert_eq!(
        settings(&[]).public_url(bound).as_str(),
        "http://[::1]:4711/"
    );
    let everywhere = "0.0.0.0:8080".parse().expect("parses");
    assert_eq!(
        settings(&[]).public_url(everywhere).as_str(),
        "http://localhost:8080/"
    );
    let public = settings(&["--public-url", "https://portal.example"]).public_url(bound);
    assert_eq!(public.as_str(), "https://portal.example/");
}

#[test]
fn data_directory_is_normalized() {
    let here = std::env::current_dir().expect("is there");
    for (given, expected) in [
        ("/srv/portal", "/srv/portal".into()),
        ("/srv/portal/", "/srv/portal".into()),
        ("/srv/./other/../portal", "/srv/portal".into()),
        ("/..", "/".into()),
        ("x", here.join("x")),
        ("./x/../y", here.join("y")),
        ("../x", here.parent().expect("has one").join("x")),
    ] {
        assert_eq!(
            settings(&["--data-dir", given]).data_dir,
            expected,
            "{given}"
        );
    }
}

#[test]
fn database_file_may_have_any_name() {
    for (folder, expected) in [
        ("/srv/portal", "sqlite:///srv/portal/portal.db?mode=rwc"),
        ("/srv/my data", "sqlite:///srv/my%20data/portal.db?mode=rwc"),
        ("/srv/50%?#", "sqlite:///srv/50%25%3F%23/portal.db?mode=rwc"),
        ("/srv/a:b@c", "sqlite:///srv/a%3Ab%40c/portal.db?mode=rwc"),
        ("/관제", "sqlite:///%EA%B4%80%EC%A0%9C/portal.db?mode=rwc"),
    ] {
        let url = settings(&["--data-dir", folder]).database_url();
        assert_eq!(url, expected);
        assert_eq!(
            Url::parse(&url).expect("parses").as_str(),
            expected,
            "the driver reads it through Url"
        );
    }
}

#[test]
fn database_url_is_accepted() {
    for (given, expected) in [
        (
            "sqlite:///srv/portal.db",
            "sqlite:///srv/portal.db?mode=rwc",
        ),
        ("sqlite://portal.db", "sqlite://portal.db?mode=rwc"),
        ("sqlite:portal.db", "sqlite:portal.db?mode=rwc"),
        (
            "sqlite:///srv/portal.db?mode=ro",
            "sqlite:///srv/portal.db?mode=ro",
        ),
        (
            "sqlite:///srv/portal.db?cache=private",
            "sqlite:///srv/portal.db?cache=private&mode=rwc",
        ),
        (
            "postgres://portal:secret@db/portal",
            "postgres://portal:secret@db/portal",
        ),
        (
            "postgresql://portal@localhost/portal?host=/run/pg",
            "postgresql://portal@localhost/portal?host=/run/pg",
        ),
    ] {
        assert_eq!(
            settings(&["--database-url", given]).database_url(),
            expected
        );
    }
}

#[test]
fn database_password_is_never_printed() {
    let settings = settings(&["--database-url", "postgres://portal:hunter2@db/portal"]);
    let printed = format!("{settings:?}");
    assert!(
        printed.contains("postgres:…") && !printed.contains("hunter2"),
        "{printed}"
    );
    for bad in [
        "mysql://portal:hunter2@db/portal",
        "postgres://portal:hunter2@db:port/portal",
        "portal:hunter2@db",
        "hunter2",
    ] {
        let refusal = refusal(&["--database-url", bad]);
        assert!(
            refusal.contains("'--database-url <URL> (SECMON_PORTAL_DATABASE_URL)'"),
            "{refusal}"
        );
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }
}

#[test]
fn proxies_are_networks_or_single_addresses() {
    let settings = settings(&["--trusted-proxies", "10.1.2.3/8, 192.0.2.1,2001:db8::/32"]);
    let printed: Vec<_> = settings
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(printed, ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]);
}

#[test]
fn help_names_every_variable_and_no_value() {
    let error = line(&["--help"]).expect_err("shows the help");
    assert_eq!(
        (error.kind(), error.exit_code()),
        (clap::error::ErrorKind::DisplayHelp, 0)
    );
    let help = error.to_string();
    for name in NAMES {
        assert!(help.contains(&format!("[env: {name}]")), "{name} in {help}");
    }
    let version = line(&["--version"]).expect_err("shows the version");
    assert_eq!(version.exit_code(), 0);
}

/// the interface's table, so that a variable that is renamed by accident fails here.
const NAMES: &[&str] = &[
    "SECMON_PORTAL_LISTEN",
    "SECMON_PORTAL_DATA_DIR",
    "SECMON_PORTAL_DATABASE_URL",
    "SECMON_PORTAL_SECRET_KEY_FILE",
    "SECMON_PORTAL_OLD_SECRET_KEY_FILES",
    "SECMON_PORTAL_PUBLIC_URL",
    "SECMON_PORTAL_API_KR1",
    "SECMON_PORTAL_API_KR2",
    "SECMON_PORTAL_API_KR3",
    "SECMON_PORTAL_API_GOV_KR1",
    "SECMON_PORTAL_API_GOV_KR2",
    "SECMON_PORTAL_TOKEN_URL",
    "SECMON_PORTAL_TOKEN_PREFIX",
    "SECMON_PORTAL_API_TIMEOUT",
    "SECMON_PORTAL_API_MAX_BODY",
    "SECMON_PORTAL_TRUSTED_PROXIES",
    "SECMON_PORTAL_KEEP_ALIVE",
    "SECMON_PORTAL_METRICS_LISTEN",
    "SECMON_PORTAL_SECOND_FACTOR",
    "SECMON_PORTAL_SESSION_IDLE",
    "SECMON_PORTAL_SESSION_LIMIT",
    "SECMON_PORTAL_SYNC_INTERVAL",
    "SECMON_PORTAL_ARCHIVE_PACE",
    "SECMON_PORTAL_LOG",
    "SECMON_PORTAL_LOG_FORMAT",
];

/// Runs one test of this file in a child process: a process cannot safely change its own variables.
fn passes_with(test: &str, variables: impl IntoIterator<Item = (&'static str, &'static str)>) {
    let output = Command::new(std::env::current_exe().expect("is known"))
        .args(["--exact", &format!("config::tests::{test}")])
        .envs(variables)
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[test]
fn empty_variable_counts_as_unset() {
    let empty = NAMES.iter().map(|name| (*name, ""));
    passes_with("default_settings_listen_on_loopback_only", empty.clone());
    passes_with("help_names_every_variable_and_no_value", empty);
}

#[test]
fn option_overrides_its_variable() {
    if std::env::var_os("SECMON_PORTAL_LOG_FORMAT").is_none() {
        return passes_with(
            "option_overrides_its_variable",
            [
                ("SECMON_PORTAL_LOG_FORMAT", "json"),
                ("SECMON_PORTAL_TRUSTED_PROXIES", "10.0.0.0/8,::1"),
            ],
        );
    }
    assert_eq!(settings(&[]).log_format, LogFormat::Json);
    assert_eq!(settings(&["serve"]).log_format, LogFormat::Json);
    assert_eq!(
        settings(&["serve", "--log-format", "text"]).log_format,
        LogFormat::Text
    );
    assert_eq!(settings(&["serve"]).trusted_proxies.len(), 2);
}
