//! Checks of a second factor: a one-time code, or a recovery code in its place.

use std::{net::IpAddr, time::Duration};

use crate::{
    model::{Clock, User},
    store::{Action, AuditRecord, Error, ProofUse, SecondFactor, SecondProof, Store},
};

use super::{LimitError, LoginRateLimiter, OneTimeSecret, recovery_codes, totp};

/// A code that was right and is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptedCode {
    OneTime,
    /// This many recovery codes are left.
    Recovery(u32),
}

#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    #[error("the code is wrong or was used before")]
    Wrong,
    #[error("too many failed attempts, wait {0:?}")]
    Wait(Duration),
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<LimitError> for CodeError {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Wait(wait) => Self::Wait(wait),
            LimitError::Store(error) => Self::Store(error),
        }
    }
}

/// Checks a code and uses it up. Every check is counted and audited, but for those during a pause: they must not fill
/// the audit log.
pub async fn check(
    store: &Store,
    clock: &Clock,
    (user, client): (&User, Option<IpAddr>),
    code: &str,
    by: &AuditRecord,
) -> Result<AcceptedCode, CodeError> {
    let limiter = LoginRateLimiter::new(store.clone());
    let attempt = limiter.begin_code(&user.id, client).await?;
    let proof = match store.second_factor(&user.id).await? {
        Some(factor) => parse(clock, &factor, user, code)?,
        None => None,
    };
    let outcome = match &proof {
        Some(proof) => store.use_second_proof(user, proof, &attempt, by).await?,
        None => ProofUse::Wrong,
    };
    match (outcome, proof) {
        (ProofUse::Used(left), Some(SecondProof::RecoveryCode(_))) => {
            Ok(AcceptedCode::Recovery(left))
        }
        (ProofUse::Used(_), _) => Ok(AcceptedCode::OneTime),
        (ProofUse::Wait(wait), _) => Err(CodeError::Wait(wait)),
        (ProofUse::Wrong, _) => {
            let action = Action::SecondFactorGiven;
            limiter.failed(&attempt, by, action).await?;
            Err(CodeError::Wrong)
        }
    }
}

/// The proof that a code is, unless it is wrong at first sight.
fn parse(
    clock: &Clock,
    factor: &SecondFactor,
    user: &User,
    code: &str,
) -> Result<Option<SecondProof>, Error> {
    if !totp::is_one_time_code(code) {
        let hash = recovery_codes::hash(&user.id, code);
        return Ok(hash.map(SecondProof::RecoveryCode));
    }
    let secret = OneTimeSecret::parse(&factor.secret)
        .ok_or(Error::Unreadable("the secret of a second factor"))?;
    let step = secret.step_of(code, clock.now(), factor.last_step);
    Ok(step.map(|step| SecondProof::TimeStep {
        step,
        turned_on_at: factor.turned_on_at,
    }))
}
