//! What tells a provider of single sign-on at the end whose session is over.

use secrecy::{ExposeSecret as _, SecretString};

use crate::model::UserId;

use super::{Error, Store, Tx, link_token, secrets::SecretColumn, transaction::retry};

/// For how long one is kept, in milliseconds; without it the provider asks who wants to sign out.
const KEPT: i64 = 2 * 24 * 60 * 60 * 1000;

impl Store {
    /// Keeps a user's ID token for what `holder` names: a session, or the second step before there is one.
    pub async fn keep_id_token(
        &self,
        holder: &str,
        user: &UserId,
        id_token: &SecretString,
    ) -> Result<(), Error> {
        let holder = link_token::hash(holder);
        retry(|| async {
            let mut tx = self.begin().await?;
            let encrypted = self.seal(SecretColumn::IdToken, &holder, id_token.expose_secret());
            sqlx::query(
            "insert into id_tokens (holder, user_id, id_token, kept_at) values ($1, $2, $3, $4)",
        )
        .bind(&holder)
        .bind(&user.0)
        .bind(encrypted)
        .bind(self.now())
        .execute(&mut *tx)
        .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Gives out what was kept, once. One that cannot be decrypted is gone too.
    pub async fn take_id_token(&self, holder: &str) -> Result<Option<SecretString>, Error> {
        let holder = link_token::hash(holder);
        retry(|| async {
            let mut tx = self.begin().await?;
            let sealed: Option<String> =
                sqlx::query_scalar("delete from id_tokens where holder = $1 returning id_token")
                    .bind(&holder)
                    .fetch_optional(&mut *tx)
                    .await?;
            tx.commit().await?;
            let opened =
                sealed.and_then(|sealed| self.unseal(SecretColumn::IdToken, &holder, &sealed).ok());
            Ok(opened.map(SecretString::from))
        })
        .await
    }
}

/// Forgets what nobody asked for.
pub(super) async fn forget_id_tokens_in(tx: &mut Tx<'_>, now: i64) -> Result<(), Error> {
    sqlx::query("delete from id_tokens where kept_at <= $1")
        .bind(now - KEPT)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
