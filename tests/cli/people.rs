//! `secmon-portal user`.

use secmon_portal::{
    auth::OneTimeSecret,
    model::{Actor, Clock, Via},
    store::{AuditRecord, OpenError, Store},
};

use crate::{http::TestClient, support::Place};

fn place_with_team() -> Place {
    let place = Place::new();
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "the-key-of-acme").succeeds();
    place
}

fn add(rest: &str) -> String {
    format!("user add --password-file - --username {rest}")
}

#[test]
fn users_are_added_listed_and_disabled() {
    let place = place_with_team();
    place.file("password", "correct horse\n");
    let kim = "user add --username kim --display-name Kim --member acme:operator --password-file password";
    assert_eq!(place.run(kim).succeeds(), "User kim is added\n");
    place.run_typing(&add("lee"), "battery staple").succeeds();
    place
        .run_typing(&add("boss --site-admin"), "staple battery")
        .succeeds();
    assert_eq!(
        place.run("user disable --username lee").succeeds(),
        "User lee is disabled\n"
    );
    assert_eq!(
        place.run("user list").succeeds(),
        "boss\tactive\tsite-admin\tboss\nkim\tactive\tacme:operator\tKim\nlee\tdisabled\t\tlee\n"
    );
}

#[test]
fn invalid_user_is_refused_in_one_line() {
    let place = place_with_team();
    place.run_typing(&add("kim"), "correct horse").succeeds();
    for (line, told) in [
        ("kim", "kim exists already"),
        ("lee --member nobody:viewer", "there is no team nobody"),
        (
            "lee --member acme:viewer --member acme:admin",
            "named twice",
        ),
    ] {
        let reason = place.run_typing(&add(line), "battery").fails();
        assert!(reason.contains(told), "{line}: {reason}");
    }
    for line in [
        "lee --member acme:boss",
        "lee --member acme",
        "lee --member acme:",
        "lee --member :viewer",
        "l/ee",
    ] {
        place.run_typing(&add(line), "battery").refuses();
    }
    for password in [
        "",
        "\n",
        "\r\n",
        "\u{feff}\n",
        "two\nlines\n",
        "a\0password\n",
        &"x".repeat(1025),
    ] {
        let reason = place.run_typing(&add("lee"), password).fails();
        assert!(reason.contains("password"), "{password:?}: {reason}");
    }
    let reason = place.run("user add --username lee --password-file nowhere");
    assert!(reason.fails().contains("nowhere"));
    assert_eq!(place.run("user list").succeeds(), "kim\tactive\t\tkim\n");
}

#[test]
fn weak_password_is_accepted_with_a_warning() {
    let place = Place::new();
    for (password, told) in [
        ("battery", "it has fewer than 12 characters"),
        (
            "Password123!",
            "it is made of common words, patterns or dates",
        ),
        (
            "secmon-portal",
            "it is made of the user's name, or of words that belong to the portal",
        ),
    ] {
        for line in [add("kim-lee"), set("kim-lee")] {
            let ended = place.run_typing(&line, password);
            assert_eq!(ended.status.code(), Some(0), "{ended:?}");
            assert_eq!(
                ended.stderr,
                format!("secmon-portal: warning: this password is easily guessed: {told}\n")
            );
            assert!(!ended.stdout.contains(password), "{ended:?}");
        }
        std::fs::remove_dir_all(place.path("data")).expect("is removed");
    }
}

fn set(username: &str) -> String {
    format!("user set-password --password-file - --username {username}")
}

#[test]
fn unknown_user_is_reported_in_one_line() {
    let place = Place::new();
    for line in [
        "user disable --username nobody",
        "user set-password --username nobody --password-file -",
        "user reset-second-factor --username nobody",
    ] {
        let reason = place.run_typing(line, "battery").fails();
        assert_eq!(reason, "there is no user nobody", "{line}");
    }
}

/// As the pages do it, on the same database.
fn turn_on_second_factor(place: &Place, username: &str) {
    let data = place.path("data");
    let url = format!("sqlite://{}", data.join("portal.db").display());
    let turned_on = async {
        let store = Store::open(&url, data.join("secret.key").as_path(), Clock::system()).await?;
        let username = username.parse().expect("a username");
        let user = store.credentials(&username).await?.expect("is there").user;
        let by = AuditRecord::by(Actor::user(&user, Via::Session("a session".to_owned())));
        let secret = OneTimeSecret::new().to_base32();
        store
            .offer_second_factor(&user.id, "a session", &secret)
            .await?;
        let confirmed = (&secret, 0);
        let on = store.turn_on_second_factor(&user, "a session", confirmed, &[], &by);
        assert!(on.await?.is_some());
        store.close().await;
        Ok::<(), OpenError>(())
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("starts").block_on(turned_on).expect("is on");
}

#[test]
fn lost_second_factor_is_reset() {
    let place = place_with_team();
    place.run_typing(&add("kim"), "correct horse").succeeds();
    let reset = "user reset-second-factor --username kim";
    let reason = place.run(reset).fails();
    assert_eq!(reason, "user kim has no second factor");
    turn_on_second_factor(&place, "kim");
    let (_portal, address) = place.serve(&[]);
    let mut kim = TestClient::new(&address);
    assert!(
        kim.signs_in("kim", "correct horse"),
        "the password is right"
    );
    assert!(!kim.is_signed_in(), "and is not enough");
    assert_eq!(
        place.run(reset).succeeds(),
        "The second factor of user kim is reset\n"
    );
    assert!(kim.signs_in("kim", "correct horse"));
    assert!(kim.is_signed_in());
}

#[test]
fn user_added_before_the_first_start_signs_in() {
    let place = place_with_team();
    let line = add("kim --member acme:viewer");
    place.run_typing(&line, "비밀 번호 & + % 셋\r\n").succeeds();
    let (_portal, address) = place.serve(&[]);
    let mut kim = TestClient::new(&address);
    assert!(!kim.signs_in("kim", "비밀 번호"));
    assert!(!kim.is_signed_in());
    assert!(kim.signs_in("kim", "비밀 번호 & + % 셋"));
    assert_eq!(kim.get("/t/acme").status, 200);
}

#[test]
fn running_portal_applies_user_changes_at_once() {
    let place = place_with_team();
    let (_portal, address) = place.serve(&[]);
    let mut kim = TestClient::new(&address);
    assert!(!kim.signs_in("kim", "correct horse"));
    place.run_typing(&add("kim"), "correct horse").succeeds();
    assert!(kim.signs_in("kim", "correct horse"));

    let set = "user set-password --username kim --password-file -";
    place.run_typing(set, "battery staple").succeeds();
    assert!(!kim.is_signed_in(), "a new password ends the sessions");
    assert!(!kim.signs_in("kim", "correct horse"));
    assert!(kim.signs_in("kim", "battery staple"));

    place.run("user disable --username kim").succeeds();
    assert!(!kim.is_signed_in(), "a disabled user's session ends");
    assert!(!kim.signs_in("kim", "battery staple"));
}

#[test]
fn portal_without_users_prints_a_single_use_setup_link() {
    let place = Place::new();
    let (api, address) = place.simulator("");
    let settings = [("SECMON_PORTAL_API_KR1", address.as_str())];
    let link = |running: &mut crate::support::Running| {
        let said = running.says("Set the portal up at http://");
        let (_, address) = said.split_once("http://").expect(&said);
        let (host, path) = address.trim().split_once('/').expect(&said);
        (host.to_owned(), format!("/{path}"))
    };
    let (mut first, _) = place.serve(&settings);
    let (_, before) = link(&mut first);
    first.terminate();
    let ended = first.end();
    let token = before.rsplit('/').next().expect("a token");
    assert!(!ended.stderr.contains(token), "the log keeps secrets");

    let (mut second, address) = place.serve(&settings);
    let (host, path) = link(&mut second);
    assert_eq!(host, address);
    assert_ne!(path, before);
    let mut kim = TestClient::new(&address);
    let answer = kim.post(
        &path,
        &[
            ("username", "kim"),
            ("new", "correct horse battery"),
            ("again", "correct horse battery"),
            ("slug", "acme"),
            ("name", "Acme"),
            ("region", "kr1"),
            ("app_key", "test-app-key-0001"),
            ("untried", "yes"),
        ],
    );
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(kim.signs_in("kim", "correct horse battery"));
    assert_eq!(kim.get("/admin/teams/acme").status, 200);
    assert_eq!(kim.get(&before).status, 410);
    assert_eq!(kim.get(&path).status, 410);
    second.terminate();
    second.end();

    let (third, _) = place.serve(&settings);
    third.terminate();
    assert_eq!(third.end().stdout, "", "there is somebody now");
    drop(api);
}
