//! The second proof of who somebody is: a one-time code, or a recovery code in its place.

use std::{net::IpAddr, time::Duration};

use crate::{
    model::{Clock, User},
    store::{Action, AuditRecord, Error, Outcome, SecondFactor, Store},
};

use super::{OneTimeSecret, Throttle, one_time_codes, recovery_codes};

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

/// Checks what somebody typed as their second proof, and uses it up. Every check is counted until
/// one is right, and every one is written down.
pub async fn check(
    store: &Store,
    clock: &Clock,
    (user, from): (&User, Option<IpAddr>),
    typed: &str,
    by: &AuditRecord,
) -> Result<Result<Given, NotGiven>, Error> {
    let throttle = Throttle::new(store.clone());
    let attempt = match throttle.begin_code(&user.id, from).await? {
        Ok(attempt) => attempt,
        // That a pause has begun is written down; who goes on must not fill the log.
        Err(wait) => return Ok(Err(NotGiven::Wait(wait))),
    };
    let given = match store.second_factor(&user.id).await? {
        Some(factor) if one_time_codes::looks_like_one(typed) => {
            use_code(store, clock, &factor, typed).await?
        }
        Some(_) => match recovery_codes::hash(&user.id, typed) {
            Some(hash) => {
                let left = store.use_recovery_code(user, &hash, by).await?;
                left.map(Given::RecoveryCode)
            }
            None => None,
        },
        None => None,
    };
    let Some(given) = given else {
        let action = Action::SecondFactorGiven;
        throttle.failed(attempt, by, action).await?;
        return Ok(Err(NotGiven::Wrong));
    };
    throttle.succeeded(attempt).await?;
    // A recovery code's row was written when it was used up.
    if given == Given::Code {
        let action = Action::SecondFactorGiven;
        store.audit(by, action, Outcome::Done).await?;
    }
    Ok(Ok(given))
}

async fn use_code(
    store: &Store,
    clock: &Clock,
    factor: &SecondFactor,
    typed: &str,
) -> Result<Option<Given>, Error> {
    let secret = OneTimeSecret::read(&factor.secret)
        .ok_or(Error::Unreadable("the secret of a second factor"))?;
    let Some(step) = secret.step_of(typed, clock.now(), factor.last_step) else {
        return Ok(None);
    };
    // Another request may have used it since the factor was read.
    let used = store.use_time_step(factor, step).await?;
    Ok(used.then_some(Given::Code))
}
