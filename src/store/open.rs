//! Opening the database: its connections, its schema, its key.

use std::time::Duration;

use sqlx::{
    AnyConnection, Connection as _, Executor as _,
    migrate::{MigrateError, Migrator},
};

use super::{
    KeyError,
    archive::create_words_table,
    database::{Engine, Pool, Statements},
};

/// Why the store could not be opened; one line each.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot open the database: {}", connection_error(.0))]
    Open(sqlx::Error),
    #[error("cannot bring the database up to date: {0}")]
    Migrate(MigrateError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Read(#[from] super::Error),
}

/// The message of a connection error. The driver retries a refused connection, and reports its pool's timeout at last.
fn connection_error(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::PoolTimedOut => "no server answers at its address".to_owned(),
        error => error.to_string(),
    }
}

/// Connects, and brings the schema up to date.
pub(super) async fn open(url: &str) -> Result<Pool, OpenError> {
    sqlx::any::install_default_drivers();
    let pool = connect(url).await.map_err(OpenError::Open)?;
    if let Err(error) = migrate(&pool).await {
        // Otherwise SQLite's log would stay next to the database.
        pool.close().await;
        return Err(OpenError::Migrate(error));
    }
    Ok(pool)
}

async fn connect(url: &str) -> Result<Pool, sqlx::Error> {
    if Engine::from_url(url) == Engine::Postgres {
        return Pool::connect(url, statements(url).await).await;
    }
    make_private(url)?;
    let pool = Pool::connect(url, Statements::Named).await?;
    // With the write-ahead log, readers continue during a write; the mode is stored in the file.
    // Not in the pool's hook, which retries every error until its timeout and drops the reason.
    // SQLite does not wait for this lock by itself.
    let busy = |error: &sqlx::Error| error.to_string().contains("locked");
    patiently(busy, async || {
        pool.execute("pragma journal_mode = wal").await
    })
    .await?;
    Ok(pool)
}

/// SQLite would make its file readable for everybody, in a folder that may have been there before.
fn make_private(url: &str) -> Result<(), sqlx::Error> {
    use std::os::unix::fs::OpenOptionsExt as _;
    if !url.contains("mode=rwc") {
        return Ok(());
    }
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse()?;
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(options.get_filename())?;
    Ok(())
}

/// Whether statements may have names: not when the URL turns the statement cache off, and not
/// behind a pooler in transaction mode.
async fn statements(url: &str) -> Statements {
    let says_so = url::Url::parse(url).is_ok_and(|url| {
        url.query_pairs()
            .any(|(name, value)| name == "statement-cache-capacity" && value == "0")
    });
    if says_so || shares_server_connections(url).await {
        Statements::Unnamed
    } else {
        Statements::Named
    }
}

/// Two connections name their first statement alike. They collide when a pooler gives both the
/// same server connection, or one on which an earlier process left that name.
async fn shares_server_connections(url: &str) -> bool {
    let collide = async {
        let mut first = AnyConnection::connect(url).await?;
        let mut second = AnyConnection::connect(url).await?;
        for connection in [&mut first, &mut second] {
            sqlx::query("select cast($1 as bigint)")
                .bind(1_i64)
                .fetch_one(connection)
                .await?;
        }
        first.close().await?;
        second.close().await
    };
    // Other errors recur when the pool connects, and are reported there.
    match collide.await {
        Err(sqlx::Error::Database(error)) => error.code().is_some_and(|code| code == "42P05"),
        Ok(()) | Err(_) => false,
    }
}

/// Concurrent processes: SQLite has no lock for migrations. The second one finds the database locked
/// or the tables created, and nothing to do on retry.
async fn migrate(pool: &Pool) -> Result<(), MigrateError> {
    let mut migrations: Migrator = sqlx::migrate!("src/store/migrations");
    // The driver's lock is of a session, which a pooler in transaction mode does not keep.
    migrations.set_locking(false);
    let met_another = |error: &MigrateError| {
        matches!(
            error,
            MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)
        )
    };
    patiently(met_another, async || {
        pool.migrate(&migrations).await?;
        Ok(create_words_table(pool).await?)
    })
    .await
}

/// Tries again, for two seconds at most, while another process may be in the way.
async fn patiently<T, E>(
    in_the_way: impl Fn(&E) -> bool,
    mut attempt: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, E> {
    for _ in 0..40 {
        match attempt().await {
            Err(error) if in_the_way(&error) => tokio::time::sleep(Duration::from_millis(50)).await,
            done => return done,
        }
    }
    attempt().await
}
