//! First set-up: the one-time link that creates the first site admin and the first team.

use chrono::TimeDelta;

use super::{
    Action, AuditRecord, Error, NewTeam, NewUser, Outcome, Store, link_token, transaction::retry,
};

const LIFETIME: TimeDelta = TimeDelta::hours(72);

impl Store {
    /// Whether there is no user yet.
    pub async fn is_fresh(&self) -> Result<bool, Error> {
        let user = sqlx::query("select 1 from users limit 1")
            .fetch_optional(&self.pool)
            .await?;
        Ok(user.is_none())
    }

    /// A new setup link's token, unless there are users. Each portal on a database prints its own link. The
    /// token itself is not stored.
    pub async fn set_up_link(&self) -> Result<Option<String>, Error> {
        if !self.is_fresh().await? {
            return Ok(None);
        }
        let (token, now) = (link_token::new(), self.now());
        self.execute(|| {
            sqlx::query("insert into setup_links (token_hash, expires_at) values ($1, $2)")
                .bind(link_token::hash(&token))
                .bind(now + LIFETIME.num_milliseconds())
        })
        .await?;
        Ok(Some(token))
    }

    /// Whether the link with that token is valid.
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

    /// Creates the first site admin and, if given, the first team, and deletes all links. `false` when the link is no
    /// longer valid: of concurrent requests one succeeds.
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
            // All links at once: a request with another link waits here and then finds none.
            let query = sqlx::query(
                "delete from setup_links where not exists (select 1 from users)
                 and exists (select 1 from setup_links
                   where token_hash = $1 and expires_at > $2)",
            );
            let query = query.bind(link_token::hash(token)).bind(self.now());
            if tx.run(query).await? == 0 {
                tx.rollback().await?;
                return Ok(false);
            }
            self.audit_in(&mut tx, by, Action::SetUp, Outcome::Done)
                .await?;
            self.insert_user(&mut tx, user, by).await?;
            if let Some(team) = team {
                self.insert_team(&mut tx, team, by).await?;
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}
