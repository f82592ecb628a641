//! Error messages for invalid settings and command lines.

use super::refusal;

/// An option, a value that is refused, and a part of the reason.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "--listen",
        "8080",
        "must be an address and a port, such as 127.0.0.1:8080",
    ),
    (
        "--listen",
        "127.0.0.1:99999",
        "must be an address and a port",
    ),
    (
        "--database-url",
        "sqlite::memory:",
        "must name a file: each connection",
    ),
    (
        "--database-url",
        "sqlite:///a.db?mode=memory",
        "must name a file: each connection",
    ),
    ("--database-url", "sqlite://", "must name a file, such as"),
    (
        "--database-url",
        "sqlite:///srv/",
        "must name a file, such as",
    ),
    ("--database-url", "sqlite:///a#b.db", "must not hold #"),
    (
        "--database-url",
        "sqlite://./../a.db",
        "must name the file without ..",
    ),
    (
        "--database-url",
        "sqlite://my data/a.db",
        "a space is written as %20",
    ),
    (
        "--oidc-issuer",
        "http://login.example",
        "must begin with https://, since it decides who signs in",
    ),
    ("--oidc-issuer", "login.example", "is not an address"),
    ("--oidc-client-id", " ", "must be one line of text"),
    ("--local-sign-in", "never", "[possible values: on, off]"),
    ("--sync-interval", "never", "is neither off nor a time"),
    (
        "--sync-interval",
        "5",
        "is neither off nor a time such as 5m",
    ),
    ("--sync-interval", "1s", "must be off, or at least 10s"),
    ("--sync-interval", "-1m", "is neither off nor a time"),
    ("--sync-interval", "100years", "at most 24h"),
    ("--keep-alive", "120", "is not a time such as 120s"),
    ("--keep-alive", "0s", "must be at least 1s"),
    ("--metrics-listen", "9090", "must be an address and a port"),
    ("--public-url", "http://0.0.0.0:8080", "that people open"),
    ("--session-idle", "8", "is not a time such as 8h"),
    (
        "--session-idle",
        "59s",
        "must be at least 1m and at most 30days",
    ),
    ("--session-limit", "31days", "must be at least 1m"),
    ("--public-url", "portal.example", "is not an address"),
    (
        "--public-url",
        "https://portal.example/secmon",
        "without a path",
    ),
    ("--public-url", "https://portal.example/?a", "no ? and no #"),
    (
        "--api-kr1",
        "ftp://kr1.example",
        "must begin with http:// or https://",
    ),
    (
        "--api-kr2",
        "https://a:hunter2@kr2.example",
        "no user name and no password",
    ),
    ("--api-kr3", "https://kr3.example?x=1", "no ? and no #"),
    ("--api-gov-kr1", "https://", "is not an address"),
    (
        "--api-gov-kr2",
        "https://kr2.example#x",
        "must end with the path",
    ),
    ("--token-url", "oauth", "is not an address"),
    (
        "--token-prefix",
        "Bearer token",
        "must be one word of printable ASCII",
    ),
    (
        "--token-prefix",
        "a\r\nb",
        "must be one word of printable ASCII",
    ),
    ("--api-timeout", "10", "is not a time such as 10s"),
    ("--api-timeout", "0s", "must be at least 100ms"),
    (
        "--api-timeout",
        "60s",
        "must be less than 60s: a gateway gives up",
    ),
    ("--api-max-body", "0", "must be at least 64KiB"),
    (
        "--api-max-body",
        "16",
        "must be at least 64KiB and at most 1GiB, with its unit, such as 16MiB",
    ),
    ("--api-max-body", "-1", "must be a size, such as 16MiB"),
    ("--api-max-body", "1TiB", "at most 1GiB"),
    ("--api-max-body", "much", "must be a size, such as 16MiB"),
    (
        "--trusted-proxies",
        "10.0.0.0/33",
        "must hold addresses or CIDRs",
    ),
    (
        "--trusted-proxies",
        "10.0.0.1,,10.0.0.2",
        "must hold addresses or CIDRs",
    ),
    ("--log", "secmon_portal=loud", "is not a tracing filter: "),
    ("--log-format", "yaml", "[possible values: text, json]"),
];

#[test]
fn invalid_value_is_refused_in_one_line_with_its_variable() {
    for (option, value, reason) in REFUSED {
        let refusal = refusal(&[&format!("{option}={value}")]);
        assert!(
            refusal.contains(&format!("for '{option} <")) && refusal.contains("(SECMON_PORTAL_"),
            "{refusal}"
        );
        assert!(refusal.contains(reason), "{refusal}");
        assert!(
            !refusal.contains('\n') && !refusal.contains('\u{1b}') && !refusal.contains("hunter2"),
            "{refusal}"
        );
    }
}

#[test]
fn invalid_command_line_is_refused_in_one_line() {
    for (arguments, expected) in [
        (
            &["--lisen", "x"][..],
            "unexpected argument '--lisen' found tip: a similar argument exists: '--listen' (see --help)",
        ),
        (
            &["--zzz=hunter2"],
            "unexpected argument '--zzz' found (see --help)",
        ),
        (
            &["serve", "hunter2"],
            "unexpected argument '…' found (see --help)",
        ),
        (
            &["serv"],
            "unrecognized subcommand 'serv' tip: a similar subcommand exists: 'serve' (see --help)",
        ),
        (
            &["--listen"],
            "a value is required for '--listen <ADDRESS> (SECMON_PORTAL_LISTEN)' but none was supplied (see --help)",
        ),
        (
            &["team"],
            "the following required arguments were not provided: --slug <SLUG> (see --help)",
        ),
        (
            &["team", "--slug=a", "--slug=b"],
            "the argument '--slug <SLUG>' cannot be used multiple times (see --help)",
        ),
    ] {
        assert_eq!(refusal(arguments), expected);
    }
}
