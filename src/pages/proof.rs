//! Whether it is the person who signed in who sits at the keyboard.

use crate::{
    credentials::LoginRateLimiter,
    model::User,
    store::{Action, AuditRecord},
    web::{Error, Portal, Result, asking::Asking},
};

/// Why a password proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unproven {
    Wrong,
    /// They have none: they sign in through the provider.
    NoPassword,
}

/// The user as they were when their password was checked, if it is theirs. A wrong one counts as one at signing in does.
///
/// # Errors
/// [`Error::TooManyAttempts`] when too many failures came before.
pub(super) async fn password(
    portal: &Portal,
    (user, asking, by): (&User, &Asking, &AuditRecord),
    typed: &str,
) -> Result<std::result::Result<User, Unproven>> {
    let known = portal.store.credentials(&user.username).await?;
    let Some(known) = known.filter(|known| !known.password_hash.is_empty()) else {
        return Ok(Err(Unproven::NoPassword));
    };
    let limiter = LoginRateLimiter::new(portal.store.clone());
    let username = user.username.as_str();
    let attempt = limiter.begin(username, asking.client).await?;
    let attempt = attempt.map_err(Error::TooManyAttempts)?;
    let checked = portal.passwords.verify(typed, Some(&known.password_hash));
    if !checked.await?.is_right() {
        let counted = limiter.failed(&attempt, by, Action::PasswordGiven).await?;
        counted.map_err(Error::TooManyAttempts)?;
        return Ok(Err(Unproven::Wrong));
    }
    let counted = limiter.succeeded(&attempt).await?;
    counted.map_err(Error::TooManyAttempts)?;
    Ok(Ok(known.user))
}
