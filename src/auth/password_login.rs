//! Password checks under the login rate limit: logging in, and reauthentication before an account changes.

use std::{net::IpAddr, time::Duration};

use crate::{
    model::{Actor, User, Username, Via},
    store::{self, Action, AuditRecord, Credentials, Store},
};

use super::{LimitError, LoginRateLimiter, PasswordCheck, PasswordError, Passwords};

/// Why a password proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("the password is wrong")]
    Wrong,
    /// The user signs in through the OIDC provider only.
    #[error("the user has no password")]
    NoPassword,
    #[error("too many failed attempts")]
    RateLimited(Duration),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<LimitError> for LoginError {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Wait(wait) => Self::RateLimited(wait),
            LimitError::Store(error) => Self::Store(error),
        }
    }
}

#[derive(Debug)]
pub struct PasswordLogin<'a> {
    pub store: &'a Store,
    pub passwords: &'a Passwords,
    pub client: Option<IpAddr>,
}

impl PasswordLogin<'_> {
    /// The enabled user of that name and password. An unknown name takes as long as a wrong password.
    pub async fn log_in(
        &self,
        username: &str,
        password: &str,
        record: impl FnOnce(Actor) -> AuditRecord,
    ) -> Result<User, LoginError> {
        let known = match Username::existing(username) {
            Ok(username) => self.store.credentials(&username).await?,
            Err(_) => None,
        };
        let actor = known.as_ref().map_or_else(Actor::unknown, |known| {
            Actor::user(&known.user, Via::Anonymous)
        });
        let by = (&record(actor), Action::SignedIn);
        let (known, checked) = self.check(username, known, password, by).await?;
        if checked == PasswordCheck::Outdated {
            self.rehash(&known, password).await;
        }
        Ok(known.user)
    }

    /// The user as their password's check found them.
    pub async fn reauthenticate(
        &self,
        user: &User,
        password: &str,
        by: &AuditRecord,
    ) -> Result<User, LoginError> {
        let known = self.store.credentials(&user.username).await?;
        let known = known.filter(|known| !known.password_hash.is_empty());
        let known = known.ok_or(LoginError::NoPassword)?;
        let by = (by, Action::PasswordGiven);
        let (known, _) = self
            .check(user.username.as_str(), Some(known), password, by)
            .await?;
        Ok(known.user)
    }

    /// The start of a pause is audited; attempts during it are not, so that they cannot fill the log.
    async fn check(
        &self,
        username: &str,
        known: Option<Credentials>,
        password: &str,
        (by, action): (&AuditRecord, Action),
    ) -> Result<(Credentials, PasswordCheck), LoginError> {
        let limiter = LoginRateLimiter::new(self.store.clone());
        let attempt = limiter.begin(username, self.client).await?;
        let hash = known.as_ref().map(|known| known.password_hash.as_str());
        let checked = self.passwords.verify(password, hash).await?;
        let known = known.filter(|known| checked.is_right() && !known.user.disabled);
        let Some(known) = known else {
            limiter.failed(&attempt, by, action).await?;
            return Err(LoginError::Wrong);
        };
        limiter.succeeded(&attempt).await?;
        Ok((known, checked))
    }

    /// Hashes the password with the current parameters. A failure does not stop the login: the next one tries again.
    async fn rehash(&self, known: &Credentials, password: &str) {
        let replaced = async {
            let hash = self.passwords.hash(password).await?;
            self.store.replace_hash(known, &hash).await?;
            Ok::<(), LoginError>(())
        };
        if let Err(error) = replaced.await {
            tracing::warn!(%error, "an outdated password hash could not be replaced");
        }
    }
}
