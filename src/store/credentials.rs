//! Passwords, and the version of a user's credentials.
//!
//! Whatever ends all sessions of a user also raises the version. A login is verified with one version and opens a
//! session with that version only, so that none opens after the password was reset or the user disabled.

use sqlx::Row as _;

use crate::model::{User, UserId, Username};

use super::{
    Action, AuditRecord, Error, Outcome, Store, Tx, sessions::end_open_in, transaction::retry,
    users::read_user,
};

/// What a sign-in is checked against.
#[derive(Debug)]
pub struct Credentials {
    pub user: User,
    pub password_hash: String,
}

impl Store {
    /// The user of that name with the password's hash.
    pub async fn credentials(&self, username: &Username) -> Result<Option<Credentials>, Error> {
        let row = sqlx::query(
            "select id, username, display_name, site_admin_at, disabled_at, credential_version, password_hash
             from users where username = $1",
        )
        .bind(username.as_str())
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Credentials {
            user: read_user(&row)?,
            password_hash: row.try_get("password_hash")?,
        }))
    }

    /// Sets a password and ends every session that was opened with the old one.
    pub async fn set_password(
        &self,
        user: &User,
        password_hash: &str,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            self.set_password_tx(&mut tx, user, password_hash, by)
                .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// The same for a user who has just proven who they are: the user with new credentials, or `None` when they were
    /// changed meanwhile.
    pub async fn change_password(
        &self,
        user: &User,
        password_hash: &str,
        by: &AuditRecord,
    ) -> Result<Option<User>, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            if !lock_verified(&mut tx, user).await? {
                tx.rollback().await?;
                return Ok(None);
            }
            let changed = self
                .set_password_tx(&mut tx, user, password_hash, by)
                .await?;
            tx.commit().await?;
            Ok(Some(changed))
        })
        .await
    }

    async fn set_password_tx(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        password_hash: &str,
        by: &AuditRecord,
    ) -> Result<User, Error> {
        let changed = end_sessions_in(tx, user, self.now()).await?;
        sqlx::query("update users set password_hash = $1 where id = $2")
            .bind(password_hash)
            .bind(&user.id.0)
            .execute(&mut **tx)
            .await?;
        end_links_in(tx, &user.id).await?;
        let record = by.clone().on_user(&user.id, user.username.as_str());
        self.audit_in(tx, &record, Action::PasswordSet, Outcome::Done)
            .await?;
        Ok(changed)
    }

    /// Puts another hash of the same password in the place of the one that it was checked against.
    /// `false` when the password was changed meanwhile.
    pub async fn replace_hash(&self, known: &Credentials, hash: &str) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let replaced = sqlx::query(
                "update users set password_hash = $1 where id = $2 and password_hash = $3",
            )
            .bind(hash)
            .bind(&known.user.id.0)
            .bind(&known.password_hash)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(replaced.rows_affected() == 1)
        })
        .await
    }
}

/// A link by which a password can be chosen is of no use any more.
pub(super) async fn end_links_in(tx: &mut Tx<'_>, user: &UserId) -> Result<(), Error> {
    sqlx::query("delete from invitations where user_id = $1")
        .bind(&user.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Locks the user's row, as every transaction does that touches rows of a user's: parent rows come first. `false`
/// when the user's credentials are no longer those that were verified, or the user was disabled.
pub(super) async fn lock_verified(tx: &mut Tx<'_>, user: &User) -> Result<bool, Error> {
    lock_credentials(tx, &user.id.0, user.credential_version).await
}

pub(super) async fn lock_credentials(
    tx: &mut Tx<'_>,
    user: &str,
    version: i64,
) -> Result<bool, Error> {
    let locked = sqlx::query(
        "update users set credential_version = credential_version
         where id = $1 and credential_version = $2 and disabled_at is null",
    )
    .bind(user)
    .bind(version)
    .execute(&mut **tx)
    .await?;
    Ok(locked.rows_affected() > 0)
}

/// Makes what was verified with the user's credentials until now worthless. Locks the user's row.
pub(super) async fn renew_credentials(tx: &mut Tx<'_>, user: &User) -> Result<User, Error> {
    let credential_version = sqlx::query_scalar(
        "update users set credential_version = credential_version + 1 where id = $1
         returning credential_version",
    )
    .bind(&user.id.0)
    .fetch_one(&mut **tx)
    .await?;
    Ok(User {
        credential_version,
        ..user.clone()
    })
}

/// Ends what a user has opened: sessions, and what may become one. The user with new credentials.
pub(super) async fn end_sessions_in(tx: &mut Tx<'_>, user: &User, now: i64) -> Result<User, Error> {
    let renewed = renew_credentials(tx, user).await?;
    end_open_in(tx, &user.id, "", now).await?;
    for ended in [
        "delete from mfa_challenges where user_id = $1",
        "delete from second_factor_offers where user_id = $1",
        "delete from id_tokens where user_id = $1",
    ] {
        sqlx::query(ended)
            .bind(&user.id.0)
            .execute(&mut **tx)
            .await?;
    }
    Ok(renewed)
}
