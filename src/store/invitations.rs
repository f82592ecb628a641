//! Invitations: links with which a user who was added, or whose password was reset, chooses a password.

use chrono::TimeDelta;

use crate::model::{User, UserId};

use super::{
    Action, AuditRecord, Error, NewUser, Outcome, Store, Tx,
    columns::user_columns,
    credentials::{delete_invitation, end_all_sessions, write_hash},
    link_token,
    transaction::retry,
};

const LIFETIME: TimeDelta = TimeDelta::hours(72);

/// The hash of a user without a password: no password has it.
const NO_PASSWORD: &str = "";

impl Store {
    /// Adds a user and returns the token of their invitation. The token is stored nowhere.
    ///
    /// # Errors
    /// [`Error::Taken`] when a user has that name.
    pub async fn invite(
        &self,
        user: &NewUser,
        by: &AuditRecord,
    ) -> Result<(UserId, String), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let id = self.insert_user(&mut tx, user, by).await?;
            let record = by.clone().on_user(&id, user.username.as_str());
            let token = self.insert_invitation(&mut tx, &id, &record).await?;
            tx.commit().await?;
            Ok((id, token))
        })
        .await
    }

    /// Removes a user's password, ends all sessions and returns the token of a new invitation.
    pub async fn reset_password(&self, user: &User, by: &AuditRecord) -> Result<String, Error> {
        let record = by.clone().on_user(&user.id, user.username.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            end_all_sessions(&mut tx, user, self.now()).await?;
            if write_hash(&mut tx, user, NO_PASSWORD).await? > 0 {
                self.audit_in(&mut tx, &record, Action::PasswordReset, Outcome::Done)
                    .await?;
            }
            let token = self.insert_invitation(&mut tx, &user.id, &record).await?;
            tx.commit().await?;
            Ok(token)
        })
        .await
    }

    async fn insert_invitation(
        &self,
        tx: &mut Tx<'_>,
        user: &UserId,
        record: &AuditRecord,
    ) -> Result<String, Error> {
        let (token, now) = (link_token::new(), self.now());
        delete_invitation(tx, user).await?;
        let query = sqlx::query(
            "insert into invitations (user_id, token_hash, made_by, made_at, expires_at)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(&user.0)
        .bind(link_token::hash(&token))
        .bind(record.actor_name())
        .bind(now)
        .bind(now + LIFETIME.num_milliseconds());
        tx.run(query).await?;
        self.audit_in(tx, record, Action::LinkMade, Outcome::Done)
            .await?;
        Ok(token)
    }

    /// Deletes a user's invitation. `false` when there is none.
    pub async fn withdraw_link(&self, user: &User, by: &AuditRecord) -> Result<bool, Error> {
        let record = by.clone().on_user(&user.id, user.username.as_str());
        self.audited(&record, Action::LinkWithdrawn, || {
            sqlx::query("delete from invitations where user_id = $1").bind(&user.id.0)
        })
        .await
    }

    /// The user with that valid invitation token.
    pub async fn invited(&self, token: &str) -> Result<Option<User>, Error> {
        let user = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            " from users join invitations on user_id = id
             where token_hash = $1 and expires_at > $2 and disabled_at is null"
        ))
        .bind(link_token::hash(token))
        .bind(self.now());
        Ok(user.fetch_optional(&self.pool).await?)
    }

    /// Sets the password of an invited user and uses the invitation up. `false` when it is no longer valid: of
    /// several requests at once, one succeeds.
    pub async fn choose_password(
        &self,
        user: &User,
        token: &str,
        password_hash: &str,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let record = by.clone().on_user(&user.id, user.username.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            end_all_sessions(&mut tx, user, self.now()).await?;
            let is_valid = use_invitation(&mut tx, user, token, self.now()).await?;
            write_hash(&mut tx, user, password_hash).await?;
            self.end(tx, is_valid, &record, Action::PasswordChosen)
                .await
        })
        .await
    }
}

/// Uses an invitation up. `false` when it is no longer valid.
pub(super) async fn use_invitation(
    tx: &mut Tx<'_>,
    user: &User,
    token: &str,
    now: i64,
) -> Result<bool, Error> {
    let query = sqlx::query(
        "delete from invitations where user_id = $1 and token_hash = $2 and expires_at > $3
             and exists (select 1 from users where id = $1 and disabled_at is null)",
    )
    .bind(&user.id.0)
    .bind(link_token::hash(token))
    .bind(now);
    Ok(tx.run(query).await? > 0)
}
