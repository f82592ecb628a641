//! `secmon-portal team`.

use crate::{
    http::TestClient,
    support::{CommandExt as _, Place},
};

const KEY: &str = "AbCdEfGhIjKl0123456789";

fn add(slug: &str) -> String {
    format!("team add --slug {slug} --name {slug} --region kr1 --app-key-file -")
}

#[test]
fn team_is_added_listed_and_removed() {
    let place = Place::new();
    let file = place.file("acme.key", format!("{KEY}\n"));
    let mut command = place.program("team add --slug acme --region kr2 --app-key-file acme.key");
    let added = command.args(["--name", "쇼핑몰 운영팀"]).ends().succeeds();
    assert_eq!(added, "Team acme is added\n");
    assert!(file.exists(), "the file with the key is the owner's");
    place.run_typing(&add("bank"), KEY).succeeds();
    assert_eq!(
        place.run("team list").succeeds(),
        "acme\tkr2\t쇼핑몰 운영팀\nbank\tkr1\tbank\n"
    );
    assert_eq!(
        place.run("team remove --slug acme").succeeds(),
        "Team acme is removed\n"
    );
    assert_eq!(place.run("team list").succeeds(), "bank\tkr1\tbank\n");
}

#[test]
fn invalid_team_is_refused_in_one_line() {
    let place = Place::new();
    place.run_typing(&add("acme"), KEY).succeeds();
    let taken = place.run_typing(&add("acme"), KEY).fails();
    assert!(taken.contains("acme exists already"), "{taken}");
    for (line, told) in [
        (add("Acme"), "--slug"),
        (add("a/b"), "--slug"),
        (add("acme2").replace("kr1", "us1"), "--region"),
    ] {
        let reason = place.run_typing(&line, KEY).refuses();
        assert!(reason.contains(told), "{line}: {reason}");
    }
    for key in ["", "\n", "two words", "a/b", "키", &"x".repeat(129)] {
        let reason = place.run_typing(&add("other"), key).fails();
        assert!(reason.contains("appKey"), "{key}: {reason}");
        assert!(key.trim().is_empty() || !reason.contains(key), "{reason}");
    }
    let missing = add("other").replace("-file -", "-file nowhere.key");
    let reason = place.run(&missing).fails();
    assert!(reason.contains("nowhere.key"), "{reason}");
    let both = format!("{} --token-file -", add("other"));
    place.run_typing(&both, KEY).fails();
    place.file("bad.token", "no colon in it");
    let bad = format!("{} --token-file bad.token", add("other"));
    let reason = place.run_typing(&bad, KEY).fails();
    assert!(reason.contains("token file"), "{reason}");
    assert_eq!(place.run("team list").succeeds(), "acme\tkr1\tacme\n");
}

#[test]
fn unknown_team_is_reported_in_one_line() {
    let place = Place::new();
    for line in [
        "team check --slug nobody",
        "team remove --slug nobody",
        "team set-key --slug nobody --app-key-file -",
    ] {
        let reason = place.run_typing(line, KEY).fails();
        assert_eq!(reason, "there is no team nobody", "{line}");
    }
}

#[test]
fn team_check_reports_the_api_and_masks_the_key() {
    let place = Place::new();
    place.file("keys", format!("{KEY}\n"));
    let (_simulator, api) = place.simulator("--app-key-file keys --history 7");
    place.run_typing(&add("acme"), KEY).succeeds();
    let check = || {
        let mut command = place.program("team check --slug acme");
        command.env("SECMON_PORTAL_API_KR1", &api).ends()
    };
    let said = check().succeeds();
    assert!(
        said.starts_with("team acme (kr1, appKey …6789): "),
        "{said}"
    );
    assert!(said.contains("7 changes"), "{said}");
    assert!(!said.contains(KEY), "{said}");
    let set = "team set-key --slug acme --app-key-file -";
    place.run_typing(set, "of-another-customer").succeeds();
    let reason = check().fails();
    assert!(reason.contains("appKey …omer"), "{reason}");
    assert!(!reason.contains("of-another-customer"), "{reason}");
    place.run_typing(set, KEY).succeeds();
    check().succeeds();
}

#[test]
fn team_check_with_a_token_file_requests_a_token() {
    let place = Place::new();
    place.file("keys", KEY);
    place.file("token", "access-key-id:access-key-secret\n");
    let (_simulator, api) = place.simulator("--app-key-file keys --token-file token");
    let line = format!("{} --token-file token", add("acme"));
    place.run_typing(&line, KEY).succeeds();
    let token_url = format!("{api}/oauth2/token/create");
    let check = || {
        let mut command = place.program("team check --slug acme");
        command.env("SECMON_PORTAL_API_KR1", &api);
        command.env("SECMON_PORTAL_TOKEN_URL", &token_url).ends()
    };
    check().succeeds();
    place.file("wrong-token", "access-key-id:a-wrong-secret");
    let set = "team set-key --slug acme --app-key-file - --token-file wrong-token";
    place.run_typing(set, KEY).succeeds();
    let reason = check().fails();
    assert!(reason.contains("token"), "{reason}");
    for secret in ["a-wrong-secret", "access-key-id", KEY] {
        assert!(!reason.contains(secret), "{reason}");
    }
}

#[test]
fn failed_team_check_says_why_without_url_and_key() {
    let place = Place::new();
    place.file("keys", KEY);
    place.run_typing(&add("acme"), KEY).succeeds();
    for fault in [
        "unauthorized",
        "forbidden",
        "refused",
        "bad-gateway",
        "html",
        "broken-json",
        "wrong-shape",
        "empty",
        "drop",
        "cut-off",
        "hang",
        "huge",
    ] {
        let (_simulator, api) = place.simulator(&format!("--app-key-file keys --fault {fault}"));
        let mut command = place.program("team check --slug acme --api-timeout 1s");
        command.env("SECMON_PORTAL_API_MAX_BODY", "1MiB");
        let reason = command.env("SECMON_PORTAL_API_KR1", &api).ends().fails();
        let start = "team acme (kr1, appKey …6789): ";
        assert!(reason.starts_with(start), "{fault}: {reason}");
        assert!(reason.len() > start.len() + 10, "{fault}: {reason}");
        let host = api.trim_start_matches("http://");
        for never in [KEY, host, "127.0.0.1", "http:", "appkeys"] {
            assert!(!reason.contains(never), "{fault}: {reason}");
        }
    }
}

#[test]
fn running_portal_applies_team_changes_at_once() {
    let place = Place::new();
    place.file("keys", KEY);
    let (_simulator, api) = place.simulator("--app-key-file keys");
    let (_portal, address) = place.serve(&[("SECMON_PORTAL_API_KR1", &api)]);
    place.run_typing(&add("acme"), KEY).succeeds();
    let user = "user add --username kim --member acme:viewer --password-file -";
    place.run_typing(user, "correct horse").succeeds();
    let mut kim = TestClient::new(&address);
    assert!(kim.signs_in("kim", "correct horse"));
    assert_eq!(kim.get("/t/acme/tickets").status, 200);
    let set = "team set-key --slug acme --app-key-file -";
    place.run_typing(set, "no-longer-the-key").succeeds();
    let failed = kim.get("/t/acme/tickets");
    assert_eq!(failed.status, 502, "{failed:?}");
    place.run_typing(set, KEY).succeeds();
    assert_eq!(kim.get("/t/acme/tickets").status, 200);
    place.run("team remove --slug acme").succeeds();
    assert_eq!(kim.get("/t/acme/tickets").status, 404);
}
