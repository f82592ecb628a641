//! The data directory and the key: created on the first start, never overwritten.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::support::{CommandExt as _, Place};

#[test]
fn first_command_creates_private_directory_and_key() {
    let place = Place::new();
    assert_eq!(place.run("team list").succeeds(), "");
    let mode = |name: &str| {
        let about = fs::metadata(place.path(name)).expect(name);
        about.permissions().mode() & 0o777
    };
    assert_eq!(mode("data"), 0o700);
    assert_eq!(mode("data/secret.key"), 0o600);
    let key = fs::read(place.path("data/secret.key")).expect("the key");
    assert_eq!(key.len(), 32);
    assert_eq!(place.run("user list").succeeds(), "");
    let same = fs::read(place.path("data/secret.key")).expect("the key");
    assert_eq!(same, key, "a second start keeps the key");
}

#[test]
fn external_database_is_private_and_readable_key_is_warned_of() {
    let place = Place::new();
    let file = place.path("elsewhere.db");
    let address = format!("sqlite://{}", file.display());
    let list = || {
        let mut command = place.program("team list");
        command.env("SECMON_PORTAL_DATABASE_URL", &address).ends()
    };
    list().succeeds();
    let about = fs::metadata(&file).expect("is there");
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
    let key = place.path("data/secret.key");
    fs::set_permissions(key, fs::Permissions::from_mode(0o644)).expect("is changed");
    let told = list();
    assert_eq!(told.status.code(), Some(0), "{told:?}");
    assert!(
        told.stderr
            .contains("the key file is readable by other users"),
        "{told:?}"
    );
}

#[test]
fn unwritable_data_directory_is_reported_in_one_line() {
    let place = Place::new();
    place.file("data", "somebody's notes");
    // Not even root can make a folder in /proc.
    for folder in ["data", "data/below", "/proc/secmon-portal"] {
        for command in ["serve --listen 127.0.0.1:0", "team list", "user list"] {
            let reason = place
                .program(command)
                .env("SECMON_PORTAL_DATA_DIR", folder)
                .ends()
                .fails();
            assert!(reason.contains("data directory"), "{folder}: {reason}");
        }
    }
    let notes = fs::read(place.path("data")).expect("is still there");
    assert_eq!(notes, b"somebody's notes");
}

#[test]
fn key_creation_failure_is_reported_in_one_line() {
    let place = Place::new();
    let reason = place
        .program("serve --listen 127.0.0.1:0")
        .env("SECMON_PORTAL_SECRET_KEY_FILE", "/proc/secmon-portal.key")
        .ends()
        .fails();
    assert!(reason.contains("/proc/secmon-portal.key"), "{reason}");
}

#[test]
fn invalid_database_file_is_reported_and_kept() {
    let place = Place::new();
    fs::create_dir(place.path("data")).expect("a folder");
    place.file(
        "data/portal.db",
        "this is a letter, not a database\n".repeat(99),
    );
    let before = place.files();
    let reason = place.run("serve --listen 127.0.0.1:0").fails();
    assert!(reason.contains("database"), "{reason}");
    assert_eq!(place.files(), before);
}

/// A data directory with an encrypted team key.
fn place_with_secrets() -> Place {
    let place = Place::new();
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "the-key-of-acme\n").succeeds();
    place
}

/// Every command that opens the database refuses, with these words, and changes no file.
fn refused(place: &Place, words: &str) {
    let before = place.files();
    for command in [
        "serve --listen 127.0.0.1:0",
        "team list",
        "team check --slug acme",
        "user list",
    ] {
        let reason = place.run(command).fails();
        assert!(reason.contains(words), "{command}: {reason}");
        assert!(reason.contains("secret.key"), "{command}: {reason}");
        assert!(!reason.contains("the-key-of-acme"), "{command}: {reason}");
    }
    for (path, content) in place.files() {
        assert_eq!(before.get(&path), Some(&content), "{}", path.display());
    }
    assert_eq!(place.files().len(), before.len());
}

#[test]
fn missing_key_for_existing_secrets_is_not_recreated() {
    let place = place_with_secrets();
    fs::remove_file(place.path("data/secret.key")).expect("is there");
    refused(&place, "is missing");
}

#[test]
fn wrong_key_is_refused_without_changes() {
    let place = place_with_secrets();
    place.file("data/secret.key", [7; 32]);
    refused(&place, "is not the one");
}

#[test]
fn corrupt_key_is_refused_without_changes() {
    for content in [&b""[..], b"short", &[0xff; 31], &[0xff; 33]] {
        let place = place_with_secrets();
        place.file("data/secret.key", content);
        refused(&place, "32 bytes");
    }
}

#[test]
fn key_file_may_be_outside_the_data_directory() {
    let place = place_with_secrets();
    fs::rename(place.path("data/secret.key"), place.path("elsewhere.key")).expect("moves");
    let list = place
        .program("team list")
        .env("SECMON_PORTAL_SECRET_KEY_FILE", "elsewhere.key")
        .ends();
    assert_eq!(list.succeeds(), "acme\tkr1\tAcme\n");
}

#[test]
fn secrets_are_encrypted_in_the_data_directory() {
    let place = place_with_secrets();
    for (path, content) in place.files() {
        let found = content
            .windows(b"the-key-of-acme".len())
            .any(|part| part == b"the-key-of-acme");
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn concurrent_first_commands_create_one_database_and_key() {
    let place = Place::new();
    let start = |number: usize| {
        let user = format!("user add --username user{number} --password-file password");
        place.program(&user).starts()
    };
    place.file("password", "correct horse");
    let running: Vec<_> = (0..6).map(start).collect();
    for one in running {
        one.end().succeeds();
    }
    assert_eq!(place.run("user list").succeeds().lines().count(), 6);
    // Their audit events form one chain.
    let verified = place.run("audit verify").succeeds();
    assert_eq!(verified, "The audit log is whole: 6 rows\n");
}
