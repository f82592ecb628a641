//! Requests with their items.

use std::collections::HashMap;

use sqlx::FromRow;

use crate::{
    model::{
        ChangeAction, ChangeRequest, ItemKind, ItemState, KstDateTime, PageNumber, Reason,
        RequestItem, Step, TeamId,
    },
    store::{Error, Store, count, time::around},
};

#[derive(FromRow)]
struct RequestRow {
    id: String,
    action: ChangeAction,
    username: String,
    stated_reason: Option<String>,
    selection: String,
    asked_at: KstDateTime,
    touched_at: KstDateTime,
    finished_at: Option<KstDateTime>,
    settled_at: Option<KstDateTime>,
}

#[derive(FromRow)]
struct ItemRow {
    request_id: String,
    item_id: String,
    kind: ItemKind,
    name: String,
    address: String,
    servers: i64,
    vm_names: Option<String>,
    state: ItemState,
    reason: Option<Reason>,
    message: Option<String>,
    settled_at: Option<KstDateTime>,
}

impl RequestRow {
    fn with_items(self, items: Vec<RequestItem>, now: i64) -> ChangeRequest {
        let (alive_from, alive_to) = around(now, ChangeRequest::ABANDON_TIMEOUT);
        let is_alive = (alive_from..=alive_to).contains(&self.touched_at.millis());
        ChangeRequest {
            id: self.id,
            action: self.action,
            user_name: self.username,
            stated_reason: self.stated_reason,
            selection: self.selection,
            asked: self.asked_at,
            touched: self.touched_at,
            is_running: self.finished_at.is_none() && is_alive,
            finished: self.finished_at,
            settled: self.settled_at,
            items,
        }
    }
}

impl From<ItemRow> for RequestItem {
    fn from(row: ItemRow) -> Self {
        let vm_names = row.vm_names.unwrap_or_default();
        Self {
            id: row.item_id,
            kind: row.kind,
            name: row.name,
            address: row.address,
            servers: u32::try_from(row.servers).unwrap_or(0),
            vm_names: vm_names.lines().map(str::to_owned).collect(),
            state: row.state,
            reason: row.reason,
            message: row.message,
            settled: row.settled_at,
        }
    }
}

impl Store {
    /// The team's request with that id.
    pub async fn control_request(
        &self,
        team: &TeamId,
        id: &str,
    ) -> Result<Option<ChangeRequest>, Error> {
        // An id from an address may hold anything; PostgreSQL refuses a NUL even in a query.
        if id.parse::<uuid::Uuid>().is_err() {
            return Ok(None);
        }
        Ok(self.control_between(&team.0, id, id).await?.pop())
    }

    /// The request created with that token.
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

    /// A page of a team's requests, newest first, and their total.
    pub async fn control_page(
        &self,
        team: &TeamId,
        page: PageNumber,
        rows: u32,
    ) -> Result<(Vec<ChangeRequest>, u64), Error> {
        let total = sqlx::query_scalar("select count(*) from change_requests where team_id = $1")
            .bind(&team.0)
            .fetch_one(&self.pool)
            .await?;
        let ids = sqlx::query_scalar(
            "select id from change_requests where team_id = $1 order by id desc
             limit $2 offset $3",
        )
        .bind(&team.0)
        .bind(i64::from(rows))
        .bind(i64::from(rows) * i64::from(page.get() - 1))
        .fetch_all(&self.pool)
        .await?;
        Ok((self.control_spanned(team, ids).await?, count(total)))
    }

    /// A team's requests from one time to another, both included, newest first.
    pub async fn control_asked(
        &self,
        team: &TeamId,
        from: KstDateTime,
        to: KstDateTime,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let ids = sqlx::query_scalar(
            "select id from change_requests
             where team_id = $1 and asked_at >= $2 and asked_at <= $3 order by id desc",
        )
        .bind(&team.0)
        .bind(from.millis())
        .bind(to.millis())
        .fetch_all(&self.pool)
        .await?;
        self.control_spanned(team, ids).await
    }

    /// A team's newest requests, newest first.
    pub async fn recent_control(
        &self,
        team: &TeamId,
        max: u32,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let ids = sqlx::query_scalar(
            "select id from change_requests where team_id = $1 order by id desc limit $2",
        )
        .bind(&team.0)
        .bind(i64::from(max))
        .fetch_all(&self.pool)
        .await?;
        self.control_spanned(team, ids).await
    }

    /// A team's newest requests for either of two ids, newest first.
    pub async fn control_of(
        &self,
        team: &TeamId,
        [one, other]: [&str; 2],
        max: u32,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let ids = sqlx::query_scalar(
            "select distinct request_id from request_items
             join change_requests on change_requests.id = request_id
             where team_id = $1 and item_id in ($2, $3) and item_id <> ''
             order by request_id desc limit $4",
        )
        .bind(&team.0)
        .bind(one)
        .bind(other)
        .bind(i64::from(max))
        .fetch_all(&self.pool)
        .await?;
        self.requests_by_id(team, ids).await
    }

    /// The steps of a request's items, by item and time.
    pub async fn request_steps(&self, request: &str) -> Result<Vec<Step>, Error> {
        let rows: Vec<(i64, ItemState, Option<Reason>, KstDateTime)> = sqlx::query_as(
            "select position, state, reason, at from request_steps where request_id = $1
             order by position, at",
        )
        .bind(request)
        .fetch_all(&self.pool)
        .await?;
        let step = |(position, state, reason, at)| Step {
            position: usize::try_from(position).unwrap_or(usize::MAX),
            state,
            reason,
            at,
        };
        Ok(rows.into_iter().map(step).collect())
    }

    pub(super) async fn requests_by_id(
        &self,
        team: &TeamId,
        ids: Vec<String>,
    ) -> Result<Vec<ChangeRequest>, Error> {
        let mut requests = Vec::with_capacity(ids.len());
        for id in ids {
            requests.extend(self.control_request(team, &id).await?);
        }
        Ok(requests)
    }

    /// Requests with those ids, which are consecutive and newest first.
    async fn control_spanned(
        &self,
        team: &TeamId,
        ids: Vec<String>,
    ) -> Result<Vec<ChangeRequest>, Error> {
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
        let requests: Vec<RequestRow> = sqlx::query_as(
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
        let items: Vec<ItemRow> = sqlx::query_as(
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
        for mut item in items {
            let request = std::mem::take(&mut item.request_id);
            by_request.entry(request).or_default().push(item.into());
        }
        let with_items = |request: RequestRow| {
            let items = by_request.remove(&request.id).unwrap_or_default();
            request.with_items(items, now)
        };
        Ok(requests.into_iter().map(with_items).collect())
    }
}
