//! Reading what was asked and what became of it.

use std::collections::HashMap;

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{KoreanTime, PageNumber, TeamId},
    store::{Error, Store, read_time},
};

use super::{ControlAction, ControlItem, ControlRequest, ItemKind, ItemState, Reason, UnderWay};

impl Store {
    /// The request of a team with that id.
    pub async fn control_request(
        &self,
        team: &TeamId,
        id: &str,
    ) -> Result<Option<ControlRequest>, Error> {
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

    /// A page of a team's requests, newest first, and how many there are in all.
    pub async fn control_page(
        &self,
        team: &TeamId,
        page: PageNumber,
        rows: u32,
    ) -> Result<(Vec<ControlRequest>, u64), Error> {
        let total: i64 =
            sqlx::query_scalar("select count(*) from control_requests where team_id = $1")
                .bind(&team.0)
                .fetch_one(&self.pool)
                .await?;
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from control_requests where team_id = $1 order by id desc
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
        from: KoreanTime,
        to: KoreanTime,
    ) -> Result<Vec<ControlRequest>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from control_requests
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
    ) -> Result<Vec<ControlRequest>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select distinct request_id from control_items
             join control_requests on control_requests.id = request_id
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
    ) -> Result<Vec<ControlRequest>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select id from control_requests where team_id = $1 order by id desc limit $2",
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
    ) -> Result<Vec<ControlRequest>, Error> {
        let rows = sqlx::query(
            "select control_requests.id, action, selection, stated_reason, asked_at, touched_at, finished_at,
                 control_requests.settled_at, users.username
             from control_requests join users on users.id = control_requests.user_id
             where ($1 = '' or team_id = $1) and control_requests.id >= $2 and control_requests.id <= $3
             order by control_requests.id desc",
        )
        .bind(team)
        .bind(first)
        .bind(last)
        .fetch_all(&self.pool)
        .await?;
        let items = sqlx::query(
            "select request_id, item_id, kind, name, address, servers, vm_names, state, reason,
                 message, control_items.settled_at
             from control_items join control_requests on control_requests.id = request_id
             where ($1 = '' or team_id = $1) and request_id >= $2 and request_id <= $3
             order by request_id, position",
        )
        .bind(team)
        .bind(first)
        .bind(last)
        .fetch_all(&self.pool)
        .await?;
        let mut by_request: HashMap<String, Vec<ControlItem>> = HashMap::new();
        for row in &items {
            let items = by_request.entry(row.try_get("request_id")?).or_default();
            items.push(read_item(row)?);
        }
        let read = |row: &AnyRow| {
            let id: String = row.try_get("id")?;
            let items = by_request.remove(&id).unwrap_or_default();
            read_request(row, id, items)
        };
        rows.iter().map(read).collect()
    }

    /// The ids of things for which that is asked already and may yet take effect: it is not sent
    /// again meanwhile.
    pub async fn under_way(
        &self,
        team: &TeamId,
        action: ControlAction,
    ) -> Result<HashMap<String, UnderWay>, Error> {
        let rows = sqlx::query(
            "select item_id, username, asked_at from control_items
             join control_requests on control_requests.id = control_items.request_id
             join users on users.id = user_id
             where team_id = $1 and action = $2
               and ((state in ('planned', 'sending') and touched_at > $3)
                 or (state in ('accepted', 'waiting', 'not-known') and asked_at > $4))
             order by control_requests.id",
        )
        .bind(&team.0)
        .bind(action.code())
        .bind(self.now() - ControlRequest::ABANDONED.num_milliseconds())
        .bind(self.now() - ControlRequest::UNDER_WAY.num_milliseconds())
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &AnyRow| {
            let under_way = UnderWay {
                user_name: row.try_get("username")?,
                asked: read_time(row.try_get("asked_at")?)?,
            };
            Ok((row.try_get("item_id")?, under_way))
        };
        rows.iter().map(read).collect()
    }

    /// The ids of things whose release was asked for and may be under way, with the time at which
    /// it was: the API has no word for it (SECMON.md, "Words").
    pub async fn release_requested(
        &self,
        team: &TeamId,
    ) -> Result<HashMap<String, KoreanTime>, Error> {
        let rows = sqlx::query(
            "select item_id, action, state, asked_at from control_items
             join control_requests on control_requests.id = control_items.request_id
             where team_id = $1 and asked_at > $2
               and state in ('sending', 'accepted', 'waiting', 'done', 'not-known', 'overdue')
             order by control_requests.id",
        )
        .bind(&team.0)
        .bind(self.now() - ControlRequest::FOLLOWED.num_milliseconds())
        .fetch_all(&self.pool)
        .await?;
        let mut requested = HashMap::new();
        for row in &rows {
            let id: String = row.try_get("item_id")?;
            let is_open = ItemState::read(row.try_get("state")?)?.is_open();
            // What was added again since is not being released.
            match ControlAction::read(row.try_get("action")?)? {
                ControlAction::Release if is_open => {
                    requested.insert(id, read_time(row.try_get("asked_at")?)?);
                }
                _ => {
                    requested.remove(&id);
                }
            }
        }
        Ok(requested)
    }
}

fn read_request(
    row: &AnyRow,
    id: String,
    items: Vec<ControlItem>,
) -> Result<ControlRequest, Error> {
    let finished: Option<i64> = row.try_get("finished_at")?;
    let settled: Option<i64> = row.try_get("settled_at")?;
    Ok(ControlRequest {
        id,
        action: ControlAction::read(row.try_get("action")?)?,
        user_name: row.try_get("username")?,
        stated_reason: row.try_get("stated_reason")?,
        selection: row.try_get("selection")?,
        asked: read_time(row.try_get("asked_at")?)?,
        touched: read_time(row.try_get("touched_at")?)?,
        finished: finished.map(read_time).transpose()?,
        settled: settled.map(read_time).transpose()?,
        items,
    })
}

fn read_item(row: &AnyRow) -> Result<ControlItem, Error> {
    let reason: Option<String> = row.try_get("reason")?;
    let settled: Option<i64> = row.try_get("settled_at")?;
    let vm_names: Option<String> = row.try_get("vm_names")?;
    Ok(ControlItem {
        id: row.try_get("item_id")?,
        kind: ItemKind::read(row.try_get("kind")?)?,
        name: row.try_get("name")?,
        address: row.try_get("address")?,
        servers: u32::try_from(row.try_get::<i64, _>("servers")?).unwrap_or(0),
        vm_names: vm_names
            .iter()
            .flat_map(|it| it.lines())
            .map(str::to_owned)
            .collect(),
        state: ItemState::read(row.try_get("state")?)?,
        reason: reason.as_deref().map(Reason::read).transpose()?,
        message: row.try_get("message")?,
        settled: settled.map(read_time).transpose()?,
    })
}
