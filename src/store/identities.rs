//! Identities of the OIDC provider, and the users that they are linked with.

use crate::model::{KstDateTime, User, UserId};

use super::{
    Action, AuditRecord, Error, NewUser, Store, Tx,
    columns::user_columns,
    credentials::{end_all_sessions, lock_verified, renew_credentials},
    invitations::use_invitation,
    link_token, storable,
    transaction::retry,
};

/// How long a callback is remembered, in milliseconds: longer than a sign-in at the provider may take.
pub(super) const CALLBACK_LIFETIME: i64 = 60 * 60 * 1000;

/// An identity at the provider.
#[derive(Debug, Clone)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    /// Display name.
    pub name: String,
}

/// A user's identity at one provider.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LinkedIdentity {
    /// Display name at the provider.
    pub name: String,
    #[sqlx(rename = "connected_at")]
    pub since: KstDateTime,
}

/// The outcome of linking an identity with a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkOutcome {
    Linked,
    /// It is linked with another user.
    LinkedToOther,
    /// The invitation is no longer valid, or the user's credentials have changed.
    Outdated,
}

impl Store {
    /// The user that an identity is linked with.
    pub async fn user_by_identity(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<User>, Error> {
        let user = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            " from users join identities on identities.user_id = users.id
             where issuer = $1 and subject = $2"
        ));
        let user = user.bind(issuer).bind(subject);
        Ok(user.fetch_optional(&self.pool).await?)
    }

    /// The identity of a user at that provider.
    pub async fn linked_identity(
        &self,
        user: &UserId,
        issuer: &str,
    ) -> Result<Option<LinkedIdentity>, Error> {
        let connection = sqlx::query_as(
            "select name, connected_at from identities where user_id = $1 and issuer = $2",
        );
        let connection = connection.bind(&user.0).bind(issuer);
        Ok(connection.fetch_optional(&self.pool).await?)
    }

    /// Adds a user with that identity.
    ///
    /// # Errors
    /// [`Error::Taken`] when the name or the identity exists.
    pub async fn add_user_with_identity(
        &self,
        user: &NewUser,
        identity: &Identity,
        by: &AuditRecord,
    ) -> Result<UserId, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let id = self.insert_user(&mut tx, user, by).await?;
            self.insert_identity(&mut tx, &id, identity).await?;
            let record = by.clone().on_user(&id, user.username.as_str());
            self.commit_audited(tx, &record, Action::IdentityConnected)
                .await?;
            Ok(id)
        })
        .await
    }

    /// Links an identity with a verified user, in place of an earlier one at the same provider.
    pub async fn link_identity(
        &self,
        user: &User,
        identity: &Identity,
        by: &AuditRecord,
    ) -> Result<LinkOutcome, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            if !lock_verified(&mut tx, user).await? {
                tx.rollback().await?;
                return Ok(LinkOutcome::Outdated);
            }
            // A sign-in under way with the earlier identity opens no session.
            renew_credentials(&mut tx, user).await?;
            self.replace_identity(tx, user, identity, by).await
        })
        .await
    }

    /// Links an identity with an invited user, and uses the invitation up.
    pub async fn accept_invitation_with_identity(
        &self,
        user: &User,
        token: &str,
        identity: &Identity,
        by: &AuditRecord,
    ) -> Result<LinkOutcome, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            renew_credentials(&mut tx, user).await?;
            if !use_invitation(&mut tx, user, token, self.now()).await? {
                tx.rollback().await?;
                return Ok(LinkOutcome::Outdated);
            }
            self.replace_identity(tx, user, identity, by).await
        })
        .await
    }

    async fn replace_identity(
        &self,
        mut tx: Tx<'_>,
        user: &User,
        identity: &Identity,
        by: &AuditRecord,
    ) -> Result<LinkOutcome, Error> {
        match self.insert_identity(&mut tx, &user.id, identity).await {
            Ok(()) => {}
            Err(Error::Taken) => {
                tx.rollback().await?;
                return Ok(LinkOutcome::LinkedToOther);
            }
            Err(error) => return Err(error),
        }
        let record = by.clone().on_user(&user.id, user.username.as_str());
        self.commit_audited(tx, &record, Action::IdentityConnected)
            .await?;
        Ok(LinkOutcome::Linked)
    }

    async fn insert_identity(
        &self,
        tx: &mut Tx<'_>,
        user: &UserId,
        identity: &Identity,
    ) -> Result<(), Error> {
        let delete = sqlx::query("delete from identities where user_id = $1 and issuer = $2");
        tx.run(delete.bind(&user.0).bind(&identity.issuer)).await?;
        let insert = sqlx::query(
            "insert into identities (issuer, subject, user_id, name, connected_at)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .bind(&user.0)
        .bind(storable(&identity.name))
        .bind(self.now());
        tx.run(insert).await?;
        Ok(())
    }

    /// Unlinks all identities of a user and ends all sessions. Returns the user with new credentials; `None` when
    /// there was no identity.
    pub async fn unlink_identities(
        &self,
        user: &User,
        by: &AuditRecord,
    ) -> Result<Option<User>, Error> {
        let record = by.clone().on_user(&user.id, user.username.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            let renewed = end_all_sessions(&mut tx, user, self.now()).await?;
            let query = sqlx::query("delete from identities where user_id = $1");
            let deleted = tx.run(query.bind(&user.id.0)).await? > 0;
            let ended = self.end(tx, deleted, &record, Action::IdentityDisconnected);
            Ok(ended.await?.then_some(renewed))
        })
        .await
    }

    /// Claims the callback with that state. `false` when it was claimed before: of concurrent requests one succeeds.
    pub async fn claim_oidc_callback(&self, state: &str) -> Result<bool, Error> {
        let noted = self.execute(|| {
            sqlx::query(
                "insert into oidc_callbacks (state_hash, came_at) values ($1, $2)
                 on conflict (state_hash) do nothing",
            )
            .bind(link_token::hash(state))
            .bind(self.now())
        });
        Ok(noted.await? == 1)
    }
}
