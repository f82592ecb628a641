//! Transactions: repeated after a conflict, ended together with their row of the audit log.
//!
//! Locks are taken in one order, so that no two transactions wait for each other on PostgreSQL:
//! rows of the tables first, a parent before its children, and the head of the audit log last.
//! One that meets a deadlock all the same is repeated.

use std::time::Duration;

use super::{Action, AuditRecord, Error, Outcome, Store, database::Tx};

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

impl Store {
    /// Ends a transaction that did something: writes its row of the audit log and commits both.
    pub(super) async fn commit_audited(
        &self,
        mut tx: Tx<'_>,
        record: &AuditRecord,
        action: Action,
    ) -> Result<(), Error> {
        self.audit_in(&mut tx, record, action, Outcome::Done)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends a transaction: audited when it changed something, else rolled back. Says which.
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
