//! Who signs in through a provider of single sign-on, and as which user.

use sqlx::{Row as _, any::AnyRow};

use crate::model::{KstDateTime, User, UserId};

use super::{
    Action, AuditRecord, Error, NewUser, Outcome, Store, Tx,
    credentials::{end_sessions_in, lock_verified, renew_credentials},
    invitations::use_invitation,
    link_token, read_time, storable,
    transaction::retry,
    users::read_user,
};

/// How long an attempt that came back is remembered, in milliseconds: longer than one can last.
const RETURN: i64 = 60 * 60 * 1000;

/// A person as the provider names them.
#[derive(Debug, Clone)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    /// For people.
    pub name: String,
}

/// That a user signs in through a provider.
#[derive(Debug, Clone)]
pub struct Connection {
    /// What the provider called them.
    pub name: String,
    pub since: KstDateTime,
}

/// What became of connecting an identity with a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connected {
    Done,
    /// Another user signs in with it.
    Others,
    /// The invitation does not work any more, or the user's credentials have changed.
    Over,
}

impl Store {
    /// The user who signs in with that identity.
    pub async fn user_of_identity(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<User>, Error> {
        sqlx::query(
            "select id, username, display_name, site_admin_at, disabled_at, credential_version
             from users join identities on identities.user_id = users.id
             where issuer = $1 and subject = $2",
        )
        .bind(issuer)
        .bind(subject)
        .fetch_optional(&self.pool)
        .await?
        .as_ref()
        .map(read_user)
        .transpose()
    }

    /// Whether and as whom a user signs in through that provider.
    pub async fn connection(
        &self,
        user: &UserId,
        issuer: &str,
    ) -> Result<Option<Connection>, Error> {
        sqlx::query("select name, connected_at from identities where user_id = $1 and issuer = $2")
            .bind(&user.0)
            .bind(issuer)
            .fetch_optional(&self.pool)
            .await?
            .as_ref()
            .map(read_connection)
            .transpose()
    }

    /// Has a user a password of the portal's own.
    pub async fn has_password(&self, user: &UserId) -> Result<bool, Error> {
        let with: i64 =
            sqlx::query_scalar("select count(*) from users where id = $1 and password_hash <> ''")
                .bind(&user.0)
                .fetch_one(&self.pool)
                .await?;
        Ok(with > 0)
    }

    /// Adds a user who signs in with that identity.
    ///
    /// # Errors
    /// [`Error::Taken`] when a user has that name, or that identity.
    pub async fn add_user_with_identity(
        &self,
        user: &NewUser,
        identity: &Identity,
        by: &AuditRecord,
    ) -> Result<UserId, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let id = self.add_user_in(&mut tx, user, by).await?;
            self.connect_in(&mut tx, &id, identity).await?;
            let record = by.clone().on_user(&id, user.username.as_str());
            self.audit_in(&mut tx, &record, Action::IdentityConnected, Outcome::Done)
                .await?;
            tx.commit().await?;
            Ok(id)
        })
        .await
    }

    /// Lets a user sign in with that identity from now on, in the place of the one before at the same provider.
    pub async fn connect_identity(
        &self,
        user: &User,
        identity: &Identity,
        by: &AuditRecord,
    ) -> Result<Connected, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            if !lock_verified(&mut tx, user).await? {
                tx.rollback().await?;
                return Ok(Connected::Over);
            }
            // Who is signing in by the identity before this one does not get in.
            renew_credentials(&mut tx, user).await?;
            self.connect_and_end(tx, user, identity, by).await
        })
        .await
    }

    /// The same for who was invited, and uses the invitation with that token up.
    pub async fn accept_invitation_with_identity(
        &self,
        user: &User,
        token: &str,
        identity: &Identity,
        by: &AuditRecord,
    ) -> Result<Connected, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            renew_credentials(&mut tx, user).await?;
            if !use_invitation(&mut tx, user, token, self.now()).await? {
                tx.rollback().await?;
                return Ok(Connected::Over);
            }
            self.connect_and_end(tx, user, identity, by).await
        })
        .await
    }

    async fn connect_and_end(
        &self,
        mut tx: Tx<'_>,
        user: &User,
        identity: &Identity,
        by: &AuditRecord,
    ) -> Result<Connected, Error> {
        match self.connect_in(&mut tx, &user.id, identity).await {
            Ok(()) => {}
            Err(Error::Taken) => {
                tx.rollback().await?;
                return Ok(Connected::Others);
            }
            Err(error) => return Err(error),
        }
        let record = by.clone().on_user(&user.id, user.username.as_str());
        self.end(tx, true, &record, Action::IdentityConnected)
            .await?;
        Ok(Connected::Done)
    }

    async fn connect_in(
        &self,
        tx: &mut Tx<'_>,
        user: &UserId,
        identity: &Identity,
    ) -> Result<(), Error> {
        sqlx::query("delete from identities where user_id = $1 and issuer = $2")
            .bind(&user.0)
            .bind(&identity.issuer)
            .execute(&mut **tx)
            .await?;
        sqlx::query(
            "insert into identities (issuer, subject, user_id, name, connected_at)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .bind(&user.0)
        .bind(storable(&identity.name))
        .bind(self.now())
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// From now on a user cannot sign in through any provider, and what they have opened ends: the user with new
    /// credentials, or `None` when they could not.
    pub async fn disconnect_identities(
        &self,
        user: &User,
        by: &AuditRecord,
    ) -> Result<Option<User>, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let renewed = end_sessions_in(&mut tx, user, self.now()).await?;
            let ended = sqlx::query("delete from identities where user_id = $1")
                .bind(&user.id.0)
                .execute(&mut *tx)
                .await?;
            let record = by.clone().on_user(&user.id, user.username.as_str());
            let ended = ended.rows_affected() > 0;
            let ended = self.end(tx, ended, &record, Action::IdentityDisconnected);
            Ok(ended.await?.then_some(renewed))
        })
        .await
    }

    /// Notes that the browser came back from the attempt with that state. `false` when it had already: of several
    /// at once, one goes on.
    pub async fn come_back(&self, state: &str) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let came = sqlx::query(
                "insert into oidc_callbacks (state_hash, came_at) values ($1, $2)
             on conflict (state_hash) do nothing",
            )
            .bind(link_token::hash(state))
            .bind(self.now())
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(came.rows_affected() == 1)
        })
        .await
    }
}

/// Forgets attempts that can come back no more.
pub(super) async fn forget_returns_in(tx: &mut Tx<'_>, now: i64) -> Result<(), Error> {
    sqlx::query("delete from oidc_callbacks where came_at <= $1")
        .bind(now - RETURN)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn read_connection(row: &AnyRow) -> Result<Connection, Error> {
    Ok(Connection {
        name: row.try_get("name")?,
        since: read_time(row.try_get("connected_at")?)?,
    })
}
