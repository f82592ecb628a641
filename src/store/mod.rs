//! The database; the only place that knows SQL.

mod archive;
mod audit;
mod backup;
mod change_requests;
mod codes;
mod columns;
mod credentials;
mod database;
mod executor;
mod expiry;
mod id_tokens;
mod identities;
mod inventory;
mod invitations;
mod jobs;
mod link_token;
mod login_failures;
mod members;
mod mfa_challenges;
mod open;
mod readiness;
mod second_factor;
mod second_proof;
mod secrets;
mod sessions;
mod set_up;
mod teams;
mod time;
mod transaction;
mod users;
mod values;

use std::sync::Arc;

use crate::model::{Clock, KstDateTime};

use database::{Pool, Tx};
use readiness::WriteProbe;

pub use crate::model::{Action, Outcome};
pub use archive::{
    AddressSummary, Appearances, ArchiveId, ArchiveKey, ArchiveProgress, ArchiveRow, ArchiveStatus,
    ArchivedAttack, ArchivedEvent, ArchivedHistory, ArchivedPart, ArchivedTicket, DueTicket,
    EventWindow, FacetValue, FoundNote, ListRows, ListWalk, NoteEdit, NoteVersion, PageNews,
    PartExcerpt, RetentionPreview, SeenChange, StoredTicket, TicketNote, WalkKind, WindowReading,
};
pub use audit::{AuditEntry, AuditFilter, AuditPage, AuditRecord, AuditVerifyError};
pub use backup::{BackupError, backup};
pub use change_requests::RequestFilter;
pub use credentials::Credentials;
pub use identities::{Identity, LinkOutcome, LinkedIdentity};
pub use jobs::{JobKind, JobLease};
pub use login_failures::{FailureKey, LoginAttempt};
pub use members::Member;
pub use open::OpenError;
pub use readiness::Readiness;
pub use second_factor::SecondFactor;
pub use second_proof::{ProofUse, SecondProof};
pub use secrets::{KeyError, KeyFiles, KeyId, KeyRotation, Keys, SecretKey};
pub use sessions::{OpenSession, SessionLimits, Sessions, SignIn, UserSession};
pub use teams::{NewTeam, SiteTeam};
pub use users::{NewUser, RightRemoval, SiteUser};

/// The database. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    keys: Keys,
    clock: Clock,
    write_probe: Arc<WriteProbe>,
    refusals: Arc<audit::Refusals>,
    unprotected_servers: Arc<inventory::UnprotectedServers>,
}

/// Errors of the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name that has to be unique is taken.
    #[error("it exists already")]
    Taken,
    /// An unreadable value: something else changed the database, or a secret was moved to another row.
    #[error("the database holds something unreadable: {0}")]
    Unreadable(&'static str),
    /// A secret is encrypted with a key that this portal does not have.
    #[error("the key was replaced, and this portal does not have the new one yet")]
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

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Taken,
            // A decoding error of `columns`.
            sqlx::Error::ColumnDecode { source, .. } if source.is::<Self>() => source
                .downcast()
                .map_or(Self::Unreadable("a column"), |error| *error),
            error => Self::Database(error),
        }
    }
}

impl Error {
    /// Whether PostgreSQL gave this transaction up in favor of another one: a serialization failure
    /// or a deadlock.
    fn is_conflict(&self) -> bool {
        let Self::Database(sqlx::Error::Database(cause)) = self else {
            return false;
        };
        cause
            .code()
            .is_some_and(|code| matches!(&*code, "40001" | "40P01"))
    }
}

impl Store {
    /// Opens the database at `url` (`sqlite://…` or `postgres://…`), brings it up to date and
    /// makes sure that `key_files` hold the key that its secrets were encrypted with. The first
    /// start makes the key.
    ///
    /// # Errors
    /// [`OpenError`], one line each; nothing is overwritten.
    pub async fn open(
        url: &str,
        key_files: impl Into<KeyFiles>,
        clock: Clock,
    ) -> Result<Self, OpenError> {
        let pool = open::open(url).await?;
        match secrets::establish(&pool, &key_files.into()).await {
            Ok(keys) => Ok(Self {
                pool,
                keys,
                clock,
                write_probe: Arc::default(),
                refusals: Arc::default(),
                unprotected_servers: Arc::default(),
            }),
            Err(error) => {
                // SQLite's log would stay next to the database.
                pool.close().await;
                Err(error.into())
            }
        }
    }

    /// The keys, for secrets outside the database: form tokens and cookies.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// How much of the connection pool is in use.
    #[must_use]
    pub fn pool_use(&self) -> PoolUse {
        let connections = &self.pool.connections;
        let idle = u32::try_from(connections.num_idle()).unwrap_or(u32::MAX);
        PoolUse {
            in_use: connections.size().saturating_sub(idle),
            idle,
        }
    }

    /// Ends the connections; SQLite folds its log into the database file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Starts a transaction; [`transaction::retry`] runs it again after a conflict.
    async fn begin(&self) -> Result<Tx<'static>, Error> {
        Ok(self.pool.begin().await?)
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

/// A new id. Ids sort by their time.
fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Text without NUL, which PostgreSQL does not store.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A count; the engines have no unsigned type.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn read_time(millis: i64) -> Result<KstDateTime, Error> {
    chrono::DateTime::from_timestamp_millis(millis)
        .map(KstDateTime::from_utc)
        .ok_or(Error::Unreadable("a time"))
}
