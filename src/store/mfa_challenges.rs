//! Who has given the password and not yet a code: no session, and over after five minutes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::model::User;

use super::{Error, Store, Tx, credentials::lock_verified, transaction::retry, users::read_user};

/// How long the second step may take, in milliseconds.
const LIFE: i64 = 5 * 60 * 1000;

impl Store {
    /// The user's password was right. The answer opens nothing but the second step; it is for the
    /// browser that gave the password. `None` when the credentials have changed since they were verified.
    ///
    /// # Panics
    /// When the system gives no random numbers.
    pub async fn begin_second_step(&self, user: &User) -> Result<Option<String>, Error> {
        let mut id = [0; 32];
        getrandom::fill(&mut id).expect("the system has random numbers");
        let id = URL_SAFE_NO_PAD.encode(id);
        retry(|| async {
            let mut tx = self.begin().await?;
            if !lock_verified(&mut tx, user).await? {
                tx.rollback().await?;
                return Ok(None);
            }
            sqlx::query(
                "insert into mfa_challenges (id_hash, user_id, started_at) values ($1, $2, $3)",
            )
            .bind(hash(&id))
            .bind(&user.id.0)
            .bind(self.now())
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(Some(id.clone()))
        })
        .await
    }

    /// Whose second step this is, while it lasts: a new password and whatever else ends sessions
    /// has ended it too.
    pub async fn second_step(&self, id: &str) -> Result<Option<User>, Error> {
        sqlx::query(
            "select id, username, display_name, site_admin_at, disabled_at, credential_version
             from users join mfa_challenges on mfa_challenges.user_id = users.id
             where id_hash = $1 and started_at > $2 and disabled_at is null",
        )
        .bind(hash(id))
        .bind(self.now() - LIFE)
        .fetch_optional(&self.pool)
        .await?
        .as_ref()
        .map(read_user)
        .transpose()
    }

    /// Ends a second step. `false` when it had ended: of several at once, one goes on.
    pub async fn end_second_step(&self, id: &str) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let ended = sqlx::query("delete from mfa_challenges where id_hash = $1")
                .bind(hash(id))
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(ended.rows_affected() == 1)
        })
        .await
    }
}

/// Forgets second steps that took too long.
pub(super) async fn forget_steps_in(tx: &mut Tx<'_>, now: i64) -> Result<(), Error> {
    sqlx::query("delete from mfa_challenges where started_at <= $1")
        .bind(now - LIFE)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A copy of the table must not open anybody's second step.
fn hash(id: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(id.as_bytes()))
}
