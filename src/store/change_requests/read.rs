//! Reading what was asked and what became of it.

use std::collections::HashMap;

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{KstDateTime, PageNumber, TeamId},
    store::{Error, Store, read_time, time::around},
};

use super::{ChangeRequest, ItemKind, RequestItem, read_action, read_reason, read_state};

impl Store {
    /// The request of a team with that id.
    pub async fn control_request(
        &self,
        team: &TeamId,
        id: &str,
    ) -> Result<Option<ChangeRequest>, Error> {
        // An id from an address may hold anything; PostgreSQL refuses a NUL even in a question.
        if id.parse::<uuid::Uuid>().is_err() {
            return Ok(None);
        }
        Ok(self.control_between(&team.0, id, id).await?.pop())
    }

    /// The request that a form with that token made.
    pub async fn control_by_token(
        &self,
        team: &TeamId,
        token: &str,
    ) -> Result<Option<ChangeRequest>, Error> {
        let id: Option<String> =
            sqlx::query_scalar("select id from change_requests where token = $1 and team_id = $2")
                .bind(token)
                .bind(&team.0)
                .fetch_optional(&self.pool)
                .await?;
        match id {
            Some(id) => self.control_request(team, &id).await,
            None => Ok(None),
        }
    }

    /// A page of a team's requests, newest first, and how many there are in all.
    pub async fn control_page(
        &self,
        team: &TeamId,
        page: PageNumber,
        rows: u32,
    ) -> Result<(Vec<ChangeRequest>, u64), Error> {
        let total: i64 =
            sqlx::query_scalar("select count(*) from change_requests where team_id = $1")
                .bind(&team.0)
                .fetch_one(&self.pool)
                .await?;
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from change_requests where team_id = $1 order by id desc
             limit $2 offset $3",
        )
        .bind(&team.0)
        .bind(i64::from(rows))
        .bind(i64::from(rows) * i64::from(page.get() - 1))
        .fetch_all(&self.pool)
        .await?;
        let requests = match (ids.last(), ids.first()) {
            (Some(first), Some(last)) => self.control_between(&team.0, first, last).await?,
            _ => Vec::new(),
        };
        Ok((requests, u64::try_from(total).unwrap_or(0)))
    }

    /// A team's requests that were asked for between two times, both included, newest first.
    pub async fn control_asked(
        &self,
        team: &TeamId,
        from: KstDateTime,
        to: KstDateTime,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from change_requests
             where team_id = $1 and asked_at >= $2 and asked_at <= $3 order by id desc",
        )
        .bind(&team.0)
        .bind(from.to_utc().timestamp_millis())
        .bind(to.to_utc().timestamp_millis())
        .fetch_all(&self.pool)
        .await?;
        match (ids.last(), ids.first()) {
            (Some(first), Some(last)) => self.control_between(&team.0, first, last).await,
            _ => Ok(Vec::new()),
        }
    }

    /// A team's requests that were about any of these things, newest first, `most` at the most.
    pub async fn control_of(
        &self,
        team: &TeamId,
        [one, other]: [&str; 2],
        most: u32,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select distinct request_id from request_items
             join change_requests on change_requests.id = request_id
             where team_id = $1 and item_id in ($2, $3) and item_id <> ''
             order by request_id desc limit $4",
        )
        .bind(&team.0)
        .bind(one)
        .bind(other)
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await?;
        let mut requests = Vec::with_capacity(ids.len());
        for id in ids {
            requests.extend(self.control_request(team, &id).await?);
        }
        Ok(requests)
    }

    /// A team's newest requests, newest first.
    pub async fn recent_control(
        &self,
        team: &TeamId,
        most: u32,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from change_requests where team_id = $1 order by id desc limit $2",
        )
        .bind(&team.0)
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await?;
        match (ids.last(), ids.first()) {
            (Some(first), Some(last)) => self.control_between(&team.0, first, last).await,
            _ => Ok(Vec::new()),
        }
    }

    /// A team's requests from one id to another, both included, newest first; those of all teams
    /// for `""`.
    pub(in crate::store) async fn control_between(
        &self,
        team: &str,
        first: &str,
        last: &str,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let rows = sqlx::query(
            "select change_requests.id, action, selection, stated_reason, asked_at, touched_at, finished_at,
                 change_requests.settled_at, users.username
             from change_requests join users on users.id = change_requests.user_id
             where ($1 = '' or team_id = $1) and change_requests.id >= $2 and change_requests.id <= $3
             order by change_requests.id desc",
        )
        .bind(team)
        .bind(first)
        .bind(last)
        .fetch_all(&self.pool)
        .await?;
        let items = sqlx::query(
            "select request_id, item_id, kind, name, address, servers, vm_names, state, reason,
                 message, request_items.settled_at
             from request_items join change_requests on change_requests.id = request_id
             where ($1 = '' or team_id = $1) and request_id >= $2 and request_id <= $3
             order by request_id, position",
        )
        .bind(team)
        .bind(first)
        .bind(last)
        .fetch_all(&self.pool)
        .await?;
        let now = self.database_now(&self.pool).await?;
        let mut by_request: HashMap<String, Vec<RequestItem>> = HashMap::new();
        for row in &items {
            let items = by_request.entry(row.try_get("request_id")?).or_default();
            items.push(read_item(row)?);
        }
        let read = |row: &AnyRow| {
            let id: String = row.try_get("id")?;
            let items = by_request.remove(&id).unwrap_or_default();
            read_request(row, id, items, now)
        };
        rows.iter().map(read).collect()
    }
}

fn read_request(
    row: &AnyRow,
    id: String,
    items: Vec<RequestItem>,
    now: i64,
) -> Result<ChangeRequest, Error> {
    let finished: Option<i64> = row.try_get("finished_at")?;
    let touched: i64 = row.try_get("touched_at")?;
    let (alive_from, alive_to) = around(now, ChangeRequest::ABANDONED);
    let settled: Option<i64> = row.try_get("settled_at")?;
    Ok(ChangeRequest {
        id,
        action: read_action(row)?,
        user_name: row.try_get("username")?,
        stated_reason: row.try_get("stated_reason")?,
        selection: row.try_get("selection")?,
        asked: read_time(row.try_get("asked_at")?)?,
        touched: read_time(touched)?,
        is_running: finished.is_none() && (alive_from..=alive_to).contains(&touched),
        finished: finished.map(read_time).transpose()?,
        settled: settled.map(read_time).transpose()?,
        items,
    })
}

fn read_item(row: &AnyRow) -> Result<RequestItem, Error> {
    let settled: Option<i64> = row.try_get("settled_at")?;
    let vm_names: Option<String> = row.try_get("vm_names")?;
    Ok(RequestItem {
        id: row.try_get("item_id")?,
        kind: ItemKind::read(row.try_get("kind")?)?,
        name: row.try_get("name")?,
        address: row.try_get("address")?,
        servers: u32::try_from(row.try_get::<i64, _>("servers")?).unwrap_or(0),
        vm_names: vm_names
            .iter()
            .flat_map(|vm_name| vm_name.lines())
            .map(str::to_owned)
            .collect(),
        state: read_state(row)?,
        reason: read_reason(row)?,
        message: row.try_get("message")?,
        settled: settled.map(read_time).transpose()?,
    })
}
