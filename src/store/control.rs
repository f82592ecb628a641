//! What was asked of the API, and what became of each thing: written before and after every call.

use std::{collections::HashSet, ops::Range};

use chrono::{DateTime, TimeDelta};
use sqlx::{Row as _, any::AnyRow};

use crate::model::{KoreanTime, TeamId, UserId};

use super::{Action, AuditRecord, Error, Outcome, Store, audit::codes, new_id, storable};

codes! {
    /// Which way.
    ControlAction {
        Add = "add",
        Release = "release",
    }
}

codes! {
    /// What an item is, as far as the API's lists told.
    ItemKind {
        LoadBalancer = "load-balancer",
        Vm = "vm",
        Unknown = "unknown",
    }
}

codes! {
    /// How far an item has come.
    ItemState {
        // Written down; no call has been made for it.
        Planned = "planned",
        // A call is under way, or was when the portal died.
        Sending = "sending",
        // The API said yes.
        Accepted = "accepted",
        // The API's lists show it.
        Done = "done",
        NotDone = "not-done",
        NotKnown = "not-known",
    }
}

codes! {
    /// Why an item was not done, or is not known.
    Reason {
        NotListed = "not-listed",
        AlreadyMonitored = "already-monitored",
        AlreadyReleased = "already-released",
        BehindLoadBalancer = "behind-load-balancer",
        NotSendable = "not-sendable",
        ListsFailed = "lists-failed",
        Refused = "refused",
        NotReached = "not-reached",
        NoAnswer = "no-answer",
        BadAnswer = "bad-answer",
        Interrupted = "interrupted",
    }
}

/// One thing that was asked for.
#[derive(Debug, Clone)]
pub struct ControlItem {
    /// As it was asked for; only one that the API listed is ever sent.
    pub id: String,
    pub kind: ItemKind,
    pub name: String,
    /// Its addresses, for people.
    pub address: String,
    /// How many VMs go with it.
    pub servers: u32,
    pub state: ItemState,
    pub reason: Option<Reason>,
    /// What the API said, where it said something.
    pub message: Option<String>,
    pub settled: Option<KoreanTime>,
}

/// An add or a release of several things at once, about to be written down.
#[derive(Debug)]
pub struct NewControlRequest {
    pub team: TeamId,
    pub user: UserId,
    pub action: ControlAction,
    /// The form's one-time token.
    pub token: String,
    /// A hash of what was asked: the same token with another selection is another form.
    pub selection: String,
    pub items: Vec<ControlItem>,
}

/// An add or a release that was written down.
#[derive(Debug, Clone)]
pub struct ControlRequest {
    pub id: String,
    pub action: ControlAction,
    pub user_name: String,
    pub selection: String,
    pub asked: KoreanTime,
    pub touched: KoreanTime,
    pub finished: Option<KoreanTime>,
    pub items: Vec<ControlItem>,
}

/// What became of writing a request down.
#[derive(Debug)]
pub enum StartedControl {
    New(String),
    /// A form with this token was sent before.
    Known(ControlRequest),
}

impl Store {
    /// Writes down what is about to be asked, with its row of the audit log, unless a form with
    /// the same token was sent before.
    pub async fn start_control(
        &self,
        new: &NewControlRequest,
        by: &AuditRecord,
    ) -> Result<StartedControl, Error> {
        let id = new_id();
        let now = self.now();
        let mut change = self.begin().await?;
        let written = sqlx::query(
            "insert into control_requests (id, team_id, user_id, action, token, selection,
                 asked_at, touched_at)
             values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (token) do nothing",
        )
        .bind(&id)
        .bind(&new.team.0)
        .bind(&new.user.0)
        .bind(new.action.code())
        .bind(&new.token)
        .bind(&new.selection)
        .bind(now)
        .execute(&mut *change)
        .await?;
        if written.rows_affected() == 0 {
            change.rollback().await?;
            return match self.control_by_token(&new.team, &new.token).await? {
                Some(known) => Ok(StartedControl::Known(known)),
                None => Err(Error::Taken),
            };
        }
        for (position, item) in (0_i64..).zip(&new.items) {
            sqlx::query(
                "insert into control_items (request_id, position, item_id, kind, name, address,
                     servers, state, reason, message, settled_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(&id)
            .bind(position)
            .bind(storable(&item.id))
            .bind(item.kind.code())
            .bind(storable(&item.name))
            .bind(storable(&item.address))
            .bind(i64::from(item.servers))
            .bind(item.state.code())
            .bind(item.reason.map(Reason::code))
            .bind(item.message.as_deref().map(storable))
            .bind((item.state == ItemState::NotDone).then_some(now))
            .execute(&mut *change)
            .await?;
        }
        let action = match new.action {
            ControlAction::Add => Action::ControlAdd,
            ControlAction::Release => Action::ControlRelease,
        };
        let record = by.clone().on_team(&new.team, "").through(&id);
        self.audit_in(&mut change, &record, action, Outcome::SeeItems)
            .await?;
        change.commit().await?;
        Ok(StartedControl::New(id))
    }

    /// Writes down how far the items at `positions` have come.
    pub async fn move_items(
        &self,
        request: &str,
        positions: Range<usize>,
        state: ItemState,
        why: Option<(Reason, Option<&str>)>,
    ) -> Result<(), Error> {
        let settled = matches!(state, ItemState::Done | ItemState::NotDone);
        let now = self.now();
        let mut change = self.begin().await?;
        sqlx::query(
            "update control_items set state = $1, reason = $2, message = $3, settled_at = $4
             where request_id = $5 and position >= $6 and position < $7",
        )
        .bind(state.code())
        .bind(why.map(|(reason, _)| reason.code()))
        .bind(why.and_then(|(_, message)| message).map(storable))
        .bind(settled.then_some(now))
        .bind(request)
        .bind(i64::try_from(positions.start).unwrap_or(i64::MAX))
        .bind(i64::try_from(positions.end).unwrap_or(i64::MAX))
        .execute(&mut *change)
        .await?;
        sqlx::query("update control_requests set touched_at = $1 where id = $2")
            .bind(now)
            .bind(request)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(())
    }

    /// Writes down that nothing more will be called for a request.
    pub async fn finish_control(&self, request: &str) -> Result<(), Error> {
        let mut change = self.begin().await?;
        sqlx::query(
            "update control_requests set finished_at = $1, touched_at = $1
             where id = $2 and finished_at is null",
        )
        .bind(self.now())
        .bind(request)
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(())
    }

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
        .bind(storable(id))
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

impl ControlRequest {
    /// A request that nobody has worked on for this long was left behind by a portal that died.
    const ABANDONED: TimeDelta = TimeDelta::minutes(5);

    /// Is it being worked on at that moment.
    #[must_use]
    pub fn is_running(&self, now: KoreanTime) -> bool {
        self.finished.is_none() && now.minus(Self::ABANDONED) < self.touched
    }

    /// The items as they can be told at that moment: of those that a portal left behind, the ones
    /// that it had not yet sent were not done, and the others are not known.
    #[must_use]
    pub fn told(mut self, now: KoreanTime) -> Self {
        if self.is_running(now) {
            return self;
        }
        for item in &mut self.items {
            let state = match item.state {
                ItemState::Planned => ItemState::NotDone,
                ItemState::Sending => ItemState::NotKnown,
                _ => continue,
            };
            item.state = state;
            item.reason = Some(Reason::Interrupted);
        }
        self
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

pub(super) fn read_time(millis: i64) -> Result<KoreanTime, Error> {
    DateTime::from_timestamp_millis(millis)
        .map(KoreanTime::from_utc)
        .ok_or(Error::Unreadable("a time"))
}
