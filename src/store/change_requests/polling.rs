//! The teams and requests that the poll job works on.

use chrono::TimeDelta;
use sqlx::AssertSqlSafe;

use crate::{
    model::{ChangeRequest, ItemState, Team, TeamId},
    store::{
        Error, JobKind, Store, columns::team_columns, jobs::wake_job, time::around,
        transaction::retry,
    },
};

use super::in_list;

impl Store {
    /// The teams with a request under way, and those without a reading for `interval` or since they
    /// were added.
    pub async fn teams_to_poll(&self, interval: Option<TimeDelta>) -> Result<Vec<Team>, Error> {
        let now = self.database_now(&self.pool).await?;
        let (alive_from, alive_to) = around(now, ChangeRequest::ABANDON_TIMEOUT);
        // Without an interval nothing is older than the beginning.
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

    /// The team's requests under way, oldest first, after abandoned and expired ones were ended.
    pub async fn requests_to_poll(&self, team: &TeamId) -> Result<Vec<ChangeRequest>, Error> {
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
        self.requests_by_id(team, ids).await
    }

    async fn requests_to_end(&self, team: &TeamId) -> Result<Vec<String>, Error> {
        let now = self.database_now(&self.pool).await?;
        let (alive_from, alive_to) = around(now, ChangeRequest::ABANDON_TIMEOUT);
        let (asked_from, asked_to) = around(now, ChangeRequest::TRACKING_TIMEOUT);
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
            .bind(asked_from)
            .bind(asked_to)
            .fetch_all(&self.pool)
            .await?;
        Ok(ids)
    }

    /// Consecutive failures of the team's poll job since the lists were last read.
    pub async fn poll_failures(&self, team: &TeamId) -> Result<u32, Error> {
        self.job_failures(JobKind::Poll, &team.0).await
    }

    /// Ends the back-off of the team's poll job after a successful reading.
    pub async fn reset_poll_failures(&self, team: &TeamId) -> Result<(), Error> {
        // As a rule there is nothing to write, and no lock to wait for.
        if self.poll_failures(team).await? == 0 {
            return Ok(());
        }
        retry(|| async {
            let mut tx = self.begin().await?;
            wake_job(&mut tx, JobKind::Poll, &team.0).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}
