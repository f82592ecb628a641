//! ID tokens of OIDC sessions, kept for the sign-out at the provider.

use secrecy::{ExposeSecret as _, SecretString};

use crate::model::UserId;

use super::{Error, Store, link_token, secrets::SecretColumn, transaction::retry};

impl Store {
    /// Stores a user's ID token for `holder`: a session, or the MFA challenge before it.
    pub async fn keep_id_token(
        &self,
        holder: &str,
        user: &UserId,
        id_token: &SecretString,
    ) -> Result<(), Error> {
        let holder = link_token::hash(holder);
        let sealed = self.seal(SecretColumn::IdToken, &holder, id_token.expose_secret());
        self.execute(|| {
            sqlx::query(
                "insert into id_tokens (holder, user_id, id_token, kept_at) values ($1, $2, $3, $4)",
            )
            .bind(&holder)
            .bind(&user.0)
            .bind(&sealed)
            .bind(self.now())
        })
        .await
        .map(drop)
    }

    /// Deletes the ID token of `holder` and returns it. `None` also when it cannot be decrypted.
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
