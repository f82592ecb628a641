//! Writing down what is about to be asked, and how far it has come.

use std::ops::Range;

use crate::store::{Action, AuditRecord, Error, Outcome, Store, new_id};

use super::{ControlAction, ItemState, NewControlRequest, Reason, StartedControl};

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
            .bind(&item.id)
            .bind(item.kind.code())
            .bind(&item.name)
            .bind(&item.address)
            .bind(i64::from(item.servers))
            .bind(item.state.code())
            .bind(item.reason.map(Reason::code))
            .bind(item.message.as_deref())
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
        .bind(why.and_then(|(_, message)| message))
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
}
