//! How fast an archive is filled from the simulator in the same process: `cargo bench --bench synchronization`.
//!
//! `SECMON_PORTAL_BENCH_TICKETS` is the number of tickets, 20,000 unless given; there are as many events.
//! `SECMON_PORTAL_TEST_DATABASE_URL` names an empty PostgreSQL database; it is SQLite without.

#![expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]

use std::time::{Duration, Instant};

use secmon_portal::{
    archive::{Archive, ArchiveSettings, Pace},
    jobs::{Context, Job as _, Next},
    model::{AppKey, Clock, Region, Team},
    secmon::{BaseUrls, Secmon, Settings},
    simulator::{Options, Simulator},
    store::{AuditRecord, NewTeam, Store},
};
use tokio::net::TcpListener;
use url::Url;

#[tokio::main]
async fn main() {
    let tickets = std::env::var("SECMON_PORTAL_BENCH_TICKETS").ok();
    let tickets: usize = tickets.map_or(20_000, |text| text.parse().expect("is a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let server = std::env::var("SECMON_PORTAL_TEST_DATABASE_URL").ok();
    let file = folder.path().join("portal.db");
    let url = server.unwrap_or_else(|| format!("sqlite://{}?mode=rwc", file.display()));
    let clock = Clock::system();
    let store = Store::open(&url, folder.path().join("key").as_path(), clock).await;
    let store = store.expect("opens");
    let app_key = AppKey::parse("BenchAppKey0123456789").expect("is a key");
    let simulator = Simulator::new(Options {
        app_keys: vec![app_key.clone()],
        tickets,
        events: tickets,
        ..Options::default()
    });
    let secmon = secmon(simulator.clone()).await;
    let team = team(&store, app_key).await;
    let interval = Duration::from_mins(5);
    let settings = ArchiveSettings::new(interval, Pace::UNLIMITED);
    let archive = Archive::new(store, secmon, settings);

    let start = Instant::now();
    let mut calls = 0;
    loop {
        let next = archive.run(&team, &Context::default()).await;
        calls += simulator.take_calls().len();
        println!(
            "{calls} calls in {:.1?}, at most {} KB of memory",
            start.elapsed(),
            peak_memory()
        );
        match next.expect("the simulator answers") {
            Next::Again(pause) if pause.is_zero() => {}
            _ => break,
        }
    }
    let took = start.elapsed();
    let rate = f64::from(u32::try_from(tickets).expect("fits")) / took.as_secs_f64();
    println!(
        "{tickets} tickets with their parts and {tickets} events in {took:.1?}: {rate:.0} tickets/s"
    );
    if let Ok(file) = std::fs::metadata(&file) {
        println!("database: {} MB", file.len() / 1_000_000);
    }
    for kind in archive.status(&team.id).await.expect("is read") {
        println!("{}: {} stored", kind.kind.code(), kind.stored);
    }
}

async fn secmon(simulator: Simulator) -> Secmon {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("has an address");
    tokio::spawn(simulator.serve(listener, std::future::pending()));
    let base: Url = format!("http://{address}").parse().expect("an address");
    let settings = Settings {
        bases: BaseUrls::new(|_| base.clone()),
        ..Settings::default()
    };
    Secmon::new(settings).expect("can be built")
}

async fn team(store: &Store, app_key: AppKey) -> Team {
    let team = NewTeam {
        slug: "bench".parse().expect("a slug"),
        name: "Bench".to_owned(),
        region: Region::Kr1,
        app_key,
        token: None,
    };
    let by = AuditRecord::by_command_line();
    store.add_team(&team, &by).await.expect("is added");
    let team = store.team(&team.slug).await.expect("is read");
    team.expect("is there")
}

/// The most memory of this process so far, in KB; the simulator's is part of it.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
