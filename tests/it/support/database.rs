//! A database for each test: an SQLite file, or a PostgreSQL schema.

use std::path::{Path, PathBuf};

use secmon_portal::{
    model::Clock,
    store::{AuditRecord, KeyFiles, KeyRotation, OpenError, Store},
};
use sqlx::{AnyConnection, Connection as _, Executor as _};
use tempfile::TempDir;

/// URL of the PostgreSQL server for tests, with a user that may create schemas.
const SERVER: &str = "SECMON_PORTAL_TEST_DATABASE_URL";

pub struct Database {
    pub url: String,
    /// Holds the key, and the database if it is SQLite's.
    pub folder: TempDir,
    schema: Option<Schema>,
}

struct Schema {
    server: String,
    name: String,
}

impl Database {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder is made");
        let server = std::env::var(SERVER).ok().filter(|var| !var.is_empty());
        let Some(server) = server else {
            let file = folder.path().join("portal.db");
            return Self {
                url: format!("sqlite://{}?mode=rwc", file.display()),
                folder,
                schema: None,
            };
        };
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        sql(&server, &format!("create schema {name}")).await;
        let joint = if server.contains('?') { '&' } else { '?' };
        Self {
            url: format!("{server}{joint}options=-csearch_path%3D{name}"),
            folder,
            schema: Some(Schema { server, name }),
        }
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("secret.key")
    }

    /// Another key, which a portal of these tests decrypts with too: as all portals do before the
    /// key is replaced.
    pub fn next_key_file(&self) -> PathBuf {
        self.folder.path().join("next.key")
    }

    /// Rotates to the next key, as the command line does.
    pub async fn rotate_key(&self, clock: Clock) -> KeyRotation {
        let key_files = KeyFiles {
            current: self.next_key_file(),
            old: vec![self.key_file()],
        };
        let store = Store::open(&self.url, key_files, clock).await;
        let store = store.expect("the store opens");
        let rotated = store.rotate_key(&AuditRecord::by_command_line()).await;
        rotated.expect("the key is replaced")
    }

    /// Executes a statement outside the portal, and returns the number of rows.
    pub async fn sql(&self, statement: &str) -> u64 {
        sql(&self.url, statement).await
    }

    /// All texts in the database, with table and column.
    pub async fn texts(&self) -> Vec<(String, String)> {
        let columns = if self.is_sqlite() {
            "select m.name, p.name from sqlite_master m join pragma_table_info(m.name) p
             where m.type = 'table' and lower(p.type) = 'text'"
        } else {
            "select table_name::text, column_name::text from information_schema.columns
             where table_schema = current_schema() and data_type = 'text'"
        };
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&self.url).await.expect("connects");
        let columns: Vec<(String, String)> = sqlx::query_as(columns)
            .fetch_all(&mut connection)
            .await
            .expect("the columns are read");
        let mut texts = Vec::new();
        for (table, column) in columns {
            let all = format!(
                "select cast(\"{column}\" as text) from \"{table}\" where \"{column}\" is not null"
            );
            let all: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(all))
                .fetch_all(&mut connection)
                .await
                .expect("a column is read");
            texts.extend(
                all.into_iter()
                    .map(|value| (format!("{table}.{column}"), value)),
            );
        }
        connection.close().await.expect("is closed");
        texts
    }

    pub fn is_sqlite(&self) -> bool {
        self.schema.is_none()
    }

    /// With that key alone.
    pub async fn try_open(&self, key_file: &Path, clock: Clock) -> Result<Store, OpenError> {
        Store::open(&self.url, key_file, clock).await
    }
}

/// The portal's store on that database.
pub async fn open(database: &Database, clock: Clock) -> Store {
    let next = database.next_key_file();
    if !next.exists() {
        std::fs::write(&next, [5; 32]).expect("is written");
    }
    let key_files = KeyFiles {
        current: database.key_file(),
        old: vec![next],
    };
    let opened = Store::open(&database.url, key_files, clock).await;
    opened.expect("the store opens")
}

pub async fn sql(url: &str, statement: &str) -> u64 {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.expect("connects");
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    let done = connection.execute(statement).await.expect("is executed");
    connection.close().await.expect("is closed");
    done.rows_affected()
}

/// All files below a folder, with their content.
pub fn files_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("can be read") {
        let path = entry.expect("can be read").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            let content = std::fs::read(&path).expect("can be read");
            files.push((path, content));
        }
    }
    files
}

impl Drop for Schema {
    /// The test's own runtime may be gone already.
    fn drop(&mut self) {
        let Self { server, name } = self;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime is made");
                runtime.block_on(sql(server, &format!("drop schema {name} cascade")));
            });
        });
    }
}
