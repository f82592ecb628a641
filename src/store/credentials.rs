//! Passwords, and the version of a user's credentials.
//!
//! Whatever ends all sessions of a user also raises the version. A login is verified with one version and opens a
//! session with that version only, so that none opens after the password was reset or the user disabled.

use crate::model::{User, UserId, Username};

use super::{
    Action, AuditRecord, Error, Outcome, Store, Tx, columns::user_columns,
    sessions::end_other_sessions, transaction::retry,
};

/// A user with the hash that a password is checked against.
#[derive(Debug, sqlx::FromRow)]
pub struct Credentials {
    #[sqlx(flatten)]
    pub user: User,
    pub password_hash: String,
}

impl Store {
    pub async fn credentials(&self, username: &Username) -> Result<Option<Credentials>, Error> {
        let credentials = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            ", password_hash from users where username = $1"
        ))
        .bind(username.as_str())
        .fetch_optional(&self.pool)
        .await?;
        Ok(credentials)
    }

    /// Whether the user has a password of the portal's own.
    pub async fn has_password(&self, user: &UserId) -> Result<bool, Error> {
        let hashes: i64 =
            sqlx::query_scalar("select count(*) from users where id = $1 and password_hash <> ''")
                .bind(&user.0)
                .fetch_one(&self.pool)
                .await?;
        Ok(hashes > 0)
    }

    /// Sets a password and ends all sessions.
    pub async fn set_password(
        &self,
        user: &User,
        password_hash: &str,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            self.write_password(&mut tx, user, password_hash, by)
                .await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Sets the password of a user who was just verified and returns the user with new credentials. `None` when the
    /// credentials have changed since.
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
                .write_password(&mut tx, user, password_hash, by)
                .await?;
            tx.commit().await?;
            Ok(Some(changed))
        })
        .await
    }

    async fn write_password(
        &self,
        tx: &mut Tx<'_>,
        user: &User,
        password_hash: &str,
        by: &AuditRecord,
    ) -> Result<User, Error> {
        let changed = end_all_sessions(tx, user, self.now()).await?;
        write_hash(tx, user, password_hash).await?;
        delete_invitation(tx, &user.id).await?;
        let record = by.clone().on_user(&user.id, user.username.as_str());
        self.audit_in(tx, &record, Action::PasswordSet, Outcome::Done)
            .await?;
        Ok(changed)
    }

    /// Replaces the hash by another one of the same password. `false` when the password has changed since.
    pub async fn replace_hash(&self, known: &Credentials, hash: &str) -> Result<bool, Error> {
        let replaced = self.execute(|| {
            sqlx::query("update users set password_hash = $1 where id = $2 and password_hash = $3")
                .bind(hash)
                .bind(&known.user.id.0)
                .bind(&known.password_hash)
        });
        Ok(replaced.await? == 1)
    }
}

pub(super) async fn write_hash(tx: &mut Tx<'_>, user: &User, hash: &str) -> Result<u64, Error> {
    let query =
        sqlx::query("update users set password_hash = $1 where id = $2 and password_hash <> $1")
            .bind(hash)
            .bind(&user.id.0);
    Ok(tx.run(query).await?)
}

pub(super) async fn delete_invitation(tx: &mut Tx<'_>, user: &UserId) -> Result<(), Error> {
    tx.run(sqlx::query("delete from invitations where user_id = $1").bind(&user.0))
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
    let query = sqlx::query(
        "update users set credential_version = credential_version
         where id = $1 and credential_version = $2 and disabled_at is null",
    );
    Ok(tx.run(query.bind(user).bind(version)).await? > 0)
}

/// Raises the version of the user's credentials. Locks the user's row.
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

/// Ends all sessions of a user and everything that may become one. Returns the user with new credentials.
pub(super) async fn end_all_sessions(
    tx: &mut Tx<'_>,
    user: &User,
    now: i64,
) -> Result<User, Error> {
    let renewed = renew_credentials(tx, user).await?;
    end_other_sessions(tx, &user.id, "", now).await?;
    for delete in [
        "delete from mfa_challenges where user_id = $1",
        "delete from second_factor_offers where user_id = $1",
        "delete from id_tokens where user_id = $1",
    ] {
        tx.run(sqlx::query(delete).bind(&user.id.0)).await?;
    }
    Ok(renewed)
}
