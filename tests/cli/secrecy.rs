//! No secret leaves the program, whatever the log is asked to show.

use crate::{
    http::Visitor,
    support::{Ended, Place, Runs as _},
};

const APP_KEY: &str = "app-key-5ecret-AbCdEf";
const OTHER_KEY: &str = "other-key-5ecret-GhIjKl";
const PASSWORD: &str = "pass-5ecret-MnOpQr";
const WRONG_PASSWORD: &str = "wrong-5ecret-StUvWx";
const TOKEN_SECRET: &str = "token-5ecret-YzAbCd";
const TOKEN_ID: &str = "token-id-EfGhIj";

/// What an administrator and an operator do in a day, with the log as talkative as it gets.
fn a_day(format: &str) -> (Vec<Ended>, Vec<String>) {
    let place = Place::new();
    place.file("keys", APP_KEY);
    place.file("token", format!("{TOKEN_ID}:{TOKEN_SECRET}"));
    let (simulator, api) = place.simulator("--app-key-file keys --token-file token --delay 0s");
    let token_url = format!("{api}/oauth2/token/create");
    let settings = [
        ("SECMON_PORTAL_LOG", "trace"),
        ("SECMON_PORTAL_LOG_FORMAT", format),
        ("SECMON_PORTAL_API_KR1", &api),
        ("SECMON_PORTAL_TOKEN_URL", &token_url),
    ];
    let mut said = Vec::new();
    let mut run = |line: &str, typed: &str| {
        let mut command = place.program(line);
        command.envs(settings);
        let file = place.file("typed", typed);
        let file = std::fs::File::open(file).expect("is there");
        said.push(command.stdin(file).ends());
    };
    let add = "team add --name Team --region kr1 --app-key-file -";
    run(&format!("{add} --slug acme --token-file token"), APP_KEY);
    run(&format!("{add} --slug other"), OTHER_KEY);
    run("team check --slug acme", "");
    run("team check --slug other", "");
    let user = "user add --username kim --member acme:operator --member other:admin";
    run(&format!("{user} --password-file -"), PASSWORD);
    let (portal, address) = place.serve(&settings);
    let mut kim = Visitor::of(&address);
    assert!(!kim.signs_in("kim", WRONG_PASSWORD));
    assert!(!kim.signs_in(WRONG_PASSWORD, PASSWORD));
    assert!(kim.signs_in("kim", PASSWORD));
    let vms = kim.get("/t/acme/vms");
    assert_eq!(vms.status, 200);
    let (id, token) = (
        value_after(&vms.body, "name=\"id\""),
        value_after(&vms.body, "name=\"token\""),
    );
    let added = kim.post("/t/acme/vms/add", &[("id", &id), ("token", &token)]);
    assert_eq!(added.status, 303, "{added:?}");
    assert_eq!(kim.get("/t/other/vms").status, 502);
    for page in [
        "/t/acme/tickets",
        "/t/acme/events",
        "/t/acme/audit",
        "/t/acme/nowhere",
    ] {
        kim.get(page);
    }
    let session = kim.session().expect("is signed in").to_owned();
    kim.post("/logout", &[]);
    for running in [portal, simulator] {
        running.terminate();
        said.push(running.end());
    }
    (said, vec![session, token])
}

/// The value of the first input with this name.
fn value_after(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(name).expect("has the field");
    let (_, rest) = rest.split_once("value=\"").expect("has a value");
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[test]
fn no_secret_is_said_or_logged_at_any_level() {
    for format in ["text", "json"] {
        let (said, given) = a_day(format);
        let log: usize = said.iter().map(|it| it.stderr.lines().count()).sum();
        assert!(log > 5, "the log is on");
        let known = [
            APP_KEY,
            OTHER_KEY,
            PASSWORD,
            WRONG_PASSWORD,
            TOKEN_SECRET,
            TOKEN_ID,
        ];
        let given = given.iter().map(String::as_str);
        for secret in known.into_iter().chain(given) {
            for Ended { stdout, stderr, .. } in &said {
                let line = |text: &str| {
                    let mut lines = text.lines();
                    lines.find(|line| line.contains(secret)).map(str::to_owned)
                };
                assert_eq!(line(stdout), None, "{secret}");
                assert_eq!(line(stderr), None, "{secret}");
            }
        }
    }
}
