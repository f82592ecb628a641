//! `secmon-portal simulator`: the simulated API alone.

use crate::{
    http::TestClient,
    support::{CommandExt as _, Place},
};

fn servers(api: &str, key: &str) -> String {
    let answer = TestClient::new(api).get(&format!("/v1.0/appkeys/{key}/not-applied-vms"));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("vmId"), "{answer:?}");
    answer.body
}

#[test]
fn same_seed_gives_the_same_data() {
    let place = Place::new();
    let of_seed = |seed: u8| {
        let (_simulator, api) = place.simulator(&format!("--seed {seed} --vms 20"));
        servers(&api, "simulator-key-1")
    };
    assert_eq!(of_seed(5), of_seed(5));
    assert_ne!(of_seed(5), of_seed(6));
}

#[test]
fn each_key_of_the_file_is_a_tenant_and_never_printed() {
    let place = Place::new();
    place.file("keys", "key-of-the-shop\n\nkey-of-the-bank\n");
    let (simulator, api) = place.simulator("--app-key-file keys");
    assert_ne!(
        servers(&api, "key-of-the-shop"),
        servers(&api, "key-of-the-bank")
    );
    let stranger = TestClient::new(&api).get("/v1.0/appkeys/simulator-key-1/history");
    assert_ne!(stranger.status, 200);
    simulator.terminate();
    let said = simulator.end().succeeds();
    assert!(!said.contains("key-of-the"), "{said}");
}

#[test]
fn generated_key_is_printed_without_a_file() {
    let place = Place::new();
    let mut command = place.program("simulator --listen 127.0.0.1:0");
    let mut simulator = command.starts();
    let line = simulator.says("http://127.0.0.1:");
    assert!(line.contains("appKey simulator-key-1"), "{line}");
}

#[test]
fn file_without_a_key_is_reported_in_one_line() {
    let place = Place::new();
    place.file("empty", "\n \n");
    place.file("bad", "not a key");
    for file in ["empty", "bad", "nowhere"] {
        let line = format!("simulator --listen 127.0.0.1:0 --app-key-file {file}");
        let reason = place.run(&line).fails();
        assert!(reason.contains(file), "{reason}");
    }
    let line = "simulator --app-key-file - --token-file -";
    place.run_typing(line, "key").fails();
}
