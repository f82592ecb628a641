//! Whether it is the person who signed in who sits at the keyboard.

use crate::{
    auth::LoginRateLimiter,
    model::User,
    store::{Action, AuditRecord},
    web::{AppState, Result, context::RequestContext},
};

/// Why a password proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReauthError {
    Wrong,
    /// They have none: they sign in through the provider.
    NoPassword,
}

/// The user as they were when their password was checked, if it is theirs. A wrong one counts as one at signing in does.
///
/// # Errors
/// [`Error::TooManyAttempts`](crate::web::Error::TooManyAttempts) when too many failures came before.
pub(super) async fn password(
    state: &AppState,
    (user, context, by): (&User, &RequestContext, &AuditRecord),
    typed: &str,
) -> Result<std::result::Result<User, ReauthError>> {
    let known = state.store.credentials(&user.username).await?;
    let Some(known) = known.filter(|known| !known.password_hash.is_empty()) else {
        return Ok(Err(ReauthError::NoPassword));
    };
    let limiter = LoginRateLimiter::new(state.store.clone());
    let username = user.username.as_str();
    let attempt = limiter.begin(username, context.client).await?;
    let checked = state.passwords.verify(typed, Some(&known.password_hash));
    if !checked.await?.is_right() {
        limiter.failed(&attempt, by, Action::PasswordGiven).await?;
        return Ok(Err(ReauthError::Wrong));
    }
    limiter.succeeded(&attempt).await?;
    Ok(Ok(known.user))
}
