//! Writing down what is about to be asked, and how far it has come.

use std::{collections::HashSet, ops::Range};

use crate::store::{Action, AuditRecord, Change, Error, Outcome, Store, new_id, storable};

use super::{
    ControlAction, ControlItem, ControlRequest, ItemState, NewControlRequest, Reason,
    StartedControl, life::step_in,
};

impl Store {
    /// Writes down what is about to be asked, with its row of the audit log, unless a form with
    /// the same token was sent before. What another request is asking for is not asked again.
    pub async fn start_control(
        &self,
        mut new: NewControlRequest,
        by: &AuditRecord,
    ) -> Result<StartedControl, Error> {
        let id = new_id();
        let mut change = self.begin().await?;
        // Requests of one team are written one after the other, on PostgreSQL too.
        sqlx::query("update teams set slug = slug where id = $1")
            .bind(&new.team.0)
            .execute(&mut *change)
            .await?;
        if !self.insert_request(&mut change, &id, &new).await? {
            change.rollback().await?;
            return match self.control_by_token(&new.team, &new.token).await? {
                Some(known) => Ok(StartedControl::Known(known)),
                None => Err(Error::Taken),
            };
        }
        let taken = self.taken_in(&mut change, &id, &new).await?;
        for item in &mut new.items {
            if item.state == ItemState::Planned && taken.contains(&item.id) {
                item.state = ItemState::NotDone;
                item.reason = Some(Reason::AskedAlready);
            }
        }
        // What is to be sent stands first.
        new.items
            .sort_by_key(|item| item.state != ItemState::Planned);
        for (position, item) in (0_i64..).zip(&new.items) {
            self.insert_item(&mut change, &id, position, item).await?;
        }
        let action = match new.action {
            ControlAction::Add => Action::ControlAdd,
            ControlAction::Release => Action::ControlRelease,
        };
        // The chain of the log keeps the reason from being changed later.
        let why = new.stated_reason.as_deref().unwrap_or_default();
        let record = by.clone().on_team(&new.team, why).through(&id);
        self.wake_in(&mut change, &new.team.0).await?;
        self.audit_in(&mut change, &record, action, Outcome::SeeItems)
            .await?;
        change.commit().await?;
        Ok(StartedControl::New { id, taken })
    }

    /// Whether it was new.
    async fn insert_request(
        &self,
        change: &mut Change<'_>,
        id: &str,
        new: &NewControlRequest,
    ) -> Result<bool, Error> {
        let written = sqlx::query(
            "insert into control_requests (id, team_id, user_id, action, token, selection,
                 stated_reason, asked_at, touched_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $8) on conflict (token) do nothing",
        )
        .bind(id)
        .bind(&new.team.0)
        .bind(&new.user.0)
        .bind(new.action.code())
        .bind(&new.token)
        .bind(&new.selection)
        .bind(new.stated_reason.as_deref().map(storable))
        .bind(self.now())
        .execute(&mut **change)
        .await?;
        Ok(written.rows_affected() > 0)
    }

    async fn insert_item(
        &self,
        change: &mut Change<'_>,
        request: &str,
        position: i64,
        item: &ControlItem,
    ) -> Result<(), Error> {
        let settled = (item.state == ItemState::NotDone).then(|| self.now());
        sqlx::query(
            "insert into control_items (request_id, position, item_id, kind, name, address,
                 servers, state, reason, message, settled_at, vm_names)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(request)
        .bind(position)
        .bind(storable(&item.id))
        .bind(item.kind.code())
        .bind(storable(&item.name))
        .bind(storable(&item.address))
        .bind(i64::from(item.servers))
        .bind(item.state.code())
        .bind(item.reason.map(Reason::code))
        .bind(item.message.as_deref().map(storable))
        .bind(settled)
        .bind(storable(&names_in_lines(&item.vm_names)))
        .execute(&mut **change)
        .await?;
        Ok(())
    }

    /// What other requests of the team are asking for: what one has yet to send, what may take
    /// effect still, and what one has sent since the lists were read that this one was planned from.
    async fn taken_in(
        &self,
        change: &mut Change<'_>,
        own: &str,
        new: &NewControlRequest,
    ) -> Result<HashSet<String>, Error> {
        let abandoned = self.now() - ControlRequest::ABANDONED.num_milliseconds();
        let taken = sqlx::query_scalar(
            "select item_id from control_items
             join control_requests on control_requests.id = control_items.request_id
             where team_id = $1 and action = $2 and control_requests.id <> $3
               and ((state in ('planned', 'sending') and touched_at > $4)
                 or (state in ('accepted', 'waiting', 'not-known') and asked_at > $5)
                 or (state in ('accepted', 'waiting', 'done', 'not-known') and touched_at >= $6))",
        )
        .bind(&new.team.0)
        .bind(new.action.code())
        .bind(own)
        .bind(abandoned)
        .bind(self.now() - ControlRequest::UNDER_WAY.num_milliseconds())
        .bind(new.planned.to_utc().timestamp_millis())
        .fetch_all(&mut **change)
        .await?;
        Ok(taken.into_iter().collect())
    }

    /// Says that the portal still works on a request, before it would count as left behind.
    pub async fn touch_control(&self, request: &str) -> Result<(), Error> {
        sqlx::query(
            "update control_requests set touched_at = $1 where id = $2 and finished_at is null",
        )
        .bind(self.now())
        .bind(request)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Writes down that the items at `positions` are about to be sent. `false`: they are not to
    /// be sent, since the request was taken to be left behind.
    pub async fn begin_sending(
        &self,
        request: &str,
        positions: Range<usize>,
    ) -> Result<bool, Error> {
        let wanted = positions.len() as u64;
        let mut change = self.begin().await?;
        let moved = self
            .move_in(&mut change, request, positions, ItemState::Sending, None)
            .await?;
        if moved != wanted {
            change.rollback().await?;
            return Ok(false);
        }
        change.commit().await?;
        Ok(true)
    }

    /// Writes down how far the items at `positions` have come, unless the API's lists have told
    /// more of them meanwhile.
    pub async fn move_items(
        &self,
        request: &str,
        positions: Range<usize>,
        state: ItemState,
        why: Option<(Reason, Option<&str>)>,
    ) -> Result<(), Error> {
        let mut change = self.begin().await?;
        self.move_in(&mut change, request, positions, state, why)
            .await?;
        change.commit().await?;
        Ok(())
    }

    /// How many items were moved.
    async fn move_in(
        &self,
        change: &mut Change<'_>,
        request: &str,
        positions: Range<usize>,
        state: ItemState,
        why: Option<(Reason, Option<&str>)>,
    ) -> Result<u64, Error> {
        let now = self.now();
        let place = |position| i64::try_from(position).unwrap_or(i64::MAX);
        let positions = place(positions.start)..place(positions.end);
        let reason = why.map(|(reason, _)| reason);
        let moved = sqlx::query(
            "update control_items set state = $1, reason = $2, message = $3, settled_at = $4
             where request_id = $5 and position >= $6 and position < $7
               and (state = 'planned' or ($1 <> 'sending' and state in ('sending', 'not-known')))",
        )
        .bind(state.code())
        .bind(reason.map(Reason::code))
        .bind(why.and_then(|(_, message)| message).map(storable))
        .bind(state.is_told_with_its_time().then_some(now))
        .bind(request)
        .bind(positions.start)
        .bind(positions.end)
        .execute(&mut **change)
        .await?;
        step_in(change, request, positions, state, reason, now).await?;
        sqlx::query("update control_requests set touched_at = $1 where id = $2")
            .bind(now)
            .bind(request)
            .execute(&mut **change)
            .await?;
        Ok(moved.rows_affected())
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
        self.conclude_in(&mut change, request).await?;
        change.commit().await?;
        Ok(())
    }
}

/// A line break within a name would make two of it.
fn names_in_lines(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|it| it.replace('\n', " ")).collect();
    names.join("\n")
}
