//! Whether it is the person who signed in who sits at the keyboard.

use crate::{
    credentials::Throttle,
    model::User,
    store::{Action, AuditRecord},
    web::{Error, Portal, Result, asking::Asking},
};

/// Why a password proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unproven {
    Wrong,
    /// Too many failures came before.
    Wait,
    /// They have none: they sign in through the provider.
    NoPassword,
}

/// Is that the password of who is signed in. A wrong one counts as one at signing in does.
pub(super) async fn password(
    portal: &Portal,
    (user, asking, by): (&User, &Asking, &AuditRecord),
    typed: &str,
) -> Result<std::result::Result<(), Unproven>> {
    if !portal.store.has_password(&user.id).await? {
        return Ok(Err(Unproven::NoPassword));
    }
    let throttle = Throttle::new(portal.store.clone());
    let begun = throttle
        .begin(user.username.as_str(), asking.client)
        .await?;
    let Ok(attempt) = begun else {
        return Ok(Err(Unproven::Wait));
    };
    let known = portal.store.credentials(&user.username).await?;
    let hash = known.as_ref().map(|it| it.password_hash.as_str());
    let right = portal.passwords.verify(typed, hash).await;
    if !right.map_err(Error::internal)? {
        throttle.failed(attempt, by, Action::PasswordGiven).await?;
        return Ok(Err(Unproven::Wrong));
    }
    throttle.succeeded(attempt).await?;
    Ok(Ok(()))
}
