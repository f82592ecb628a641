//! `secmon-portal backup`: a copy that can replace the database.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::{
    http::TestClient,
    support::{CommandExt as _, Place},
};

/// A data directory with a team and a user.
fn place() -> Place {
    let place = Place::new();
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "the-key-of-acme").succeeds();
    let user = "user add --username kim --member acme:viewer --password-file -";
    place.run_typing(user, "correct horse battery").succeeds();
    place
}

#[test]
fn backup_under_concurrent_writes_is_whole_and_serves() {
    let place = place();
    let (portal, address) = place.serve(&[]);
    let mut kim = TestClient::new(&address);
    assert!(kim.signs_in("kim", "correct horse battery"));
    std::thread::scope(|scope| {
        let writes = scope.spawn(|| {
            for _ in 0..10 {
                let mut kim = TestClient::new(&address);
                assert!(kim.signs_in("kim", "correct horse battery"));
            }
        });
        let said = place.run("backup copy.db").succeeds();
        assert!(
            said.starts_with("The database is copied to copy.db"),
            "{said}"
        );
        writes.join().expect("all of them sign in");
    });
    let mode = fs::metadata(place.path("copy.db")).expect("is there");
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    portal.terminate();
    portal.end();

    // Replaces the lost database with the copy, and keeps the key.
    for lost in ["data/portal.db", "data/portal.db-wal", "data/portal.db-shm"] {
        let _ = fs::remove_file(place.path(lost));
    }
    fs::rename(place.path("copy.db"), place.path("data/portal.db")).expect("is moved");
    let said = place.run("audit verify").succeeds();
    assert!(said.starts_with("The audit log is whole"), "{said}");
    assert_eq!(place.run("team list").succeeds().lines().count(), 1);
    let (_portal, address) = place.serve(&[]);
    let mut kim = TestClient::new(&address);
    assert!(kim.signs_in("kim", "correct horse battery"));
}

#[test]
fn backup_needs_no_key_and_holds_no_plain_secret() {
    let place = place();
    fs::remove_file(place.path("data/secret.key")).expect("is there");
    place.run("backup copy.db").succeeds();
    let copy = fs::read(place.path("copy.db")).expect("is there");
    let key = b"the-key-of-acme";
    assert!(!copy.windows(key.len()).any(|pair| pair == key));
}

#[test]
fn failed_backup_reports_one_line_and_leaves_no_file() {
    let place = place();
    place.file("there", "precious");
    let reason = place.run("backup there").fails();
    assert_eq!(reason, "there exists already");
    assert_eq!(fs::read(place.path("there")).expect("is read"), b"precious");
    let reason = place.run("backup no/such/folder/copy.db").fails();
    assert!(
        reason.starts_with("cannot write no/such/folder/copy.db: "),
        "{reason}"
    );
    place.run("backup").refuses();
    let nothing = Place::new();
    let reason = nothing.run("backup copy.db").fails();
    assert!(reason.starts_with("cannot copy the database: "), "{reason}");
    assert!(nothing.files().is_empty(), "no database was made");
    let postgres = place
        .program("backup copy.db")
        .env("SECMON_PORTAL_DATABASE_URL", "postgres://localhost/portal")
        .ends();
    assert!(postgres.fails().contains("pg_dump"));
    assert!(!place.path("copy.db").exists());
    let left = place
        .files()
        .into_keys()
        .map(|into_key| into_key.display().to_string());
    let left: Vec<_> = left.filter(|left| left.contains("backup")).collect();
    assert!(left.is_empty(), "{left:?}");
}
