//! Transactions: retried after a conflict, committed together with their audit event.
//!
//! Locks are taken in one order, so that no two transactions wait for each other on PostgreSQL:
//! rows of the tables first, a parent before its children, and the head of the audit log last.

use std::time::Duration;

use sqlx::{Any, any::AnyArguments};

use super::{Action, AuditRecord, Error, Outcome, Store, database::Tx};

/// A statement with its arguments.
pub(super) type Query = sqlx::query::Query<'static, Any, AnyArguments>;

/// How often a transaction is tried in all.
const MAX_TRIES: u32 = 5;

/// Runs a whole transaction, from its begin to its commit, and again when the database gave it up
/// in favor of another one. It must do nothing but change the database.
pub(super) async fn retry<T, F>(attempt: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for tried in 1..MAX_TRIES {
        match attempt().await {
            Err(error) if error.is_conflict() => {
                // Two that met must not meet again at once.
                let pause = fastrand::u64(5..=25) << tried;
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            done => return done,
        }
    }
    attempt().await
}

impl Tx<'_> {
    /// Executes a statement and returns the number of rows that it changed.
    pub async fn run(&mut self, query: Query) -> Result<u64, sqlx::Error> {
        Ok(query.execute(&mut **self).await?.rows_affected())
    }
}

impl Store {
    /// Executes one statement in a transaction.
    pub(super) async fn execute(&self, query: impl Fn() -> Query) -> Result<u64, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let changed = tx.run(query()).await?;
            tx.commit().await?;
            Ok(changed)
        })
        .await
    }

    /// Executes one statement together with its audit event. `false` when it changed nothing; there is no event then.
    pub(super) async fn audited(
        &self,
        record: &AuditRecord,
        action: Action,
        query: impl Fn() -> Query,
    ) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let changed = tx.run(query()).await? > 0;
            self.end(tx, changed, record, action).await
        })
        .await
    }

    /// Writes the audit event of a transaction and commits both.
    pub(super) async fn commit_audited(
        &self,
        mut tx: Tx<'_>,
        record: &AuditRecord,
        action: Action,
    ) -> Result<(), Error> {
        self.audit_in(&mut tx, record, action, Outcome::Done)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Ends a transaction: commits it with its audit event when it changed something, else rolls it back.
    pub(super) async fn end(
        &self,
        tx: Tx<'_>,
        changed: bool,
        record: &AuditRecord,
        action: Action,
    ) -> Result<bool, Error> {
        if changed {
            self.commit_audited(tx, record, action).await?;
        } else {
            tx.rollback().await?;
        }
        Ok(changed)
    }
}
