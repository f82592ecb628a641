//! The first start: a link by which the first site admin and the first team are made.

use chrono::TimeDelta;

use super::{
    Action, AuditRecord, Error, NewTeam, NewUser, Outcome, Store, Tx, link_token,
    transaction::retry,
};

/// How long a link works.
const LIFE: TimeDelta = TimeDelta::hours(72);

impl Store {
    /// Is there nobody yet who could ever sign in.
    pub async fn is_fresh(&self) -> Result<bool, Error> {
        let somebody = sqlx::query("select 1 from users limit 1")
            .fetch_optional(&self.pool)
            .await?;
        Ok(somebody.is_none())
    }

    /// What stands in a new link, as long as there are no users. Several portals that start on one
    /// database have a link each. It is kept nowhere else.
    pub async fn set_up_link(&self) -> Result<Option<String>, Error> {
        if !self.is_fresh().await? {
            return Ok(None);
        }
        let token = link_token::new();
        retry(|| async {
            let mut tx = self.begin().await?;
            sqlx::query("delete from setup_links where expires_at <= $1")
                .bind(self.now())
                .execute(&mut *tx)
                .await?;
            sqlx::query("insert into setup_links (token_hash, expires_at) values ($1, $2)")
                .bind(link_token::hash(&token))
                .bind(self.now() + LIFE.num_milliseconds())
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(Some(token.clone()))
        })
        .await
    }

    /// Does the link with that token work.
    pub async fn may_set_up(&self, token: &str) -> Result<bool, Error> {
        let link = sqlx::query(
            "select 1 from setup_links where token_hash = $1 and expires_at > $2
                 and not exists (select 1 from users)",
        )
        .bind(link_token::hash(token))
        .bind(self.now())
        .fetch_optional(&self.pool)
        .await?;
        Ok(link.is_some())
    }

    /// Makes the first site admin, and the first team unless there is one, and ends all links.
    /// `false` when the link does not work any more: of several people at once, one is told `true`.
    ///
    /// # Errors
    /// [`Error::Taken`] when a team has that slug.
    pub async fn set_up(
        &self,
        token: &str,
        user: &NewUser,
        team: Option<&NewTeam>,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            // All links at once: who comes by another one at the same time waits here, and then finds
            // none.
            let links = sqlx::query(
                "delete from setup_links where not exists (select 1 from users)
                 and exists (select 1 from setup_links
                   where token_hash = $1 and expires_at > $2)",
            )
            .bind(link_token::hash(token))
            .bind(self.now())
            .execute(&mut *tx)
            .await?;
            if links.rows_affected() == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            if let Err(error) = self.make_first_in(&mut tx, user, team, by).await {
                tx.rollback().await?;
                return Err(error);
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn make_first_in(
        &self,
        tx: &mut Tx<'_>,
        user: &NewUser,
        team: Option<&NewTeam>,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        self.audit_in(tx, by, Action::SetUp, Outcome::Done).await?;
        self.add_user_in(tx, user, by).await?;
        if let Some(team) = team {
            self.add_team_in(tx, team, by).await?;
        }
        Ok(())
    }
}
