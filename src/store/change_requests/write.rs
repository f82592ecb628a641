//! Writing down what is about to be asked, and how far it has come.

use std::{collections::HashSet, ops::Range};

use sqlx::AssertSqlSafe;

use crate::{
    model::{ChangeAction, ItemEvent, ItemState, Reason},
    store::{
        Action, AuditRecord, Error, JobKind, Outcome, Store, Tx, jobs::wake_job, new_id, storable,
        time::around, transaction::retry,
    },
};

use super::{
    ChangeRequest, NewChangeRequest, RequestItem, StartedRequest, in_list,
    progress::{Move, apply},
};

impl Store {
    /// Writes down what is about to be asked, with its row of the audit log, unless a form with
    /// the same token was sent before. What another request is asking for is not asked again.
    pub async fn start_control(
        &self,
        new: NewChangeRequest,
        by: &AuditRecord,
    ) -> Result<StartedRequest, Error> {
        let id = new_id();
        retry(|| async {
            let mut new = new.clone();
            let mut tx = self.begin().await?;
            // Requests of one team are written one after the other, on PostgreSQL too.
            sqlx::query("update teams set slug = slug where id = $1")
                .bind(&new.team.0)
                .execute(&mut *tx)
                .await?;
            let now = self.database_now(&mut *tx).await?;
            if !insert_request(&mut tx, &id, &new, now).await? {
                tx.rollback().await?;
                return match self.control_by_token(&new.team, &new.token).await? {
                    Some(known) => Ok(StartedRequest::Known(known)),
                    None => Err(Error::Taken),
                };
            }
            let taken = taken(&mut tx, &id, &new, now).await?;
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
                insert_item(&mut tx, &id, position, item, now).await?;
            }
            // Something new is under way: the team's lists are due at once.
            wake_job(&mut tx, JobKind::Poll, &new.team.0).await?;
            let action = match new.action {
                ChangeAction::Add => Action::ControlAdd,
                ChangeAction::Release => Action::ControlRelease,
            };
            // The chain of the log keeps the reason from being changed later.
            let why = new.stated_reason.as_deref().unwrap_or_default();
            let record = by.clone().on_team(&new.team, why).through(&id);
            self.audit_in(&mut tx, &record, action, Outcome::SeeItems)
                .await?;
            tx.commit().await?;
            Ok(StartedRequest::New {
                id: id.clone(),
                taken,
            })
        })
        .await
    }

    /// Says that the portal still works on a request, before it would count as left behind.
    pub async fn touch_control(&self, request: &str) -> Result<(), Error> {
        let now = self.database_now(&self.pool).await?;
        sqlx::query(
            "update change_requests set touched_at = $1 where id = $2 and finished_at is null",
        )
        .bind(now)
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
        retry(|| async {
            let mut tx = self.begin().await?;
            let moved = self
                .touch_and_move(&mut tx, request, &positions, ItemEvent::Send, None)
                .await?;
            if moved != wanted {
                tx.rollback().await?;
                return Ok(false);
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Writes down what happened to the items at `positions`, unless the API's lists have told
    /// more of them meanwhile.
    pub async fn move_items(
        &self,
        request: &str,
        positions: Range<usize>,
        event: ItemEvent,
        why: Option<(Reason, Option<&str>)>,
    ) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            self.touch_and_move(&mut tx, request, &positions, event, why)
                .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// How many items were moved. The request is touched first: that locks it before its items.
    async fn touch_and_move(
        &self,
        tx: &mut Tx<'_>,
        request: &str,
        positions: &Range<usize>,
        event: ItemEvent,
        why: Option<(Reason, Option<&str>)>,
    ) -> Result<u64, Error> {
        let now = self.database_now(&mut **tx).await?;
        sqlx::query("update change_requests set touched_at = $1 where id = $2")
            .bind(now)
            .bind(request)
            .execute(&mut **tx)
            .await?;
        let place = |position| i64::try_from(position).unwrap_or(i64::MAX);
        let step = Move {
            positions: place(positions.start)..place(positions.end),
            from: event.sources(),
            to: event.target(),
            reason: why.map(|(reason, _)| reason),
            message: why.and_then(|(_, message)| message),
        };
        apply(tx, request, step, now).await
    }

    /// Writes down that nothing more will be called for a request.
    pub async fn finish_control(&self, request: &str) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let now = self.database_now(&mut *tx).await?;
            sqlx::query(
                "update change_requests set finished_at = $1, touched_at = $1
             where id = $2 and finished_at is null",
            )
            .bind(now)
            .bind(request)
            .execute(&mut *tx)
            .await?;
            self.conclude(&mut tx, request, now).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

/// Whether it was new.
async fn insert_request(
    tx: &mut Tx<'_>,
    id: &str,
    new: &NewChangeRequest,
    now: i64,
) -> Result<bool, Error> {
    let written = sqlx::query(
        "insert into change_requests (id, team_id, user_id, action, token, selection,
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
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() > 0)
}

async fn insert_item(
    tx: &mut Tx<'_>,
    request: &str,
    position: i64,
    item: &RequestItem,
    now: i64,
) -> Result<(), Error> {
    let settled = (item.state == ItemState::NotDone).then_some(now);
    sqlx::query(
        "insert into request_items (request_id, position, item_id, kind, name, address,
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
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What other requests of the team are asking for: what one has yet to send, what may take
/// effect still, and what one has sent since the lists were read that this one was planned from.
async fn taken(
    tx: &mut Tx<'_>,
    own: &str,
    new: &NewChangeRequest,
    now: i64,
) -> Result<HashSet<String>, Error> {
    let (alive_from, alive_to) = around(now, ChangeRequest::ABANDONED);
    let (asked_from, asked_to) = around(now, ChangeRequest::UNDER_WAY);
    let awaited = in_list(ItemState::AWAITED);
    let sql = format!(
        "select item_id from request_items
         join change_requests on change_requests.id = request_items.request_id
         where team_id = $1 and action = $2 and change_requests.id <> $3
           and ((state in ({}) and touched_at between $4 and $5)
             or (state in ({awaited}) and asked_at between $6 and $7)
             or ((state in ({awaited}) or state = '{}') and touched_at between $8 and $5))",
        in_list(ItemState::PENDING),
        ItemState::Done.code(),
    );
    let taken = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(&new.team.0)
        .bind(new.action.code())
        .bind(own)
        .bind(alive_from)
        .bind(alive_to)
        .bind(asked_from)
        .bind(asked_to)
        .bind(new.planned.to_utc().timestamp_millis())
        .fetch_all(&mut **tx)
        .await?;
    Ok(taken.into_iter().collect())
}

/// A line break within a name would make two of it.
fn names_in_lines(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| name.replace('\n', " ")).collect();
    names.join("\n")
}
