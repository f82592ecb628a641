//! Reading what was asked and what became of it.

use std::collections::HashSet;

use chrono::TimeDelta;
use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::TeamId,
    store::{Error, Store, read_time},
};

use super::{ControlAction, ControlItem, ControlRequest, ItemKind, ItemState, Reason};

impl Store {
    /// The request of a team with that id.
    pub async fn control_request(
        &self,
        team: &TeamId,
        id: &str,
    ) -> Result<Option<ControlRequest>, Error> {
        let row = sqlx::query(
            "select control_requests.id, action, selection, asked_at, touched_at, finished_at,
                 users.username
             from control_requests join users on users.id = control_requests.user_id
             where control_requests.id = $1 and team_id = $2",
        )
        .bind(id)
        .bind(&team.0)
        .fetch_optional(&self.pool)
        .await?;
        match row {
            Some(row) => self.with_items(&row).await.map(Some),
            None => Ok(None),
        }
    }

    /// The request that a form with that token made.
    pub async fn control_by_token(
        &self,
        team: &TeamId,
        token: &str,
    ) -> Result<Option<ControlRequest>, Error> {
        let id: Option<String> =
            sqlx::query_scalar("select id from control_requests where token = $1 and team_id = $2")
                .bind(token)
                .bind(&team.0)
                .fetch_optional(&self.pool)
                .await?;
        match id {
            Some(id) => self.control_request(team, &id).await,
            None => Ok(None),
        }
    }

    /// A team's newest requests, newest first.
    pub async fn recent_control(
        &self,
        team: &TeamId,
        most: u32,
    ) -> Result<Vec<ControlRequest>, Error> {
        let rows = sqlx::query(
            "select control_requests.id, action, selection, asked_at, touched_at, finished_at,
                 users.username
             from control_requests join users on users.id = control_requests.user_id
             where team_id = $1 order by control_requests.id desc limit $2",
        )
        .bind(&team.0)
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await?;
        let mut requests = Vec::with_capacity(rows.len());
        for row in &rows {
            requests.push(self.with_items(row).await?);
        }
        Ok(requests)
    }

    /// The ids of things whose release was asked for within the last hour and may be under way:
    /// the API has no word for it (SECMON.md, "Words").
    pub async fn release_requested(&self, team: &TeamId) -> Result<HashSet<String>, Error> {
        let rows = sqlx::query(
            "select item_id, action from control_items
             join control_requests on control_requests.id = control_items.request_id
             where team_id = $1 and asked_at > $2 and state in ('sending', 'accepted', 'not-known')
             order by control_requests.id",
        )
        .bind(&team.0)
        .bind(self.now() - TimeDelta::hours(1).num_milliseconds())
        .fetch_all(&self.pool)
        .await?;
        let mut requested = HashSet::new();
        for row in &rows {
            let id: String = row.try_get("item_id")?;
            // What was added again since is not being released.
            match ControlAction::read(row.try_get("action")?)? {
                ControlAction::Release => requested.insert(id),
                ControlAction::Add => requested.remove(&id),
            };
        }
        Ok(requested)
    }

    async fn with_items(&self, row: &AnyRow) -> Result<ControlRequest, Error> {
        let id: String = row.try_get("id")?;
        let items = sqlx::query(
            "select item_id, kind, name, address, servers, state, reason, message, settled_at
             from control_items where request_id = $1 order by position",
        )
        .bind(&id)
        .fetch_all(&self.pool)
        .await?;
        let finished: Option<i64> = row.try_get("finished_at")?;
        Ok(ControlRequest {
            id,
            action: ControlAction::read(row.try_get("action")?)?,
            user_name: row.try_get("username")?,
            selection: row.try_get("selection")?,
            asked: read_time(row.try_get("asked_at")?)?,
            touched: read_time(row.try_get("touched_at")?)?,
            finished: finished.map(read_time).transpose()?,
            items: items.iter().map(read_item).collect::<Result<_, _>>()?,
        })
    }
}

fn read_item(row: &AnyRow) -> Result<ControlItem, Error> {
    let reason: Option<String> = row.try_get("reason")?;
    let settled: Option<i64> = row.try_get("settled_at")?;
    Ok(ControlItem {
        id: row.try_get("item_id")?,
        kind: ItemKind::read(row.try_get("kind")?)?,
        name: row.try_get("name")?,
        address: row.try_get("address")?,
        servers: u32::try_from(row.try_get::<i64, _>("servers")?).unwrap_or(0),
        state: ItemState::read(row.try_get("state")?)?,
        reason: reason.as_deref().map(Reason::read).transpose()?,
        message: row.try_get("message")?,
        settled: settled.map(read_time).transpose()?,
    })
}
