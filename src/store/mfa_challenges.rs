//! MFA challenges: logins whose password was right and whose code is still missing. None is a session.

use crate::model::User;

use super::{
    Error, Store, columns::user_columns, credentials::lock_verified, link_token, transaction::retry,
};

/// In milliseconds.
pub(super) const LIFETIME: i64 = 5 * 60 * 1000;

impl Store {
    /// Starts a challenge after a right password, and returns its id for the browser's cookie. `None` when the
    /// credentials have changed since.
    pub async fn start_mfa_challenge(&self, user: &User) -> Result<Option<String>, Error> {
        let id = link_token::new();
        retry(|| async {
            let mut tx = self.begin().await?;
            if !lock_verified(&mut tx, user).await? {
                tx.rollback().await?;
                return Ok(None);
            }
            let query = sqlx::query(
                "insert into mfa_challenges (id_hash, user_id, started_at) values ($1, $2, $3)",
            );
            let query = query.bind(link_token::hash(&id)).bind(&user.id.0);
            tx.run(query.bind(self.now())).await?;
            tx.commit().await?;
            Ok(Some(id.clone()))
        })
        .await
    }

    /// The user of a challenge, until it expires or the user's sessions are ended.
    pub async fn mfa_challenge_user(&self, id: &str) -> Result<Option<User>, Error> {
        let user = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            " from users join mfa_challenges on mfa_challenges.user_id = users.id
             where id_hash = $1 and started_at > $2 and disabled_at is null"
        ))
        .bind(link_token::hash(id))
        .bind(self.now() - LIFETIME);
        Ok(user.fetch_optional(&self.pool).await?)
    }

    /// Ends a challenge. `false` when it had ended: of concurrent requests one succeeds.
    pub async fn end_mfa_challenge(&self, id: &str) -> Result<bool, Error> {
        let ended = self.execute(|| {
            sqlx::query("delete from mfa_challenges where id_hash = $1").bind(link_token::hash(id))
        });
        Ok(ended.await? == 1)
    }
}
