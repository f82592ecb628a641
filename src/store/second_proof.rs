//! Second proofs: codes that are used up when they are given.

use std::time::Duration;

use crate::model::{User, UserId};

use super::{
    Action, AuditRecord, Error, LoginAttempt, Outcome, Store, Tx, credentials::lock_verified,
    transaction::retry,
};

/// What somebody gave as their second proof, as far as it can be told without using it up.
#[derive(Debug, Clone)]
pub enum SecondProof {
    /// The code of that time step, of a factor turned on at that time.
    TimeStep { step: i64, turned_on_at: i64 },
    /// The hash of a recovery code.
    RecoveryCode(String),
}

/// What became of a second proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofUse {
    /// It was right and cannot be used again: how many recovery codes are left.
    Used(u32),
    /// It is wrong, or was used before.
    Wrong,
    /// Others have failed meanwhile.
    Wait(Duration),
}

impl Store {
    /// Uses a second proof up, ends the count of failures before it and writes it down, all at once. Of several
    /// requests with one code, to whichever portal, one is told that it was used.
    pub async fn use_second_proof(
        &self,
        user: &User,
        proof: &SecondProof,
        attempt: &LoginAttempt,
        by: &AuditRecord,
    ) -> Result<ProofUse, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let outcome = self
                .use_second_proof_tx(&mut tx, user, proof, attempt, by)
                .await?;
            if matches!(outcome, ProofUse::Used(_)) {
                tx.commit().await?;
            } else {
                tx.rollback().await?;
            }
            Ok(outcome)
        })
        .await
    }

    async fn use_second_proof_tx(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        proof: &SecondProof,
        attempt: &LoginAttempt,
        by: &AuditRecord,
    ) -> Result<ProofUse, Error> {
        if !lock_verified(tx, user).await? || !spend(tx, &user.id, proof).await? {
            return Ok(ProofUse::Wrong);
        }
        if let Some(wait) = self.record_login_success_tx(tx, attempt).await? {
            return Ok(ProofUse::Wait(wait));
        }
        let (record, action) = match proof {
            SecondProof::TimeStep { .. } => (by.clone(), Action::SecondFactorGiven),
            SecondProof::RecoveryCode(_) => {
                let record = by.clone().on_user(&user.id, user.username.as_str());
                (record, Action::RecoveryCodeUsed)
            }
        };
        self.audit_in(tx, &record, action, Outcome::Done).await?;
        let left: i64 =
            sqlx::query_scalar("select count(*) from recovery_codes where user_id = $1")
                .bind(&user.id.0)
                .fetch_one(&mut **tx)
                .await?;
        Ok(ProofUse::Used(u32::try_from(left).unwrap_or_default()))
    }
}

/// Uses a proof up. `false` when it is none any more.
async fn spend(tx: &mut Tx<'_>, user: &UserId, proof: &SecondProof) -> Result<bool, Error> {
    let spent = match proof {
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
    let spent = spent.execute(&mut **tx).await?;
    Ok(spent.rows_affected() == 1)
}
