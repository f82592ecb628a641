//! Second factors: a user's TOTP secret and recovery codes.

use secrecy::{ExposeSecret as _, SecretString};

use crate::model::{KstDateTime, User, UserId};

use super::{
    Action, AuditRecord, Error, Store, Tx,
    credentials::{end_all_sessions, lock_verified},
    read_time,
    secrets::SecretColumn,
    transaction::retry,
};

/// How long a secret that was shown waits for its first code, in milliseconds.
pub(super) const OFFER_LIFETIME: i64 = 15 * 60 * 1000;

/// A user's TOTP secret that is in use.
#[derive(Debug)]
pub struct SecondFactor {
    pub turned_on_at: i64,
    /// In base32.
    pub secret: SecretString,
    /// The last used time step.
    pub last_step: i64,
    /// How many recovery codes are left.
    pub recovery_codes: u32,
}

#[derive(sqlx::FromRow)]
struct SecondFactorRow {
    turned_on_at: i64,
    secret: String,
    last_step: i64,
    recovery_codes: i64,
}

impl SecondFactor {
    /// # Errors
    /// [`Error::Unreadable`] when the stored time is none.
    pub fn since(&self) -> Result<KstDateTime, Error> {
        read_time(self.turned_on_at)
    }
}

impl Store {
    /// Stores a new secret for its session, until the first code confirms it. A recent secret stays: the page may be
    /// open in another tab.
    pub async fn offer_second_factor(
        &self,
        user: &UserId,
        session: &str,
        secret: &SecretString,
    ) -> Result<(), Error> {
        let now = self.now();
        let secret = secret.expose_secret();
        let sealed = self.seal(SecretColumn::SecondFactorOffer, session, secret);
        self.execute(|| {
            sqlx::query(
                "insert into second_factor_offers (session, user_id, secret, offered_at)
                 values ($1, $2, $3, $4)
                 on conflict (session) do update set secret = excluded.secret,
                     user_id = excluded.user_id, offered_at = excluded.offered_at
                 where second_factor_offers.offered_at <= $5",
            )
            .bind(session)
            .bind(&user.0)
            .bind(&sealed)
            .bind(now)
            .bind(now - OFFER_LIFETIME)
        })
        .await
        .map(drop)
    }

    /// The secret that this session was shown and has not confirmed.
    pub async fn offered_second_factor(
        &self,
        user: &UserId,
        session: &str,
    ) -> Result<Option<SecretString>, Error> {
        let sealed: Option<String> = sqlx::query_scalar(
            "select secret from second_factor_offers
             where session = $1 and user_id = $2 and offered_at > $3",
        )
        .bind(session)
        .bind(&user.0)
        .bind(self.now() - OFFER_LIFETIME)
        .fetch_optional(&self.pool)
        .await?;
        let open = |sealed: String| self.unseal(SecretColumn::SecondFactorOffer, session, &sealed);
        Ok(sealed.map(open).transpose()?.map(SecretString::from))
    }

    /// Turns the factor on with the confirmed secret and its time step, and ends all sessions: they were opened
    /// without it. Returns the user with new credentials; `None` when the session has no offer any more, the factor is
    /// on or the credentials have changed since.
    pub async fn turn_on_second_factor(
        &self,
        user: &User,
        session: &str,
        (secret, step): (&SecretString, i64),
        recovery_codes: &[String],
        by: &AuditRecord,
    ) -> Result<Option<User>, Error> {
        let record = by.clone().on_user(&user.id, user.username.as_str());
        let secret = secret.expose_secret();
        let sealed = self.seal(SecretColumn::SecondFactor, &user.id.0, secret);
        retry(|| async {
            let mut tx = self.begin().await?;
            let is_verified = lock_verified(&mut tx, user).await?;
            let query =
                sqlx::query("delete from second_factor_offers where session = $1 and user_id = $2");
            let offers = tx.run(query.bind(session).bind(&user.id.0)).await?;
            let query = sqlx::query(
                "insert into second_factors (user_id, secret, last_step, turned_on_at)
                 values ($1, $2, $3, $4) on conflict (user_id) do nothing",
            );
            let query = query.bind(&user.id.0).bind(&sealed).bind(step);
            let turned_on = tx.run(query.bind(self.now())).await?;
            if !is_verified || offers == 0 || turned_on == 0 {
                tx.rollback().await?;
                return Ok(None);
            }
            write_recovery_codes(&mut tx, &user.id, recovery_codes).await?;
            let renewed = end_all_sessions(&mut tx, user, self.now()).await?;
            self.commit_audited(tx, &record, Action::SecondFactorOn)
                .await?;
            Ok(Some(renewed))
        })
        .await
    }

    /// # Errors
    /// [`Error::Unreadable`] when the stored secret was not encrypted for this user.
    pub async fn second_factor(&self, user: &UserId) -> Result<Option<SecondFactor>, Error> {
        let row: Option<SecondFactorRow> = sqlx::query_as(
            "select secret, last_step, turned_on_at,
             (select count(*) from recovery_codes where user_id = $1) as recovery_codes
             from second_factors where user_id = $1",
        )
        .bind(&user.0)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let secret = self.unseal(SecretColumn::SecondFactor, &user.0, &row.secret)?;
        Ok(Some(SecondFactor {
            turned_on_at: row.turned_on_at,
            secret: secret.into(),
            last_step: row.last_step,
            recovery_codes: u32::try_from(row.recovery_codes).unwrap_or_default(),
        }))
    }

    pub async fn has_second_factor(&self, user: &UserId) -> Result<bool, Error> {
        let row = sqlx::query("select 1 from second_factors where user_id = $1")
            .bind(&user.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Replaces the recovery codes that are left. `false` when the user has no second factor, or the credentials have
    /// changed since.
    pub async fn replace_recovery_codes(
        &self,
        user: &User,
        hashes: &[String],
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let record = by.clone().on_user(&user.id, user.username.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            let is_verified = lock_verified(&mut tx, user).await?;
            // Locks the row, so that turning the factor off waits, on PostgreSQL too.
            let query =
                sqlx::query("update second_factors set last_step = last_step where user_id = $1");
            let factors = tx.run(query.bind(&user.id.0)).await?;
            write_recovery_codes(&mut tx, &user.id, hashes).await?;
            let replaced = is_verified && factors > 0;
            self.end(tx, replaced, &record, Action::RecoveryCodesMade)
                .await
        })
        .await
    }

    /// The user turns their own factor off, which ends all sessions. Returns the user with new credentials; `None`
    /// when there was none, or the credentials have changed since.
    pub async fn turn_off_second_factor(
        &self,
        user: &User,
        by: &AuditRecord,
    ) -> Result<Option<User>, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            if !lock_verified(&mut tx, user).await? {
                tx.rollback().await?;
                return Ok(None);
            }
            self.delete_second_factor(tx, user, by, Action::SecondFactorOff)
                .await
        })
        .await
    }

    /// Deletes a factor that its user has lost, and ends all sessions. `false` when there was none.
    pub async fn reset_second_factor(&self, user: &User, by: &AuditRecord) -> Result<bool, Error> {
        retry(|| async {
            let tx = self.begin().await?;
            let deleted = self.delete_second_factor(tx, user, by, Action::SecondFactorReset);
            Ok(deleted.await?.is_some())
        })
        .await
    }

    async fn delete_second_factor(
        &self,
        mut tx: Tx<'_>,
        user: &User,
        by: &AuditRecord,
        action: Action,
    ) -> Result<Option<User>, Error> {
        let renewed = end_all_sessions(&mut tx, user, self.now()).await?;
        let query = sqlx::query("delete from second_factors where user_id = $1");
        let deleted = tx.run(query.bind(&user.id.0)).await? > 0;
        write_recovery_codes(&mut tx, &user.id, &[]).await?;
        let record = by.clone().on_user(&user.id, user.username.as_str());
        let deleted = self.end(tx, deleted, &record, action).await?;
        Ok(deleted.then_some(renewed))
    }
}

async fn write_recovery_codes(
    tx: &mut Tx<'_>,
    user: &UserId,
    hashes: &[String],
) -> Result<(), Error> {
    tx.run(sqlx::query("delete from recovery_codes where user_id = $1").bind(&user.0))
        .await?;
    for hash in hashes {
        let query = sqlx::query("insert into recovery_codes (user_id, hash) values ($1, $2)");
        tx.run(query.bind(&user.0).bind(hash)).await?;
    }
    Ok(())
}
