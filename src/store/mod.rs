//! What the portal remembers; the only place that knows the database.

mod audit;
mod backup;
mod change_requests;
mod credentials;
mod database;
mod executor;
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
mod site_teams;
mod site_users;
mod teams;
mod time;
mod transaction;
mod users;

use std::sync::Arc;

use crate::model::{Clock, KstDateTime};
use crate::store::transaction::retry;

use database::{Pool, Tx};
use readiness::WriteProbe;

pub use audit::{Action, AuditEntry, AuditFilter, AuditPage, AuditRecord, ChainBreak, Outcome};
pub use backup::{BackupError, backup};
pub use change_requests::{
    ChangeRequest, ItemKind, NewChangeRequest, RequestFilter, RequestItem, Settled, StartedRequest,
    Step, UnderWay,
};
pub use credentials::Credentials;
pub use identities::{Connected, Connection, Identity};
pub use inventory::{Coverage, KnownServer, Protection, ServerChange, ServerChangeKind};
pub use jobs::{JobKind, JobLease};
pub use login_failures::{FailureKey, LoginAttempt};
pub use members::Member;
pub use open::OpenError;
pub use readiness::Readiness;
pub use second_factor::SecondFactor;
pub use second_proof::{ProofUse, SecondProof};
pub use secrets::{KeyError, KeyFiles, KeyId, Keys, Rotated, SecretKey};
pub use sessions::{OpenSession, SessionLimits, Sessions, SignIn};
pub use site_teams::SiteTeam;
pub use site_users::{RightTaken, SiteUser};
pub use teams::NewTeam;
pub use users::NewUser;

/// The portal's memory. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    keys: Keys,
    clock: Clock,
    write_probe: Arc<WriteProbe>,
    refusals: Arc<audit::Refusals>,
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
    /// What was asked needs a key that this portal does not have.
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
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Taken,
            _ => Self::Database(error),
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
            }),
            Err(refused) => {
                // SQLite's log would stay beside the database.
                pool.close().await;
                Err(refused.into())
            }
        }
    }

    /// The keys, for what must be sealed but does not lie in the database: form tokens.
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

    /// Deletes what has expired: sessions, login failures, links, and sign-ins that were begun and not ended.
    pub async fn forget_ended(&self) -> Result<(), Error> {
        let now = self.now();
        retry(|| async {
            let mut tx = self.begin().await?;
            sessions::forget_sessions_in(&mut tx, now).await?;
            login_failures::forget_login_failures(&mut tx, now).await?;
            second_factor::forget_offers_in(&mut tx, now).await?;
            mfa_challenges::forget_steps_in(&mut tx, now).await?;
            invitations::forget_links_in(&mut tx, now).await?;
            identities::forget_returns_in(&mut tx, now).await?;
            id_tokens::forget_id_tokens_in(&mut tx, now).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Starts a transaction by hand; [`transaction`](Self::transaction) also repeats one that met
    /// a conflict.
    async fn begin(&self) -> Result<Tx<'static>, Error> {
        Ok(self.pool.begin().await?)
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

/// A new id: sorts by the time at which it was made.
fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// What a stranger or the API wrote, as PostgreSQL takes it: its texts hold every character but NUL.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn read_time(millis: i64) -> Result<KstDateTime, Error> {
    chrono::DateTime::from_timestamp_millis(millis)
        .map(KstDateTime::from_utc)
        .ok_or(Error::Unreadable("a time"))
}
