//! Second factors: the secret of a person's one-time codes, and the recovery codes beside it.

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::Row as _;

use crate::model::{KstDateTime, User, UserId};

use super::{
    Action, AuditRecord, Error, Outcome, Store, Tx,
    credentials::{end_sessions_in, lock_verified},
    read_time,
    secrets::SecretColumn,
    transaction::retry,
};

/// How long a secret that was shown may wait for its first code, in milliseconds.
const OFFER: i64 = 15 * 60 * 1000;

/// A second factor that is turned on.
#[derive(Debug)]
pub struct SecondFactor {
    pub turned_on_at: i64,
    /// What the codes are made from, in base32.
    pub secret: SecretString,
    /// The last time step whose code was used.
    pub last_step: i64,
    /// How many recovery codes are left.
    pub recovery_codes: u32,
}

impl SecondFactor {
    /// # Errors
    /// [`Error::Unreadable`] when the stored time is none.
    pub fn since(&self) -> Result<KstDateTime, Error> {
        read_time(self.turned_on_at)
    }
}

impl Store {
    /// Keeps a new secret for the session that it will be shown to, until its first code confirms
    /// it. One that was kept a moment ago stays: the page may be open in another tab.
    pub async fn offer_second_factor(
        &self,
        user: &UserId,
        session: &str,
        secret: &SecretString,
    ) -> Result<(), Error> {
        let now = self.now();
        retry(|| async {
            let mut tx = self.begin().await?;
            let encrypted = self.seal(
                SecretColumn::SecondFactorOffer,
                session,
                secret.expose_secret(),
            );
            sqlx::query("delete from second_factor_offers where session = $1 and offered_at <= $2")
                .bind(session)
                .bind(now - OFFER)
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "insert into second_factor_offers (session, user_id, secret, offered_at)
             values ($1, $2, $3, $4) on conflict (session) do nothing",
            )
            .bind(session)
            .bind(&user.0)
            .bind(encrypted)
            .bind(now)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// The secret that this session was offered and has not confirmed.
    pub async fn offered_second_factor(
        &self,
        user: &UserId,
        session: &str,
    ) -> Result<Option<SecretString>, Error> {
        let row = sqlx::query(
            "select secret from second_factor_offers
             where session = $1 and user_id = $2 and offered_at > $3",
        )
        .bind(session)
        .bind(&user.0)
        .bind(self.now() - OFFER)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let sealed: String = row.try_get("secret")?;
        let secret = self.unseal(SecretColumn::SecondFactorOffer, session, &sealed)?;
        Ok(Some(secret.into()))
    }

    /// Turns the factor on with the secret that this session was offered, and ends all sessions: they were opened
    /// without it. The user with new credentials; `None` when the session has no offer any more, the factor is on or
    /// the credentials have changed meanwhile, and nothing is changed then.
    pub async fn turn_on_second_factor(
        &self,
        user: &User,
        session: &str,
        confirmed: (&SecretString, i64),
        recovery_codes: &[String],
        by: &AuditRecord,
    ) -> Result<Option<User>, Error> {
        let (secret, step) = confirmed;
        retry(|| async {
            let mut tx = self.begin().await?;
            let is_verified = lock_verified(&mut tx, user).await?;
            let encrypted = self.seal(
                SecretColumn::SecondFactor,
                &user.id.0,
                secret.expose_secret(),
            );
            let offers =
                sqlx::query("delete from second_factor_offers where session = $1 and user_id = $2")
                    .bind(session)
                    .bind(&user.id.0)
                    .execute(&mut *tx)
                    .await?;
            let turned_on = sqlx::query(
                "insert into second_factors (user_id, secret, last_step, turned_on_at)
             values ($1, $2, $3, $4) on conflict (user_id) do nothing",
            )
            .bind(&user.id.0)
            .bind(encrypted)
            .bind(step)
            .bind(self.now())
            .execute(&mut *tx)
            .await?;
            if !is_verified || offers.rows_affected() == 0 || turned_on.rows_affected() == 0 {
                tx.rollback().await?;
                return Ok(None);
            }
            replace_codes_in(&mut tx, &user.id, recovery_codes).await?;
            let renewed = end_sessions_in(&mut tx, user, self.now()).await?;
            let record = by.clone().on_user(&user.id, user.username.as_str());
            self.audit_in(&mut tx, &record, Action::SecondFactorOn, Outcome::Done)
                .await?;
            tx.commit().await?;
            Ok(Some(renewed))
        })
        .await
    }

    /// # Errors
    /// [`Error::Unreadable`] when the stored secret was not encrypted for this user.
    pub async fn second_factor(&self, user: &UserId) -> Result<Option<SecondFactor>, Error> {
        let row = sqlx::query(
            "select secret, last_step, turned_on_at,
             (select count(*) from recovery_codes where user_id = $1) as recovery_codes
             from second_factors where user_id = $1",
        )
        .bind(&user.0)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let sealed: String = row.try_get("secret")?;
        let recovery_codes: i64 = row.try_get("recovery_codes")?;
        Ok(Some(SecondFactor {
            turned_on_at: row.try_get("turned_on_at")?,
            secret: self
                .unseal(SecretColumn::SecondFactor, &user.0, &sealed)?
                .into(),
            last_step: row.try_get("last_step")?,
            recovery_codes: u32::try_from(recovery_codes).unwrap_or_default(),
        }))
    }

    pub async fn has_second_factor(&self, user: &UserId) -> Result<bool, Error> {
        let row = sqlx::query("select 1 from second_factors where user_id = $1")
            .bind(&user.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Puts new recovery codes in the place of those that are left. `false` when there is no
    /// factor that they would be for.
    pub async fn replace_recovery_codes(
        &self,
        user: &User,
        hashes: &[String],
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let is_verified = lock_verified(&mut tx, user).await?;
            // Touching the row makes whoever turns the factor off meanwhile wait, on PostgreSQL too.
            let kept =
                sqlx::query("update second_factors set last_step = last_step where user_id = $1")
                    .bind(&user.id.0)
                    .execute(&mut *tx)
                    .await?;
            if !is_verified || kept.rows_affected() == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            replace_codes_in(&mut tx, &user.id, hashes).await?;
            let record = by.clone().on_user(&user.id, user.username.as_str());
            self.audit_in(&mut tx, &record, Action::RecoveryCodesMade, Outcome::Done)
                .await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// The user turns their own factor off, which ends all sessions. The user with new credentials; `None` when there
    /// was none, or the credentials have changed meanwhile.
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
            self.take_second_factor(tx, user, by, Action::SecondFactorOff)
                .await
        })
        .await
    }

    /// Takes away the factor that a user has lost. Ends all sessions. `false` when there was none.
    pub async fn reset_second_factor(&self, user: &User, by: &AuditRecord) -> Result<bool, Error> {
        let tx = self.begin().await?;
        let taken = self.take_second_factor(tx, user, by, Action::SecondFactorReset);
        Ok(taken.await?.is_some())
    }

    async fn take_second_factor(
        &self,
        mut tx: Tx<'_>,
        user: &User,
        by: &AuditRecord,
        action: Action,
    ) -> Result<Option<User>, Error> {
        let renewed = end_sessions_in(&mut tx, user, self.now()).await?;
        let taken = sqlx::query("delete from second_factors where user_id = $1")
            .bind(&user.id.0)
            .execute(&mut *tx)
            .await?;
        replace_codes_in(&mut tx, &user.id, &[]).await?;
        let record = by.clone().on_user(&user.id, user.username.as_str());
        let taken = self.end(tx, taken.rows_affected() > 0, &record, action);
        Ok(taken.await?.then_some(renewed))
    }
}

async fn replace_codes_in(tx: &mut Tx<'_>, user: &UserId, hashes: &[String]) -> Result<(), Error> {
    sqlx::query("delete from recovery_codes where user_id = $1")
        .bind(&user.0)
        .execute(&mut **tx)
        .await?;
    for hash in hashes {
        sqlx::query("insert into recovery_codes (user_id, hash) values ($1, $2)")
            .bind(&user.0)
            .bind(hash)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Forgets offers that nobody confirmed in time.
pub(super) async fn forget_offers_in(tx: &mut Tx<'_>, now: i64) -> Result<(), Error> {
    sqlx::query("delete from second_factor_offers where offered_at <= $1")
        .bind(now - OFFER)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
