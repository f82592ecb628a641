//! Second proofs: codes that work once.

use std::time::Duration;

use crate::model::{User, UserId};

use super::{
    Action, AuditRecord, Error, LoginAttempt, Outcome, Store, Tx, credentials::lock_verified,
    transaction::retry,
};

/// A code that a user typed, as far as it can be checked without using it up.
#[derive(Debug, Clone)]
pub enum SecondProof {
    /// The code of that time step, of a factor turned on at that time.
    TimeStep { step: i64, turned_on_at: i64 },
    /// The hash of a recovery code.
    RecoveryCode(String),
}

/// The outcome of using a second proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofUse {
    /// It was right and is used up; this many recovery codes are left.
    Used(u32),
    /// It is wrong, or was used before.
    Wrong,
    /// The rate limit was reached since the attempt began.
    Wait(Duration),
}

impl Store {
    /// Uses a second proof up, resets the login failures and writes the audit event, all at once. Of several requests
    /// with one code, to whichever portal, one succeeds.
    pub async fn use_second_proof(
        &self,
        user: &User,
        proof: &SecondProof,
        attempt: &LoginAttempt,
        by: &AuditRecord,
    ) -> Result<ProofUse, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            if !lock_verified(&mut tx, user).await? || !spend(&mut tx, &user.id, proof).await? {
                tx.rollback().await?;
                return Ok(ProofUse::Wrong);
            }
            if let Some(wait) = self.write_login_success(&mut tx, attempt).await? {
                tx.rollback().await?;
                return Ok(ProofUse::Wait(wait));
            }
            let (record, action) = match proof {
                SecondProof::TimeStep { .. } => (by.clone(), Action::SecondFactorGiven),
                SecondProof::RecoveryCode(_) => {
                    let record = by.clone().on_user(&user.id, user.username.as_str());
                    (record, Action::RecoveryCodeUsed)
                }
            };
            self.audit_in(&mut tx, &record, action, Outcome::Done)
                .await?;
            let left: i64 =
                sqlx::query_scalar("select count(*) from recovery_codes where user_id = $1")
                    .bind(&user.id.0)
                    .fetch_one(&mut *tx)
                    .await?;
            tx.commit().await?;
            Ok(ProofUse::Used(u32::try_from(left).unwrap_or_default()))
        })
        .await
    }
}

/// `false` when the proof is not valid any more.
async fn spend(tx: &mut Tx<'_>, user: &UserId, proof: &SecondProof) -> Result<bool, Error> {
    let query = match proof {
        SecondProof::TimeStep { step, turned_on_at } => sqlx::query(
            "update second_factors set last_step = $1
             where user_id = $2 and turned_on_at = $3 and last_step < $1",
        )
        .bind(step)
        .bind(&user.0)
        .bind(turned_on_at),
        SecondProof::RecoveryCode(hash) => {
            sqlx::query("delete from recovery_codes where user_id = $1 and hash = $2")
                .bind(&user.0)
                .bind(hash)
        }
    };
    Ok(tx.run(query).await? == 1)
}
