//! Which teams' lists are to be read when nobody looks at them, and whether that works.

use chrono::TimeDelta;
use sqlx::AssertSqlSafe;

use crate::{
    model::{ItemState, Team, TeamId},
    store::{
        Error, JobKind, Store, columns::team_columns, jobs::wake_job, time::around,
        transaction::retry,
    },
};

use super::{ChangeRequest, in_list};

impl Store {
    /// The teams whose lists are to be read: those with something under way, and those whose
    /// lists nobody has read for `interval`, or since they were added.
    pub async fn teams_to_follow(&self, interval: Option<TimeDelta>) -> Result<Vec<Team>, Error> {
        let now = self.database_now(&self.pool).await?;
        let (alive_from, alive_to) = around(now, ChangeRequest::ABANDONED);
        // Nothing is older than the beginning.
        let stale = interval.map_or(0, |span| now.saturating_sub(span.num_milliseconds()));
        let sql = format!(
            "select {} from teams
             where removed_at is null
               and (id in (
                 select team_id from change_requests
                 join request_items on request_id = change_requests.id
                 where state in ({})
                   or (state in ({}) and (touched_at < $1 or touched_at > $2)))
                 or ((created_at < $3 or created_at > $4) and not exists (select 1 from inventory_snapshots
                   where team_id = teams.id and read_at >= $3 and read_at <= $4)))",
            team_columns!(),
            in_list(ItemState::AWAITED),
            in_list(ItemState::PENDING),
        );
        let teams = sqlx::query_as(AssertSqlSafe(sql))
            .bind(alive_from)
            .bind(alive_to)
            .bind(stale)
            .bind(now)
            .fetch_all(&self.pool)
            .await?;
        Ok(teams)
    }

    /// The team's requests with something under way, oldest first. Those that a portal left
    /// behind, and those that were followed for long enough, are ended before.
    pub async fn requests_to_follow(&self, team: &TeamId) -> Result<Vec<ChangeRequest>, Error> {
        for id in self.requests_to_end(team).await? {
            self.mark_abandoned(&id).await?;
            self.expire(&id).await?;
        }
        let sql = format!(
            "select distinct change_requests.id from change_requests
             join request_items on request_id = change_requests.id
             where team_id = $1 and state in ({}) order by change_requests.id",
            in_list(ItemState::OPEN)
        );
        let ids: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(&team.0)
            .fetch_all(&self.pool)
            .await?;
        let mut requests = Vec::with_capacity(ids.len());
        for id in ids {
            requests.extend(self.control_request(team, &id).await?);
        }
        Ok(requests)
    }

    async fn requests_to_end(&self, team: &TeamId) -> Result<Vec<String>, Error> {
        let now = self.database_now(&self.pool).await?;
        let (alive_from, alive_to) = around(now, ChangeRequest::ABANDONED);
        let (followed_from, followed_to) = around(now, ChangeRequest::FOLLOWED);
        let sql = format!(
            "select distinct change_requests.id from change_requests
             join request_items on request_id = change_requests.id
             where team_id = $1 and state in ({})
               and ((finished_at is null and (touched_at < $2 or touched_at > $3))
                 or (finished_at is not null and (asked_at < $4 or asked_at > $5)))",
            in_list(ItemState::OPEN)
        );
        let ids = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(&team.0)
            .bind(alive_from)
            .bind(alive_to)
            .bind(followed_from)
            .bind(followed_to)
            .fetch_all(&self.pool)
            .await?;
        Ok(ids)
    }

    /// How often in a row the lists could not be read unasked, since they were last read.
    pub async fn failed_readings(&self, team: &TeamId) -> Result<u32, Error> {
        self.job_failures(JobKind::Poll, &team.0).await
    }

    /// Somebody has just read the lists: what failed before is over, and they are due again.
    pub async fn readings_work(&self, team: &TeamId) -> Result<(), Error> {
        // As a rule there is nothing to write, and reading waits for nobody.
        if self.failed_readings(team).await? == 0 {
            return Ok(());
        }
        retry(|| async {
            let mut tx = self.begin().await?;
            wake_job(&mut tx, JobKind::Poll, &team.0).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}
