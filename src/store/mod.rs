//! What the portal remembers; the only place that knows the database.

mod audit;
mod backup;
mod control;
mod coverage;
mod credentials;
mod id_tokens;
mod identities;
mod invitations;
mod jobs;
mod link_token;
mod login_failures;
mod members;
mod second_factor;
mod second_proof;
mod secrets;
mod sessions;
mod set_up;
mod sign_in_steps;
mod site_teams;
mod site_users;
mod teams;
mod time;
mod users;

use std::time::Duration;

use sqlx::{AnyPool, Executor as _, any::AnyPoolOptions};

use crate::model::{Clock, KoreanTime};

pub use audit::{Action, AuditEntry, AuditFilter, AuditPage, AuditRecord, ChainBreak, Outcome};
pub use backup::{BackUpError, back_up};
pub use control::{
    ControlItem, ControlRequest, ItemKind, NewControlRequest, Settled, StartedControl, Step,
    UnderWay,
};
pub use coverage::{Coverage, KnownServer, Protection, ServerChange, ServerChangeKind};
pub use credentials::Credentials;
pub use identities::{Connected, Connection, Identity};
pub use jobs::{JobKind, JobLease};
pub use login_failures::{FailureKey, LoginAttempt};
pub use members::Member;
pub use second_factor::SecondFactor;
pub use second_proof::{ProofUse, SecondProof};
pub use secrets::{KeyError, KeyId, Keys, Rotated, SecretKey};
pub use sessions::{OpenSession, SessionLimits, Sessions, SignIn};
pub use site_teams::SiteTeam;
pub use site_users::{RightTaken, SiteUser};
pub use teams::NewTeam;
pub use users::NewUser;

/// The portal's memory. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    keys: Keys,
    clock: Clock,
    begin: &'static str,
}

/// What can go wrong with what is remembered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name that has to be unique is taken.
    #[error("it exists already")]
    Taken,
    /// A stored text is not what the portal writes: the database was changed by something else,
    /// or a secret was moved to another row.
    #[error("the database holds something unreadable: {0}")]
    Unreadable(&'static str),
    /// What was asked needs the key, and the key file holds one of before.
    #[error("the key was replaced, and this portal's key file does not hold the new one yet")]
    KeyReplaced,
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
}

/// Connections of the pool by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    pub in_use: u32,
    pub idle: u32,
}

/// Can the portal serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    NoDatabase,
    /// The key was replaced, and the key file holds one of before.
    KeyReplaced,
}

/// Why the store could not be opened; one line each.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot open the database: {}", in_words(.0))]
    Open(sqlx::Error),
    #[error("cannot bring the database up to date: {0}")]
    Migrate(sqlx::migrate::MigrateError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Read(#[from] Error),
}

/// The driver tries a server that refuses to be reached again and again, and in the end tells of its pool.
fn in_words(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::PoolTimedOut => "no server answers at its address".to_owned(),
        error => error.to_string(),
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Taken,
            _ => Self::Database(error),
        }
    }
}

/// Takes SQLite's write lock.
const BEGIN_SQLITE: &str = "begin immediate";

/// A change under way; what is not committed is rolled back when it is dropped.
type Change<'a> = sqlx::Transaction<'a, sqlx::Any>;

impl Store {
    /// Opens the database at `url` (`sqlite://…` or `postgres://…`), brings it up to date and
    /// makes sure that `key_file` holds the key that its secrets were encrypted with. The first
    /// start makes the key.
    ///
    /// # Errors
    /// [`OpenError`], one line each; nothing is overwritten.
    pub async fn open(
        url: &str,
        key_file: &std::path::Path,
        clock: Clock,
    ) -> Result<Self, OpenError> {
        let (pool, begin) = connect(url).await.map_err(OpenError::Open)?;
        match prepare(&pool, begin, key_file).await {
            Ok(keys) => Ok(Self {
                pool,
                keys,
                clock,
                begin,
            }),
            Err(refused) => {
                // SQLite's log would stay beside the database.
                pool.close().await;
                Err(refused)
            }
        }
    }

    /// The keys, for what must be sealed but does not lie in the database: form tokens.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Does the database answer, and can its secrets be read.
    pub async fn ready(&self) -> Readiness {
        match tokio::time::timeout(Duration::from_secs(3), self.has_key()).await {
            Ok(Ok(true)) => Readiness::Ready,
            Ok(Ok(false)) => Readiness::KeyReplaced,
            Ok(Err(_)) | Err(_) => Readiness::NoDatabase,
        }
    }

    /// How much of the connection pool is in use.
    #[must_use]
    pub fn pool_use(&self) -> PoolUse {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        PoolUse {
            in_use: self.pool.size().saturating_sub(idle),
            idle,
        }
    }

    /// Ends the connections; SQLite folds its log into the database file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Forgets the sessions that have ended, failures to sign in of more than a day ago, and what was begun and not
    /// ended of signing in.
    pub async fn forget_ended(&self) -> Result<(), Error> {
        let now = self.now();
        let mut change = self.begin().await?;
        sessions::forget_sessions_in(&mut change, now).await?;
        login_failures::forget_login_failures(&mut change, now).await?;
        second_factor::forget_offers_in(&mut change, now).await?;
        sign_in_steps::forget_steps_in(&mut change, now).await?;
        invitations::forget_links_in(&mut change, now).await?;
        identities::forget_returns_in(&mut change, now).await?;
        id_tokens::forget_id_tokens_in(&mut change, now).await?;
        change.commit().await?;
        Ok(())
    }

    /// Starts a change. On SQLite it takes the write lock at once: a change that reads first and
    /// asks for the lock later fails when another came between.
    async fn begin(&self) -> Result<Change<'static>, Error> {
        Ok(self.pool.begin_with(self.begin).await?)
    }

    fn is_sqlite(&self) -> bool {
        self.begin == BEGIN_SQLITE
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

/// A new id: sorts by the time at which it was made.
fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

async fn prepare(
    pool: &AnyPool,
    begin: &'static str,
    key_file: &std::path::Path,
) -> Result<Keys, OpenError> {
    migrate(pool).await.map_err(OpenError::Migrate)?;
    Ok(secrets::establish(pool, begin, key_file).await?)
}

/// What a stranger or the API wrote, as PostgreSQL takes it: its texts hold every character but NUL.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
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

async fn connect(url: &str) -> Result<(AnyPool, &'static str), sqlx::Error> {
    sqlx::any::install_default_drivers();
    let sqlite = url.starts_with("sqlite:");
    if sqlite {
        make_private(url)?;
    }
    // SQLite's driver waits five seconds for another's lock.
    let pool = AnyPoolOptions::new()
        .max_connections(if sqlite { 8 } else { 16 })
        .acquire_timeout(Duration::from_secs(8))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if sqlite {
                    // What is deleted or overwritten leaves no trace in the file: a secret that
                    // was encrypted with a key of before must not be found there.
                    connection.execute("pragma secure_delete = on").await?;
                }
                Ok(())
            })
        })
        .connect(url)
        .await?;
    if sqlite {
        // The write-ahead log lets readers go on while a change is written; the file keeps it so.
        // Not in the pool's own hook: what fails there is tried again until the time is over, and
        // the reason is lost. SQLite does not wait for this lock by itself.
        let busy = |error: &sqlx::Error| error.to_string().contains("locked");
        patiently(busy, async || {
            pool.execute("pragma journal_mode = wal").await
        })
        .await?;
    }
    let begin = if sqlite { BEGIN_SQLITE } else { "begin" };
    Ok((pool, begin))
}

/// Several processes may come here at once, and SQLite knows no lock for it: who comes second finds
/// the database locked or the tables made, and nothing to do when asking again.
async fn migrate(pool: &AnyPool) -> Result<(), sqlx::migrate::MigrateError> {
    use sqlx::migrate::MigrateError;
    let migrations = sqlx::migrate!("src/store/migrations");
    let met_another = |error: &MigrateError| {
        matches!(
            error,
            MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)
        )
    };
    patiently(met_another, async || migrations.run(pool).await).await
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

fn read_time(millis: i64) -> Result<KoreanTime, Error> {
    chrono::DateTime::from_timestamp_millis(millis)
        .map(KoreanTime::from_utc)
        .ok_or(Error::Unreadable("a time"))
}
