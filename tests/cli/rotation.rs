//! Key rotation step by step under load.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::{
    http::TestClient,
    support::{Place, Running},
};

const KEY: &str = "AbCdEfGhIjKl0123456789";
const PASSWORD: &str = "correct horse";
const OLD_KEYS: &str = "SECMON_PORTAL_OLD_SECRET_KEY_FILES";
const CURRENT_KEY: &str = "SECMON_PORTAL_SECRET_KEY_FILE";

/// A team on the simulated API, with an operator.
fn prepare(place: &Place) -> (Running, String) {
    place.file("keys", KEY);
    let (simulator, api) = place.simulator("--app-key-file keys");
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file keys";
    place.run(add).succeeds();
    place.file("password", PASSWORD);
    let user = "user add --username kim --member acme:operator --password-file password";
    place.run(user).succeeds();
    (simulator, api)
}

/// A key file without a warning that others may read it.
fn key_file(place: &Place, name: &str, content: &str) {
    let path = place.file(name, content);
    let only_owner = fs::Permissions::from_mode(0o600);
    fs::set_permissions(path, only_owner).expect("is set");
}

fn visit(address: &str) -> TestClient {
    let mut kim = TestClient::new(address);
    assert!(kim.signs_in("kim", PASSWORD));
    kim
}

#[test]
fn key_is_replaced_without_a_failed_request() {
    let place = Place::new();
    let (_simulator, api) = prepare(&place);
    let api = ("SECMON_PORTAL_API_KR1", api.as_str());
    key_file(&place, "new.key", &("0f".repeat(32) + "\n"));
    // 1. Every portal decrypts with the new key too.
    let (_first, address) = place.serve(&[api, (OLD_KEYS, "new.key")]);
    let kim = visit(&address);
    // 2. The new key encrypts; the other portal still runs.
    let new = [(CURRENT_KEY, "new.key"), (OLD_KEYS, "data/secret.key")];
    let (_second, other) = place.serve(&[api, new[0], new[1]]);
    let said = place.program("rotate-key").envs(new).output();
    let said = String::from_utf8(said.expect("runs").stdout).expect("is text");
    assert!(
        said.starts_with("All secrets are encrypted with the key in new.key: 1 were"),
        "{said}"
    );
    for client in [&kim, &visit(&other)] {
        assert_eq!(client.get("/t/acme/vms").status, 200);
        assert_eq!(client.get("/readyz").status, 200);
    }
    // 3. The key before is needed no more, and alone it is refused.
    let list = place.program("team list").envs([new[0]]).output();
    assert_eq!(list.expect("runs").stdout, b"acme\tkr1\tAcme\n");
    let reason = place.run("team list").fails();
    assert!(reason.contains("is not the one"), "{reason}");
    let again = place.program("rotate-key").envs([new[0]]).output();
    let again = String::from_utf8(again.expect("runs").stdout).expect("is text");
    assert!(again.contains("new.key: 0 were"), "{again}");
    assert_eq!(again.lines().count(), 1);
}

#[test]
fn old_key_file_without_a_key_is_refused_in_one_line() {
    let place = Place::new();
    let (_simulator, _api) = prepare(&place);
    key_file(&place, "short.key", &"+f".repeat(32));
    let key = fs::read(place.path("data/secret.key")).expect("is there");
    for (old, reason) in [
        ("short.key", "64 hexadecimal digits, or in base64"),
        ("missing.key", "cannot read the key file missing.key"),
    ] {
        for command in ["team list", "rotate-key", "serve --listen 127.0.0.1:0"] {
            let line = format!("{command} --old-secret-key-files data/secret.key,{old}");
            let told = place.run(&line).fails();
            assert!(told.contains(reason), "{told}");
        }
    }
    assert_eq!(
        fs::read(place.path("data/secret.key")).expect("is there"),
        key
    );
}
