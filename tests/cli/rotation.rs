//! `secmon-portal rotate-key`: a new key while people work.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::{
    http::Visitor,
    support::{Place, Running},
};

const KEY: &str = "AbCdEfGhIjKl0123456789";
const PASSWORD: &str = "correct horse";

/// A portal with a team on the simulated API, and an operator who is signed in.
fn portal(place: &Place) -> (Running, Running, Visitor) {
    place.file("keys", KEY);
    let (simulator, api) = place.simulator("--app-key-file keys");
    let settings = [("SECMON_PORTAL_API_KR1", api.as_str())];
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file keys";
    place.run(add).succeeds();
    place.file("password", PASSWORD);
    let user = "user add --username kim --member acme:operator --password-file password";
    place.run(user).succeeds();
    let (portal, address) = place.serve(&settings);
    let mut kim = Visitor::of(&address);
    assert!(kim.signs_in("kim", PASSWORD));
    (portal, simulator, kim)
}

#[test]
fn no_request_fails_while_the_key_is_replaced() {
    let place = Place::new();
    let (portal, _simulator, kim) = portal(&place);
    let first = fs::read(place.path("data/secret.key")).expect("is there");
    let (working, answered) = (AtomicBool::new(true), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for page in ["/t/acme/vms", "/t/acme/tickets", "/readyz"] {
            let (kim, working, answered) = (&kim, &working, &answered);
            scope.spawn(move || {
                while working.load(Ordering::Relaxed) {
                    let answer = kim.get(page);
                    assert_eq!(answer.status, 200, "{page}: {answer:?}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..4 {
            let said = place.run("rotate-key").succeeds();
            assert!(
                said.starts_with("The key was replaced: 1 secrets are encrypted with the one in "),
                "{said}"
            );
            assert_eq!(said.lines().count(), 2, "{said}");
            // Somebody has seen the new key before the next one comes.
            let seen = answered.load(Ordering::Relaxed) + 4;
            while answered.load(Ordering::Relaxed) < seen {
                std::thread::yield_now();
            }
        }
        working.store(false, Ordering::Relaxed);
    });
    let now = fs::read(place.path("data/secret.key")).expect("is there");
    assert_ne!(now, first);
    let keys = place.files().into_keys();
    let old = keys.filter(|path| path.to_string_lossy().contains("secret.key.old-"));
    assert_eq!(old.count(), 4);
    portal.terminate();
    assert_eq!(portal.end().status.code(), Some(0));
    assert_eq!(place.run("team list").succeeds(), "acme\tkr1\tAcme\n");
}

#[test]
fn a_key_of_one_s_own_counts_once_it_is_put_in_place_without_a_restart() {
    let place = Place::new();
    let (_portal, _simulator, kim) = portal(&place);
    let said = place.run("rotate-key --new-key-file own.key").succeeds();
    assert!(
        said.contains("encrypted with the one in own.key\n"),
        "{said}"
    );
    assert!(said.contains("data/secret.key for every portal"), "{said}");
    assert_eq!(kim.get("/t/acme/vms").status, 503);
    assert_eq!(kim.get("/readyz").status, 503);
    let reason = place.run("team list").fails();
    assert!(reason.contains("is not the one"), "{reason}");
    fs::rename(place.path("own.key"), place.path("data/secret.key")).expect("moves");
    assert_eq!(kim.get("/t/acme/vms").status, 200);
    assert_eq!(kim.get("/readyz").status, 200);
}

#[test]
fn a_folder_that_takes_no_key_is_told_with_the_way_out_and_nothing_is_changed() {
    let place = Place::new();
    let (_portal, _simulator, kim) = portal(&place);
    fs::create_dir(place.path("data/secret.key.new")).expect("is made");
    let reason = place.run("rotate-key").fails();
    assert!(reason.contains("secret.key.new"), "{reason}");
    assert!(reason.contains("--new-key-file"), "{reason}");
    assert_eq!(kim.get("/t/acme/vms").status, 200);
    let none = place
        .run("rotate-key --new-key-file nowhere/own.key")
        .fails();
    assert!(none.contains("nowhere/own.key"), "{none}");
    let same = place
        .run("rotate-key --new-key-file data/secret.key")
        .fails();
    assert!(same.contains("in use already"), "{same}");
    assert_eq!(kim.get("/t/acme/vms").status, 200);
}
