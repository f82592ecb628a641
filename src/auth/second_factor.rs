//! The second proof of who somebody is: a one-time code, or a recovery code in its place.

use std::{net::IpAddr, time::Duration};

use crate::{
    model::{Clock, User},
    store::{Action, AuditRecord, Error, ProofUse, SecondFactor, SecondProof, Store},
};

use super::{LoginRateLimiter, OneTimeSecret, recovery_codes, totp};

/// What was given, and was right. It cannot be given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    Code,
    /// And how many of them are left.
    RecoveryCode(u32),
}

/// Why the second proof is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotGiven {
    Wrong,
    /// Too many failures came before.
    Wait(Duration),
}

/// Checks what somebody typed as their second proof, and uses it up. Failures are counted, and every check is written
/// down together with what it does.
pub async fn check(
    store: &Store,
    clock: &Clock,
    (user, from): (&User, Option<IpAddr>),
    typed: &str,
    by: &AuditRecord,
) -> Result<Result<Given, NotGiven>, Error> {
    let limiter = LoginRateLimiter::new(store.clone());
    let attempt = match limiter.begin_code(&user.id, from).await? {
        Ok(attempt) => attempt,
        // That a pause has begun is written down; who goes on must not fill the log.
        Err(wait) => return Ok(Err(NotGiven::Wait(wait))),
    };
    let proof = match store.second_factor(&user.id).await? {
        Some(factor) => read(clock, &factor, user, typed)?,
        None => None,
    };
    let outcome = match &proof {
        Some(proof) => store.use_second_proof(user, proof, &attempt, by).await?,
        None => ProofUse::Wrong,
    };
    match (outcome, proof) {
        (ProofUse::Used(left), Some(SecondProof::RecoveryCode(_))) => {
            Ok(Ok(Given::RecoveryCode(left)))
        }
        (ProofUse::Used(_), _) => Ok(Ok(Given::Code)),
        (ProofUse::Wait(wait), _) => Ok(Err(NotGiven::Wait(wait))),
        (ProofUse::Wrong, _) => {
            let action = Action::SecondFactorGiven;
            let counted = limiter.failed(&attempt, by, action).await?;
            Ok(Err(counted.err().map_or(NotGiven::Wrong, NotGiven::Wait)))
        }
    }
}

fn read(
    clock: &Clock,
    factor: &SecondFactor,
    user: &User,
    typed: &str,
) -> Result<Option<SecondProof>, Error> {
    if !totp::looks_like_one(typed) {
        let hash = recovery_codes::hash(&user.id, typed);
        return Ok(hash.map(SecondProof::RecoveryCode));
    }
    let secret = OneTimeSecret::read(&factor.secret)
        .ok_or(Error::Unreadable("the secret of a second factor"))?;
    let step = secret.step_of(typed, clock.now(), factor.last_step);
    Ok(step.map(|step| SecondProof::TimeStep {
        step,
        turned_on_at: factor.turned_on_at,
    }))
}
