//! `--help` and errors of the command line.

use crate::support::Place;

const COMMANDS: &[&str] = &[
    "",
    "serve",
    "demo",
    "simulator",
    "healthcheck",
    "team",
    "team add",
    "team list",
    "team check",
    "team set-key",
    "team remove",
    "user",
    "user add",
    "user list",
    "user set-password",
    "user disable",
    "audit",
    "audit verify",
    "archive",
    "archive status",
    "archive sync",
    "backup",
    "rotate-key",
    "user reset-second-factor",
    "--listen 127.0.0.1:0",
];

/// Every setting: its option and its variable.
const SETTINGS: &[(&str, &str)] = &[
    ("--listen", "SECMON_PORTAL_LISTEN"),
    ("--data-dir", "SECMON_PORTAL_DATA_DIR"),
    ("--database-url", "SECMON_PORTAL_DATABASE_URL"),
    ("--secret-key-file", "SECMON_PORTAL_SECRET_KEY_FILE"),
    (
        "--old-secret-key-files",
        "SECMON_PORTAL_OLD_SECRET_KEY_FILES",
    ),
    ("--public-url", "SECMON_PORTAL_PUBLIC_URL"),
    ("--api-kr1", "SECMON_PORTAL_API_KR1"),
    ("--api-kr2", "SECMON_PORTAL_API_KR2"),
    ("--api-kr3", "SECMON_PORTAL_API_KR3"),
    ("--api-gov-kr1", "SECMON_PORTAL_API_GOV_KR1"),
    ("--api-gov-kr2", "SECMON_PORTAL_API_GOV_KR2"),
    ("--token-url", "SECMON_PORTAL_TOKEN_URL"),
    ("--token-prefix", "SECMON_PORTAL_TOKEN_PREFIX"),
    ("--api-timeout", "SECMON_PORTAL_API_TIMEOUT"),
    ("--api-max-body", "SECMON_PORTAL_API_MAX_BODY"),
    ("--trusted-proxies", "SECMON_PORTAL_TRUSTED_PROXIES"),
    ("--keep-alive", "SECMON_PORTAL_KEEP_ALIVE"),
    ("--metrics-listen", "SECMON_PORTAL_METRICS_LISTEN"),
    ("--second-factor", "SECMON_PORTAL_SECOND_FACTOR"),
    ("--session-idle", "SECMON_PORTAL_SESSION_IDLE"),
    ("--session-limit", "SECMON_PORTAL_SESSION_LIMIT"),
    ("--oidc-issuer", "SECMON_PORTAL_OIDC_ISSUER"),
    ("--oidc-client-id", "SECMON_PORTAL_OIDC_CLIENT_ID"),
    (
        "--oidc-client-secret-file",
        "SECMON_PORTAL_OIDC_CLIENT_SECRET_FILE",
    ),
    ("--oidc-audiences", "SECMON_PORTAL_OIDC_AUDIENCES"),
    ("--oidc-name", "SECMON_PORTAL_OIDC_NAME"),
    ("--oidc-scopes", "SECMON_PORTAL_OIDC_SCOPES"),
    ("--oidc-groups-claim", "SECMON_PORTAL_OIDC_GROUPS_CLAIM"),
    ("--oidc-groups", "SECMON_PORTAL_OIDC_GROUPS"),
    ("--oidc-create-users", "SECMON_PORTAL_OIDC_CREATE_USERS"),
    ("--local-sign-in", "SECMON_PORTAL_LOCAL_SIGN_IN"),
    ("--sync-interval", "SECMON_PORTAL_SYNC_INTERVAL"),
    ("--archive-pace", "SECMON_PORTAL_ARCHIVE_PACE"),
    ("--log", "SECMON_PORTAL_LOG"),
    ("--log-format", "SECMON_PORTAL_LOG_FORMAT"),
];

/// Options of single commands.
const OWN: [(&str, &str); 9] = [
    ("demo", "--latency --fault"),
    (
        "simulator",
        "--listen --app-key-file --vms --tickets --events --history --seed --fault --token-file",
    ),
    (
        "team add",
        "--slug --name --region --app-key-file --token-file",
    ),
    ("team check", "--slug"),
    ("team set-key", "--slug --app-key-file --token-file"),
    (
        "user add",
        "--username --display-name --site-admin --member --password-file",
    ),
    ("user set-password", "--username --password-file"),
    ("user reset-second-factor", "--username"),
    ("healthcheck", "--url"),
];

#[test]
fn help_of_every_command_names_every_setting() {
    let place = Place::new();
    for command in COMMANDS {
        let help = place.run(&format!("{command} --help")).succeeds();
        let words: Vec<&str> = help
            .split(|c: char| c.is_whitespace() || "[]=,".contains(c))
            .collect();
        for (option, variable) in SETTINGS {
            // The simulator has its own `--listen`.
            let own_listener = *command == "simulator" && *option == "--listen";
            assert!(words.contains(option), "{command} {option}:\n{help}");
            assert!(
                own_listener || words.contains(variable),
                "{command} {variable}:\n{help}"
            );
        }
    }
}

#[test]
fn help_of_a_command_names_its_own_options() {
    let place = Place::new();
    for (command, options) in OWN {
        let help = place.run(&format!("{command} --help")).succeeds();
        for option in options.split(' ') {
            assert!(help.contains(option), "{command} {option}:\n{help}");
        }
    }
}

#[test]
fn help_names_every_command_and_no_environment_value() {
    let place = Place::new();
    let mut command = place.program("--help");
    command.env(
        "SECMON_PORTAL_DATABASE_URL",
        "postgres://portal:hunter2@db.internal/portal",
    );
    let help = crate::support::CommandExt::ends(&mut command).succeeds();
    for name in [
        "serve",
        "demo",
        "simulator",
        "team",
        "user",
        "rotate-key",
        "healthcheck",
    ] {
        assert!(
            help.lines().any(|line| line.trim().starts_with(name)),
            "{name}:\n{help}"
        );
    }
    assert!(!help.contains("hunter2") && !help.contains("db.internal"));
}

#[test]
fn version_is_one_line() {
    let version = Place::new().run("--version").succeeds();
    assert_eq!(
        version,
        format!("secmon-portal {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn invalid_argument_is_reported_in_one_line() {
    let place = Place::new();
    for (line, told) in [
        (
            "--lisen 127.0.0.1:0",
            "a similar argument exists: '--listen'",
        ),
        ("serve --nonsense", "unexpected argument '--nonsense' found"),
        ("user --nonsense", "unexpected argument '--nonsense' found"),
        ("teem list", "unrecognized subcommand 'teem'"),
        ("team", "subcommand"),
        ("team add --slug acme", "--app-key-file"),
        ("user add", "--password-file"),
        ("team add --slug", "a value is required for '--slug"),
        (
            "user disable --username a stray-secret",
            "unexpected argument '…' found",
        ),
        ("demo --fault nonsense", "--fault"),
        ("simulator --vms many", "--vms"),
    ] {
        let reason = place.run(line).refuses();
        assert!(reason.contains(told), "{line}: {reason}");
        assert!(!reason.contains("stray-secret"), "{reason}");
    }
    assert!(!place.path("data").exists(), "nothing was made");
}

#[test]
fn app_key_and_password_are_no_options() {
    let place = Place::new();
    for line in [
        "team add --slug acme --name Acme --region kr1 --app-key s3cret-key",
        "user add --username kim --password s3cret-key",
    ] {
        let reason = place.run(line).refuses();
        assert!(!reason.contains("s3cret"), "{reason}");
    }
}
