//! The inventory: complete, written only on changes, and shared by all portals.

use std::time::Duration;

use chrono::TimeDelta;
use sqlx::{AnyConnection, Connection as _};

use crate::support::{ACME, Database, Portal, TestClient};

/// A connection that sees whether others have written.
struct WriteWitness {
    connection: AnyConnection,
    sql: &'static str,
}

impl WriteWitness {
    async fn new(database: &Database) -> Self {
        let sql = if database.is_sqlite() {
            "pragma data_version"
        } else {
            "select max(version) from (
                 select xmin::text::bigint as version from inventory_snapshots
                 union all select xmin::text::bigint from servers
                 union all select xmin::text::bigint from server_changes
                 union all select xmin::text::bigint from change_requests
                 union all select xmin::text::bigint from job_leases
                 union all select xmin::text::bigint from sessions
                 union all select xmin::text::bigint from settings) as versions"
        };
        let connection = AnyConnection::connect(&database.url).await;
        Self {
            connection: connection.expect("connects"),
            sql,
        }
    }

    /// A number that changes with every write.
    async fn version(&mut self) -> i64 {
        let version = sqlx::query_scalar(self.sql).fetch_one(&mut self.connection);
        version.await.expect("is read")
    }
}

async fn get_vms(client: &mut TestClient) {
    let page = client.get("/t/acme/vms").await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn unchanged_lists_are_read_without_a_write() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    get_vms(&mut viewer).await;
    let mut witness = WriteWitness::new(&portal.database).await;
    let before = witness.version().await;
    get_vms(&mut viewer).await;
    assert_eq!(witness.version().await, before);
    let vm = portal.vms(true, 1).remove(0);
    assert!(portal.simulator.rename_server(ACME, &vm, "renamed"));
    portal.clock.advance(TimeDelta::seconds(1));
    get_vms(&mut viewer).await;
    assert_ne!(witness.version().await, before, "and a change is seen");
}

#[tokio::test]
async fn freshness_of_unchanged_lists_is_written_once_a_minute() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_hours(1)).await;
    let mut viewer = portal.sign_in("viewer").await;
    for (seconds, expected) in [(0, "12:00:00"), (59, "12:00:00"), (1, "12:01:00")] {
        portal.clock.advance(TimeDelta::seconds(seconds));
        get_vms(&mut viewer).await;
        let overview = viewer.get("/t/acme").await;
        let freshness = overview.text_of(".freshness");
        assert!(freshness.contains(expected), "{freshness}");
    }
    let unchanged = "update inventory_snapshots set read_at = read_at where revision = 1";
    assert_eq!(portal.database.sql(unchanged).await, 1);
}

#[tokio::test]
async fn change_recorded_by_one_portal_shows_on_another() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let mut elsewhere = portal.after_a_restart(&viewer).await;
    get_vms(&mut viewer).await;
    let vm = portal.vms(true, 1).remove(0);
    assert!(portal.simulator.release_behind_the_back(ACME, &vm));
    portal.clock.advance(TimeDelta::hours(1));
    get_vms(&mut elsewhere).await;
    let page = viewer.get("/t/acme/vms?show=elsewhere").await;
    assert_eq!(page.ids("table.servers"), [vm]);
}

#[tokio::test]
async fn thousands_of_servers_are_recorded_whole() {
    let portal = Portal::start_with(|config| config.api.vms = 3500).await;
    let mut viewer = portal.sign_in("viewer").await;
    get_vms(&mut viewer).await;
    let stored = portal.database.sql("update servers set name = name").await;
    assert_eq!(stored, 3500);
    let waiting = portal.simulator.not_monitored_ids(ACME);
    for id in &waiting {
        assert!(portal.simulator.add_behind_the_back(ACME, id));
    }
    portal.clock.advance(TimeDelta::hours(2));
    get_vms(&mut viewer).await;
    let changes = "update server_changes set name = name where kind = 'monitored'";
    let changes = portal.database.sql(changes).await;
    assert!(
        changes > 1000 && changes >= waiting.len() as u64,
        "{changes}"
    );
    let left = "update servers set name = name where state <> 'monitored'";
    assert_eq!(portal.database.sql(left).await, 0);
}
