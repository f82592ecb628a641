//! A full disk: the portal reports it, and recovers once there is space.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    http::TestClient,
    support::{Place, Running},
};

const PASSWORD: &str = "correct horse";

/// A small file system, unmounted with its test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this process may not make one.
    fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        fs::create_dir(at).expect("is made");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={megabytes}m,mode=0700"))
            .arg("tmpfs")
            .arg(at)
            .output();
        let mounted = mounted.is_ok_and(|mounted| mounted.status.success());
        mounted.then(|| Self(at.to_owned()))
    }

    fn fill(&self) {
        let mut filler = fs::File::create(self.filler()).expect("is made");
        while filler.write_all(&[0; 4096]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.filler()).expect("is removed");
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn skipped() {
    let skipped = b"SKIPPED: only root can mount a small file system\n";
    std::io::stderr().write_all(skipped).expect("is written");
}

fn sign_in(address: &str) -> u16 {
    let form = [("username", "kim"), ("password", PASSWORD)];
    TestClient::new(address).post("/login", &form).status
}

/// Polls readiness until it has that status, as a load balancer does.
fn becomes(address: &str, status: u16) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while TestClient::new(address).get("/readyz").status != status {
        assert!(Instant::now() < deadline, "readiness never was {status}");
        std::thread::yield_now();
    }
}

fn portal(place: &Place) -> (Running, String) {
    place.file("password", PASSWORD);
    place
        .run("user add --username kim --password-file password")
        .succeeds();
    place.serve(&[("SECMON_PORTAL_SYNC_INTERVAL", "off")])
}

#[test]
fn portal_recovers_after_a_full_disk() {
    let place = Place::new();
    let Some(disk) = SmallDisk::mount(&place.path("data"), 3) else {
        return skipped();
    };
    let (portal, address) = portal(&place);
    assert_eq!(sign_in(&address), 303);
    becomes(&address, 200);
    for _ in 0..2 {
        disk.fill();
        for _ in 0..4 {
            assert_eq!(sign_in(&address), 500);
        }
        becomes(&address, 503);
        disk.free();
        assert_eq!(sign_in(&address), 303);
        becomes(&address, 200);
    }
    portal.terminate();
    assert_eq!(portal.end().status.code(), Some(0));
}

/// Tickets that the archive holds.
fn stored(place: &Place) -> u64 {
    let said = place.run("archive status --team acme --json").succeeds();
    let status: serde_json::Value = serde_json::from_str(&said).expect("is JSON");
    status["teams"][0]["tickets"]["stored"]
        .as_u64()
        .expect("is a number")
}

#[test]
fn archive_goes_on_after_its_disk_was_full() {
    let place = Place::new();
    let Some(disk) = SmallDisk::mount(&place.path("data"), 16) else {
        return skipped();
    };
    let (_simulator, api) = place.simulator("--tickets 60 --events 40 --history 5");
    let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
    place.run_typing(add, "simulator-key-1").succeeds();
    place.file("password", PASSWORD);
    place
        .run("user add --username kim --site-admin --password-file password")
        .succeeds();
    let (mut portal, address) = place.serve(&[
        ("SECMON_PORTAL_SYNC_INTERVAL", "10s"),
        ("SECMON_PORTAL_ARCHIVE_PACE", "20"),
        ("SECMON_PORTAL_API_KR1", &api),
    ]);
    let mut visitor = TestClient::new(&address);
    assert!(visitor.signs_in("kim", PASSWORD));
    while stored(&place) == 0 {
        std::thread::yield_now();
    }
    disk.fill();
    portal.says_on_stderr("the archive's state cannot be written");
    let page = visitor.get("/t/acme/tickets");
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("data-source=\"archive\""),
        "{}",
        page.body
    );
    disk.free();
    let sync = format!("archive sync --team acme --api-kr1 {api} --archive-pace unlimited");
    let said = place.run(&sync).succeeds();
    assert!(
        said.contains("acme\ttickets\t60 stored\tcomplete"),
        "{said}"
    );
    portal.terminate();
    assert_eq!(portal.end().status.code(), Some(0));
}
