//! Links by which somebody chooses a password: who was invited, or whose password was reset.

use chrono::TimeDelta;

use crate::model::{User, UserId};

use super::{
    Action, AuditRecord, Error, NewUser, Outcome, Store, Tx,
    credentials::{end_links_in, end_sessions_in},
    link_token,
    transaction::retry,
    users::read_user,
};

/// How long a link works.
const LIFE: TimeDelta = TimeDelta::hours(72);

/// What stands in the place of a password's hash before one is chosen: no password has it.
const NO_PASSWORD: &str = "";

impl Store {
    /// Adds a user who chooses a password by the link that the answer stands in. The answer is
    /// kept nowhere.
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
            let id = self.add_user_in(&mut tx, user, by).await?;
            let record = by.clone().on_user(&id, user.username.as_str());
            let token = self.link_in(&mut tx, &id, &record).await?;
            tx.commit().await?;
            Ok((id, token))
        })
        .await
    }

    /// Makes a new link in the place of the one before, and takes the user's password away: it is
    /// lost or may be known to somebody. Ends all sessions.
    pub async fn reset_password(&self, user: &User, by: &AuditRecord) -> Result<String, Error> {
        let record = by.clone().on_user(&user.id, user.username.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            end_sessions_in(&mut tx, user, self.now()).await?;
            let forgotten = sqlx::query(
                "update users set password_hash = $1 where id = $2 and password_hash <> $1",
            )
            .bind(NO_PASSWORD)
            .bind(&user.id.0)
            .execute(&mut *tx)
            .await?;
            if forgotten.rows_affected() > 0 {
                self.audit_in(&mut tx, &record, Action::PasswordReset, Outcome::Done)
                    .await?;
            }
            let token = self.link_in(&mut tx, &user.id, &record).await?;
            tx.commit().await?;
            Ok(token)
        })
        .await
    }

    async fn link_in(
        &self,
        tx: &mut Tx<'_>,
        user: &UserId,
        record: &AuditRecord,
    ) -> Result<String, Error> {
        let (token, now) = (link_token::new(), self.now());
        end_links_in(tx, user).await?;
        sqlx::query(
            "insert into invitations (user_id, token_hash, made_by, made_at, expires_at)
             values ($1, $2, $3, $4, $5)",
        )
        .bind(&user.0)
        .bind(link_token::hash(&token))
        .bind(record.actor_name())
        .bind(now)
        .bind(now + LIFE.num_milliseconds())
        .execute(&mut **tx)
        .await?;
        self.audit_in(tx, record, Action::LinkMade, Outcome::Done)
            .await?;
        Ok(token)
    }

    /// Makes a user's link worthless. `false` when there is none.
    pub async fn withdraw_link(&self, user: &User, by: &AuditRecord) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let withdrawn = sqlx::query("delete from invitations where user_id = $1")
                .bind(&user.id.0)
                .execute(&mut *tx)
                .await?;
            let record = by.clone().on_user(&user.id, user.username.as_str());
            let withdrawn = withdrawn.rows_affected() > 0;
            self.end(tx, withdrawn, &record, Action::LinkWithdrawn)
                .await
        })
        .await
    }

    /// Who may choose a password by the link with that token, as long as it works.
    pub async fn invited(&self, token: &str) -> Result<Option<User>, Error> {
        sqlx::query(
            "select id, username, display_name, site_admin_at, disabled_at, credential_version
             from users join invitations on user_id = id
             where token_hash = $1 and expires_at > $2 and disabled_at is null",
        )
        .bind(link_token::hash(token))
        .bind(self.now())
        .fetch_optional(&self.pool)
        .await?
        .as_ref()
        .map(read_user)
        .transpose()
    }

    /// Sets the password that the invited user has chosen, and uses the link up. `false` when it
    /// does not work any more: of several at once, one is told `true`.
    pub async fn choose_password(
        &self,
        user: &User,
        token: &str,
        password_hash: &str,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            end_sessions_in(&mut tx, user, self.now()).await?;
            if !use_invitation(&mut tx, user, token, self.now()).await? {
                tx.rollback().await?;
                return Ok(false);
            }
            sqlx::query("update users set password_hash = $1 where id = $2")
                .bind(password_hash)
                .bind(&user.id.0)
                .execute(&mut *tx)
                .await?;
            let record = by.clone().on_user(&user.id, user.username.as_str());
            self.end(tx, true, &record, Action::PasswordChosen).await
        })
        .await
    }
}

/// Uses an invitation up. `false` when it does not work any more.
pub(super) async fn use_invitation(
    tx: &mut Tx<'_>,
    user: &User,
    token: &str,
    now: i64,
) -> Result<bool, Error> {
    let links = sqlx::query(
        "delete from invitations where user_id = $1 and token_hash = $2 and expires_at > $3
             and exists (select 1 from users where id = $1 and disabled_at is null)",
    )
    .bind(&user.id.0)
    .bind(link_token::hash(token))
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(links.rows_affected() > 0)
}

/// Forgets links that work no more.
pub(super) async fn forget_links_in(tx: &mut Tx<'_>, now: i64) -> Result<(), Error> {
    sqlx::query("delete from invitations where expires_at <= $1")
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
