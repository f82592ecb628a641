//! `secmon-portal demo`: printed logins work, and nothing is kept.

use std::{
    fs,
    time::{Duration, Instant},
};

use crate::{
    http::TestClient,
    support::{CommandExt as _, Place, Running},
};

const ROLES: [&str; 5] = ["viewer", "manager", "operator", "admin", "site admin"];

/// A demo that listens: its program, its address, and username and password for each role.
fn demo(place: &Place, arguments: &str) -> (Running, String, Vec<(String, String)>) {
    let mut command = place.program("demo --listen 127.0.0.1:0");
    let mut demo = command.args(arguments.split_whitespace()).starts();
    let line = demo.says("http://");
    let address = line.split_once("http://").expect(&line).1.trim().to_owned();
    let sign_ins = ROLES.map(|role| {
        let line = demo.says(role);
        let mut words = line.split_whitespace().rev().map(str::to_owned);
        let (password, username) = (words.next(), words.next());
        (username.expect(&line), password.expect(&line))
    });
    demo.says_on_stderr("the portal listens");
    (demo, address, sign_ins.to_vec())
}

fn is_empty(folder: std::path::PathBuf) -> bool {
    fs::read_dir(folder).expect("is there").next().is_none()
}

#[test]
fn demo_prints_address_and_logins_and_keeps_nothing() {
    let place = Place::new();
    let (demo, address, sign_ins) = demo(&place, "");
    for (username, password) in &sign_ins {
        let mut client = TestClient::new(&address);
        assert!(client.signs_in(username, password), "{username}");
        for page in ["", "/vms", "/tickets", "/events", "/history"] {
            let answer = client.get(&format!("/t/shop{page}"));
            assert_eq!(answer.status, 200, "{username} {page}");
        }
        let people = client.get("/admin/users").status;
        let expected = if username == "site-admin" { 200 } else { 403 };
        assert_eq!(people, expected, "{username}");
    }
    assert!(!is_empty(place.path("tmp")), "its data lie somewhere");
    demo.terminate();
    let ended = demo.end_within(Duration::from_secs(10));
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(is_empty(place.path("tmp")), "its data are gone");
    assert!(!place.path("data").exists());
    for (_, password) in sign_ins {
        assert!(!ended.stderr.contains(&password), "the log keeps secrets");
    }
}

#[test]
fn demo_logins_work_when_settings_require_mfa() {
    let place = Place::new();
    let (_demo, address, sign_ins) = demo(&place, "--second-factor operators");
    for (username, password) in &sign_ins {
        let mut client = TestClient::new(&address);
        assert!(client.signs_in(username, password), "{username}");
        assert_eq!(client.get("/t/shop").status, 200, "{username}");
    }
}

#[test]
fn demo_stops_in_time_with_a_hanging_request() {
    let place = Place::new();
    let (demo, address, sign_ins) = demo(&place, "--fault reads:hang --api-timeout 50s");
    let mut viewer = TestClient::new(&address);
    assert!(viewer.signs_in(&sign_ins[0].0, &sign_ins[0].1));
    let hanging = viewer.starts_to_get("/t/shop/tickets");
    // Connections are accepted in order: once this one has its response, the other is under way.
    assert_eq!(viewer.get("/healthz").status, 200);
    demo.terminate();
    let ended = demo.end_within(Duration::from_secs(10));
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(is_empty(place.path("tmp")), "its data are gone");
    drop(hanging);
}

#[test]
fn demo_fills_its_archive_within_seconds() {
    let place = Place::new();
    let (_demo, address, sign_ins) = demo(&place, "");
    let mut viewer = TestClient::new(&address);
    assert!(viewer.signs_in(&sign_ins[0].0, &sign_ins[0].1));
    let deadline = Instant::now() + Duration::from_secs(40);
    for list in ["tickets", "events", "history"] {
        loop {
            let page = viewer.get(&format!("/t/shop/{list}")).body;
            if page.contains("data-source=\"archive\"") && page.contains("data-complete=\"yes\"") {
                break;
            }
            assert!(Instant::now() < deadline, "{page}");
            std::thread::yield_now();
        }
    }
}
