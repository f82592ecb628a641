//! The process as other users of the machine see it: command line, memory, crash.

use std::{
    fs,
    io::Write as _,
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    process::{Command, Stdio},
};

use secmon_portal::{config::LogFormat, telemetry};

use crate::support::{CommandExt as _, Place, Running};

fn about(program: &Running, file: &str) -> String {
    let file = format!("/proc/{}/{file}", program.id());
    String::from_utf8_lossy(&fs::read(file).expect("is there")).into_owned()
}

#[test]
fn crash_writes_no_core_dump() {
    let place = Place::new();
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "the-key-of-acme").succeeds();
    let before: Vec<_> = place.files().into_keys().collect();
    let (portal, _) = place.serve(&[]);
    let limits = about(&portal, "limits");
    let limit = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = limit.expect("is listed").split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{words:?}");
    portal.signal("ABRT");
    let ended = portal.end();
    assert!(!ended.status.success());
    assert!(!ended.stderr.contains("the-key-of-acme"));
    let mut after = place.files();
    after.retain(|path, _| !before.contains(path));
    let new: Vec<_> = after
        .into_keys()
        .map(|path| path.display().to_string())
        .collect();
    // SQLite's own, which the next start takes up.
    assert!(
        new.iter().all(|file| file.starts_with("data/portal.db-")),
        "{new:?}"
    );
}

/// An unprivileged user.
const NOBODY: u32 = 65534;

/// The owner of a process's `/proc` files: its user, or root when the process is protected.
fn owner(program: &Running) -> u32 {
    let about = fs::metadata(format!("/proc/{}/environ", program.id()));
    about.expect("is there").uid()
}

#[test]
fn process_memory_is_unreadable_to_the_same_user() {
    let place = Place::new();
    let program = place.path("secmon-portal");
    fs::copy(env!("CARGO_BIN_EXE_secmon-portal"), &program).expect("is copied");
    let user = if rustix::process::geteuid().is_root() {
        for path in [place.path(""), place.path("tmp"), program.clone()] {
            chown(path, Some(NOBODY), Some(NOBODY)).expect("changes hands");
        }
        NOBODY
    } else {
        rustix::process::geteuid().as_raw()
    };
    let mut sleeper = Command::new("sleep");
    let sleeper = sleeper.arg("60").uid(user).starts();
    assert_eq!(owner(&sleeper), user, "others are looked into");
    let mut portal = Command::new(program);
    let portal = portal
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"])
        .current_dir(place.path(""))
        .uid(user);
    let mut portal = portal.starts();
    portal.says_on_stderr("the portal listens");
    assert_eq!(owner(&portal), 0);
}

#[test]
fn process_list_shows_no_secret() {
    let place = Place::new();
    for (line, secret) in [
        (
            "team add --slug acme --name Acme --region kr1 --app-key-file -",
            "the-key-of-acme",
        ),
        ("user add --username kim --password-file -", "correct horse"),
        (
            "team set-key --slug acme --app-key-file -",
            "another-key-of-acme",
        ),
        (
            "user set-password --username kim --password-file -",
            "battery staple",
        ),
    ] {
        let mut command = place.program(line);
        let mut program = command.stdin(Stdio::piped()).starts();
        let mut stdin = program.stdin();
        stdin.write_all(secret.as_bytes()).expect("is read");
        // It has none yet while the system loads it.
        while about(&program, "cmdline").is_empty() {
            std::thread::yield_now();
        }
        let shown = about(&program, "cmdline") + &about(&program, "environ");
        assert!(
            shown.contains("file\0-") && !shown.contains(secret),
            "{shown}"
        );
        drop(stdin);
        program.end().succeeds();
    }
}

#[test]
fn password_option_is_used_and_warned_of() {
    let place = Place::new();
    let url = "postgres://portal:hunter2-secret@127.0.0.1:1/portal";
    let by_option = place.run(&format!("team list --database-url {url}"));
    assert!(
        by_option.stderr.contains("use SECMON_PORTAL_DATABASE_URL"),
        "{by_option:?}"
    );
    assert!(!by_option.stderr.contains("hunter2"), "{by_option:?}");
}

/// Run by the test below in a child process: a panic hook is global.
#[test]
#[ignore = "is run by another test"]
fn panic_helper_holds_a_secret() {
    telemetry::start("trace", LogFormat::Text);
    telemetry::report_panics();
    let secret = std::env::var("PANICS_WITH").expect("is told");
    panic!("the secret is {secret}");
}

#[test]
fn panic_prints_its_location_only() {
    let own = std::env::current_exe().expect("is known");
    let ended = Command::new(own)
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "process::panic_helper_holds_a_secret",
        ])
        .env("PANICS_WITH", "a-secret-that-panics")
        .env("RUST_BACKTRACE", "full")
        .ends();
    assert!(!ended.status.success());
    let said = ended.stdout + &ended.stderr;
    assert!(
        said.contains("a panic") && said.contains("process.rs"),
        "{said}"
    );
    assert!(!said.contains("a-secret-that-panics"), "{said}");
}
