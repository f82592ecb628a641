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
