//! `PgBouncer` in transaction mode between the portal and PostgreSQL.

use std::{
    fs,
    os::unix::{fs::MetadataExt as _, fs::chown, process::CommandExt as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use secmon_portal::{
    model::Clock,
    store::{Action, AuditRecord, Outcome, Store},
};
use tempfile::TempDir;
use url::Url;

use crate::support::{Database, new_user, noon, sql};

const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A pooler that gives every transaction one of two server connections. It is killed when it is dropped.
struct Pooler {
    process: Child,
    folder: TempDir,
}

impl Pooler {
    fn start(server: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().display();
        let settings = format!(
            "[databases]\n* = host={server}\n[pgbouncer]\nlisten_port = 6432\n\
             unix_socket_dir = {path}\nauth_type = trust\nauth_file = {path}/users\n\
             pool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 200\n\
             ignore_startup_parameters = extra_float_digits\nlogfile = {path}/log\n"
        );
        fs::write(folder.path().join("ini"), settings).expect("is written");
        fs::write(folder.path().join("users"), "\"portal\" \"\"\n").expect("is written");
        // It refuses to run as root, and the server's folder is its owner's.
        let owner = fs::metadata(server).expect("is there");
        let mut command = Command::new(PROGRAM);
        if rustix::process::geteuid().is_root() {
            for path in ["", "ini", "users"] {
                let path = folder.path().join(path);
                chown(path, Some(owner.uid()), Some(owner.gid())).expect("changes hands");
            }
            command.uid(owner.uid()).gid(owner.gid());
        }
        let process = command
            .arg("--quiet")
            .arg(folder.path().join("ini"))
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        while !folder.path().join(".s.PGSQL.6432").exists() {
            std::thread::yield_now();
        }
        Self { process, folder }
    }

    fn url(&self, database: &str, parameters: &str) -> String {
        let folder = self.folder.path().display();
        format!("postgres://portal@localhost:6432/{database}?host={folder}{parameters}")
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder of the server's socket, when the tests run on PostgreSQL and `PgBouncer` is here.
fn server_folder(database: &Database) -> Option<String> {
    if database.is_sqlite() || !Path::new(PROGRAM).exists() {
        return None;
    }
    let url = Url::parse(&database.url).expect("is an address");
    let host = url.query_pairs().find(|(name, _)| name == "host")?;
    Some(host.1.into_owned())
}

/// A portal's work, by many concurrent requests.
async fn work(store: &Store) {
    let by = AuditRecord::by_command_line();
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (store, by) = (store.clone(), by.clone());
        requests.spawn(async move {
            let name = format!("u{}", uuid::Uuid::now_v7().simple());
            let user = new_user(&name[..20], Vec::new(), "no hash");
            store.users().await.expect("are read");
            if number % 2 == 0 {
                let added = store.add_user(&user, &by).await;
                assert!(added.is_ok() || matches!(added, Err(secmon_portal::store::Error::Taken)));
            }
            let record = by.on("something");
            let written = store.audit(&record, Action::Opened, Outcome::Done);
            written.await.expect("is written");
            store.users().await.expect("are read");
        });
    }
    requests.join_all().await;
    store.verify_audit().await.expect("is whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn portals_work_behind_a_pooler_in_transaction_mode() {
    let outer = Database::new().await;
    let Some(server) = server_folder(&outer) else {
        return;
    };
    let pooler = Pooler::start(&server);
    let database = format!("pooled_{}", uuid::Uuid::now_v7().simple());
    sql(&outer.url, &format!("create database {database}")).await;
    // With and without the setting, one after the other and concurrently.
    let clock = || Clock::stopped(noon());
    let key = outer.key_file();
    let open = async |parameters: &str| {
        let url = pooler.url(&database, parameters);
        let opened = Store::open(&url, key.as_path(), clock()).await;
        opened.expect("the store opens")
    };
    let (told, found) = (open("&statement-cache-capacity=0").await, open("").await);
    tokio::join!(work(&told), work(&found));
    let again = open("").await;
    work(&again).await;
    for store in [told, found, again] {
        store.close().await;
    }
    drop(pooler);
    sql(
        &outer.url,
        &format!("drop database {database} with (force)"),
    )
    .await;
}
