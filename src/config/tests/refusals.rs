//! What an operator reads when a setting or the command line is wrong.

use super::refusal;

/// An option, a value that is refused, and a part of the reason.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "--listen",
        "8080",
        "(SECMON_PORTAL_LISTEN) must be an address and a port, such as 127.0.0.1:8080",
    ),
    (
        "--listen",
        "127.0.0.1:99999",
        "(SECMON_PORTAL_LISTEN) must be an address and a port",
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
        "must begin with https://, since it says who somebody is",
    ),
    ("--oidc-issuer", "login.example", "is not an address"),
    ("--oidc-client-id", " ", "must be one line of text"),
    (
        "--local-sign-in",
        "never",
        "(SECMON_PORTAL_LOCAL_SIGN_IN) must be one of: on, off",
    ),
    ("--sync-interval", "never", "is neither off nor a time"),
    ("--sync-interval", "1s", "must be off, or at least 10s"),
    ("--session-idle", "8", "is not a time such as 8h"),
    (
        "--session-idle",
        "59s",
        "must be at least 1m and at most 30days",
    ),
    (
        "--session-limit",
        "31days",
        "(SECMON_PORTAL_SESSION_LIMIT) must be at least 1m",
    ),
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
    (
        "--api-gov-kr1",
        "https://",
        "(SECMON_PORTAL_API_GOV_KR1) is not an address",
    ),
    (
        "--api-gov-kr2",
        "https://kr2.example#x",
        "(SECMON_PORTAL_API_GOV_KR2) must end with the path",
    ),
    (
        "--token-url",
        "oauth",
        "(SECMON_PORTAL_TOKEN_URL) is not an address",
    ),
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
    ("--api-timeout", "0s", "must be more than 0"),
    (
        "--api-timeout",
        "60s",
        "must be less than 60s: a gateway gives up",
    ),
    ("--api-max-body", "0", "must be more than 0"),
    ("--api-max-body", "much", "must be a size, such as 16MiB"),
    (
        "--trusted-proxies",
        "10.0.0.0/33",
        "(SECMON_PORTAL_TRUSTED_PROXIES) must hold addresses or CIDRs",
    ),
    (
        "--trusted-proxies",
        "10.0.0.1,,10.0.0.2",
        "must hold addresses or CIDRs",
    ),
    (
        "--log",
        "secmon_portal=loud",
        "(SECMON_PORTAL_LOG) is not a tracing filter: ",
    ),
    (
        "--log-format",
        "yaml",
        "(SECMON_PORTAL_LOG_FORMAT) must be one of: text, json",
    ),
];

#[test]
fn a_bad_value_is_refused_in_one_line_that_names_the_variable() {
    for (option, value, reason) in REFUSED {
        let refusal = refusal(&[&format!("{option}={value}")]);
        assert!(
            refusal.starts_with(&format!("{option} (SECMON_PORTAL_")),
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
fn a_line_that_is_not_understood_is_answered_in_one_line() {
    for (arguments, expected) in [
        (
            &["--lisen", "x"][..],
            "there is no option '--lisen' here (did you mean '--listen'?)",
        ),
        (&["--zzz=hunter2"], "there is no option '--zzz' here"),
        (
            &["serve", "hunter2"],
            "there is a word too many; --help shows how the command is written",
        ),
        (
            &["serv"],
            "there is no command 'serv' (did you mean 'serve'?)",
        ),
        (
            &["--listen"],
            "--listen (SECMON_PORTAL_LISTEN) needs a value",
        ),
        (&["team"], "missing: --slug <SLUG>"),
        (
            &["team", "--slug=a", "--slug=b"],
            "--slug: an argument cannot be used with one or more of the other specified arguments",
        ),
    ] {
        assert_eq!(refusal(arguments), expected);
    }
}
