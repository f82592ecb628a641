//! Invalid settings: the program names one in one line and exits.

use std::net::TcpListener;

use crate::support::{CommandExt as _, Place};

#[test]
fn invalid_setting_is_named_in_one_line() {
    let place = Place::new();
    for (variable, value) in [
        ("LISTEN", "8080"),
        ("LISTEN", "127.0.0.1:99999"),
        ("LISTEN", "no such host:80"),
        ("API_TIMEOUT", "0s"),
        ("API_TIMEOUT", "2m"),
        ("API_TIMEOUT", "soon"),
        ("API_MAX_BODY", "0"),
        ("API_MAX_BODY", "large"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy.internal"),
        ("PUBLIC_URL", "portal.example"),
        ("PUBLIC_URL", "ftp://portal.example"),
        ("PUBLIC_URL", "https://portal.example/secmon"),
        ("API_KR1", "kr1.example"),
        ("API_GOV_KR2", "https://kr2.example/?a=b"),
        ("TOKEN_URL", "://"),
        ("TOKEN_PREFIX", "two words"),
        ("LOG", "secmon_portal=loud"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_URL", "mysql://portal@db/portal"),
        ("OIDC_ISSUER", "http://login.example"),
        ("OIDC_ISSUER", "login.example"),
        ("OIDC_CREATE_USERS", "yes"),
        ("LOCAL_SIGN_IN", "never"),
    ] {
        let variable = format!("SECMON_PORTAL_{variable}");
        let mut command = place.program("serve --listen 127.0.0.1:0");
        if variable == "SECMON_PORTAL_LISTEN" {
            command = place.program("serve");
        }
        let reason = command.env(&variable, value).ends().refuses();
        assert!(reason.contains(&variable), "{value}: {reason}");
    }
    assert!(!place.path("data").exists(), "nothing was made");
}

#[test]
fn conflicting_login_settings_are_named_in_one_line() {
    let place = Place::new();
    let empty = place.file("empty", "\n");
    let empty = empty.to_str().expect("is text");
    let issuer = ("OIDC_ISSUER", "https://login.example");
    let client = ("OIDC_CLIENT_ID", "portal");
    for (settings, told) in [
        (&[("LOCAL_SIGN_IN", "off")][..], "nobody could sign in"),
        (&[issuer], "SECMON_PORTAL_OIDC_CLIENT_ID is not"),
        (&[client], "SECMON_PORTAL_OIDC_ISSUER is not"),
        (
            &[("OIDC_GROUPS", "a=acme:viewer")],
            "SECMON_PORTAL_OIDC_ISSUER is not",
        ),
        (
            &[("OIDC_CREATE_USERS", "on")],
            "SECMON_PORTAL_OIDC_ISSUER is not",
        ),
        (
            &[issuer, client, ("OIDC_GROUPS", "a=acme:viewer;b=acme")],
            "SECMON_PORTAL_OIDC_GROUPS must hold GROUP=TEAM:ROLE",
        ),
        (
            &[issuer, client, ("OIDC_CLIENT_SECRET_FILE", "missing")],
            "cannot read missing",
        ),
        (
            &[issuer, client, ("OIDC_CLIENT_SECRET_FILE", empty)],
            "is empty",
        ),
    ] {
        let mut command = place.program("serve --listen 127.0.0.1:0");
        for (variable, value) in settings {
            command.env(format!("SECMON_PORTAL_{variable}"), value);
        }
        let reason = command.ends().fails();
        assert!(reason.contains(told), "{settings:?}: {reason}");
    }
    assert!(!place.path("data").exists(), "nothing was made");
}

#[test]
fn secret_in_an_invalid_setting_is_not_repeated() {
    let place = Place::new();
    for (variable, value) in [
        ("DATABASE_URL", "mysql://portal:hunter2@db/portal"),
        ("DATABASE_URL", "postgres://portal:hunter2@db:port/portal"),
        ("API_KR1", "https://user:hunter2@proxy.internal"),
        ("PUBLIC_URL", "https://user:hunter2@portal.example"),
        ("TOKEN_URL", "hunter2"),
        ("LISTEN", "hunter2"),
        ("LOG", "secmon_portal=hunter2"),
        ("LOG_FORMAT", "hunter2"),
        ("TOKEN_PREFIX", "hunter2 hunter2"),
    ] {
        let mut command = place.program("team list");
        let ended = command.env(format!("SECMON_PORTAL_{variable}"), value);
        let reason = ended.ends().refuses();
        assert!(!reason.contains("hunter2"), "{variable}: {reason}");
    }
}

#[test]
fn unreachable_database_is_reported_without_its_password() {
    let place = Place::new();
    let nobody = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = nobody.local_addr().expect("is bound");
    drop(nobody);
    let url = format!("postgres://portal:hunter2@{address}/portal");
    let mut command = place.program("team list");
    let reason = command
        .env("SECMON_PORTAL_DATABASE_URL", url)
        .ends()
        .fails();
    assert_eq!(
        reason,
        "cannot open the database: no server answers at its address"
    );
}

#[test]
fn occupied_port_is_reported_in_one_line() {
    let place = Place::new();
    let other = TcpListener::bind("127.0.0.1:0").expect("binds");
    let address = other.local_addr().expect("is bound");
    for command in ["serve", "demo", "simulator"] {
        let reason = place.run(&format!("{command} --listen {address}")).fails();
        assert!(
            reason.contains(&address.to_string()) && reason.contains("in use"),
            "{command}: {reason}"
        );
    }
}
