//! `secmon-portal archive`: synchronization and status.

use crate::{http::TestClient, support::Place};

#[test]
fn archive_syncs_and_reports_its_status_as_json() {
    let place = Place::new();
    let (_simulator, api) = place.simulator("--tickets 12 --events 30 --history 5");
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "simulator-key-1").succeeds();
    let said = place.run("archive status --team acme").succeeds();
    assert_eq!(said.trim(), "acme\tnothing yet");
    let sync = format!("archive sync --team acme --api-kr1 {api} --archive-pace unlimited");
    let said = place.run(&sync).succeeds();
    assert!(
        said.contains("acme\ttickets\t12 stored\tcomplete since "),
        "{said}"
    );
    let said = place.run("archive status --json").succeeds();
    let status: serde_json::Value = serde_json::from_str(&said).expect("is JSON");
    let team = &status["teams"][0];
    assert_eq!(team["slug"], "acme");
    for (kind, stored) in [("tickets", 12), ("events", 30), ("history", 5)] {
        let kind = &team[kind];
        assert_eq!(kind["stored"], stored, "{said}");
        assert_eq!(kind["complete"], true, "{said}");
        assert_eq!(kind["error"], serde_json::Value::Null, "{said}");
        for time in ["complete_since", "last_success"] {
            let time = kind[time].as_str().unwrap_or_default();
            assert!(time.ends_with("+09:00"), "{said}");
        }
    }
    place.run("archive status --team nobody").fails();
    place.run("archive sync").refuses();
}

#[test]
fn lists_come_from_the_source_when_the_archive_is_off() {
    let place = Place::new();
    let (_simulator, api) = place.simulator("--tickets 12 --events 30 --history 5");
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "simulator-key-1").succeeds();
    place.file("password", "correct horse");
    place
        .run("user add --username kim --site-admin --password-file password")
        .succeeds();
    let sync = format!("archive sync --team acme --api-kr1 {api} --archive-pace unlimited");
    place.run(&sync).succeeds();
    for (interval, list_source) in [("off", "api"), ("5m", "archive")] {
        let (portal, address) = place.serve(&[
            ("SECMON_PORTAL_SYNC_INTERVAL", interval),
            ("SECMON_PORTAL_API_KR1", &api),
        ]);
        let mut client = TestClient::new(&address);
        assert!(client.signs_in("kim", "correct horse"));
        let page = client.get("/t/acme/tickets").body;
        assert!(
            page.contains(&format!("data-source=\"{list_source}\"")),
            "{page}"
        );
        portal.terminate();
        portal.end();
    }
}

#[test]
fn removed_team_keeps_its_archive_until_that_is_confirmed() {
    let place = Place::new();
    let (_simulator, api) = place.simulator("--tickets 12 --events 30 --history 5");
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "simulator-key-1").succeeds();
    let sync = format!("archive sync --team acme --api-kr1 {api} --archive-pace unlimited");
    place.run(&sync).succeeds();
    let said = place.run("team remove --slug acme").succeeds();
    assert!(
        said.contains("has an archive: 12 tickets, 30 events, 5 history"),
        "{said}"
    );
    assert!(said.contains("Its archive is kept"), "{said}");
    place.run("team remove --slug acme").fails();
    let said = place.run("team remove --slug acme --yes").succeeds();
    assert!(said.contains("is deleted: 12 tickets"), "{said}");
    place.run("team remove --slug acme --yes").fails();
}
