//! Recording times of server lists: `cargo bench --bench inventory`.

use divan::{Bencher, black_box};
use secmon_portal::{
    model::{AppKey, Clock, KstDateTime, Region, Server, ServerLists, Snapshot, TeamId, Vm},
    store::{AuditRecord, NewTeam, Store},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

/// On each list.
const SERVERS: usize = 5_000;

fn servers(list: &str) -> Vec<Server> {
    let server = |number| {
        Server::Vm(Vm {
            id: format!("8b031032-e0a0-4b36-{list}-{number:012}")
                .parse()
                .ok(),
            name: Some(format!("{list}-결제-{number}")),
            fixed_ip: Some(format!("192.168.{}.{}", number / 250, number % 250)),
            ..Vm::default()
        })
    };
    (0..SERVERS).map(server).collect()
}

fn lists() -> ServerLists {
    ServerLists {
        not_monitored: servers("aaaa"),
        monitored: servers("bbbb"),
    }
}

/// A store that holds one reading of [`lists`].
struct RecordedInventory {
    runtime: Runtime,
    store: Store,
    team: TeamId,
    lists: ServerLists,
    at: KstDateTime,
    _folder: TempDir,
}

impl RecordedInventory {
    fn new() -> Self {
        let runtime = Runtime::new().expect("starts");
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, lists) = (Clock::default(), lists());
        let at = clock.korean();
        let (store, team) = runtime.block_on(async {
            let url = format!("sqlite://{}?mode=rwc", folder.path().join("db").display());
            let store = Store::open(&url, folder.path().join("key").as_path(), clock).await;
            let store = store.expect("opens");
            let team = team(&store).await;
            let recorded = store.record_reading(&team, &lists, at).await;
            recorded.expect("is recorded");
            (store, team)
        });
        Self {
            runtime,
            store,
            team,
            lists,
            at,
            _folder: folder,
        }
    }
}

async fn team(store: &Store) -> TeamId {
    let team = NewTeam {
        slug: "acme".parse().expect("a slug"),
        name: "Acme".to_owned(),
        region: Region::Kr1,
        app_key: AppKey::parse("AcmeAppKey0123456789").expect("a key"),
        token: None,
    };
    let added = store.add_team(&team, &AuditRecord::by_command_line()).await;
    added.expect("is added")
}

#[divan::bench]
fn fingerprint(bencher: Bencher) {
    let lists = lists();
    bencher.bench(|| Snapshot::new(black_box(&lists)).fingerprint());
}

#[divan::bench(sample_count = 3)]
fn first_reading(bencher: Bencher) {
    bencher.bench(RecordedInventory::new);
}

/// The store's queries for a page of servers.
#[divan::bench(sample_count = 20)]
fn unchanged_reading(bencher: Bencher) {
    let recorded = RecordedInventory::new();
    let RecordedInventory { store, team, .. } = &recorded;
    bencher.bench(|| {
        recorded.runtime.block_on(async {
            let read = store
                .record_reading(team, &recorded.lists, recorded.at)
                .await;
            read.expect("is recorded");
            store.unprotected_by_id(team).await.expect("are read")
        })
    });
}
