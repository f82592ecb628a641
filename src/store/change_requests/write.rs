//! Storing a request, and its progress while a portal works on it.

use std::{collections::HashSet, ops::Range};

use sqlx::AssertSqlSafe;

use crate::{
    model::{
        Action, ChangeAction, ChangeRequest, ItemEvent, ItemState, NewChangeRequest, Outcome,
        Reason, RequestItem, StartedRequest,
    },
    store::{
        AuditRecord, Error, JobKind, Store, Tx, jobs::wake_job, new_id, storable, time::around,
        transaction::retry, values::Insert,
    },
};

use super::{
    in_list,
    progress::{StateChange, apply},
};

impl Store {
    /// Stores a request with its audit row, unless its token was used before. Items that another
    /// request is sending are not done again.
    pub async fn start_control(
        &self,
        new: NewChangeRequest,
        by: &AuditRecord,
    ) -> Result<StartedRequest, Error> {
        let id = new_id();
        retry(|| async {
            let mut tx = self.begin().await?;
            // Requests of one team are stored one after the other, on PostgreSQL too.
            sqlx::query("update teams set slug = slug where id = $1")
                .bind(&new.team.0)
                .execute(&mut *tx)
                .await?;
            let now = self.database_now(&mut *tx).await?;
            if !insert_request(&mut tx, &id, &new, now).await? {
                tx.rollback().await?;
                let known = self.control_by_token(&new.team, &new.token).await?;
                return known.map(StartedRequest::Known).ok_or(Error::Taken);
            }
            let taken = taken(&mut tx, &id, &new, now).await?;
            let mut items = new.items.clone();
            for item in &mut items {
                if item.state == ItemState::Planned && taken.contains(&item.id) {
                    item.state = ItemState::NotDone;
                    item.reason = Some(Reason::AskedAlready);
                }
            }
            // The executor sends the first items.
            items.sort_by_key(|item| item.state != ItemState::Planned);
            insert_items(&mut tx, &id, &items, now).await?;
            wake_job(&mut tx, JobKind::Poll, &new.team.0).await?;
            let action = match new.action {
                ChangeAction::Add => Action::ControlAdd,
                ChangeAction::Release => Action::ControlRelease,
            };
            // The audit chain protects the reason from later changes.
            let why = new.stated_reason.as_deref().unwrap_or_default();
            let record = by.clone().on_team(&new.team, why).through(&id);
            self.audit_in(&mut tx, &record, action, Outcome::SeeItems)
                .await?;
            tx.commit().await?;
            let id = id.clone();
            Ok(StartedRequest::New { id, taken })
        })
        .await
    }

    /// Renews a running request, so that it does not count as abandoned.
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

    /// Stores that items are about to be sent. `false`: they must not be, since the request was
    /// taken for abandoned.
    pub async fn begin_sending(
        &self,
        request: &str,
        positions: Range<usize>,
    ) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let change = StateChange::new(ItemEvent::Send, positions.clone(), None);
            let sent = self.touch_and_apply(&mut tx, request, change).await?;
            let is_whole = sent == positions.len() as u64;
            if is_whole {
                tx.commit().await?;
            } else {
                tx.rollback().await?;
            }
            Ok(is_whole)
        })
        .await
    }

    /// Stores events of items, unless a reading has updated them since. `why`: the reason, with the API's
    /// message.
    pub async fn move_items(
        &self,
        request: &str,
        positions: Range<usize>,
        event: ItemEvent,
        why: Option<(Reason, Option<&str>)>,
    ) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let reason = why.map(|(reason, _)| reason);
            let change = StateChange {
                message: why.and_then(|(_, message)| message),
                ..StateChange::new(event, positions.clone(), reason)
            };
            self.touch_and_apply(&mut tx, request, change).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Touching the request locks it before its items.
    async fn touch_and_apply(
        &self,
        tx: &mut Tx<'_>,
        request: &str,
        change: StateChange<'_>,
    ) -> Result<u64, Error> {
        let now = self.database_now(&mut **tx).await?;
        sqlx::query("update change_requests set touched_at = $1 where id = $2")
            .bind(now)
            .bind(request)
            .execute(&mut **tx)
            .await?;
        apply(tx, request, change, now).await
    }

    /// Ends the calls of a request.
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
            Ok(tx.commit().await?)
        })
        .await
    }
}

/// Whether the token was new.
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

async fn insert_items(
    tx: &mut Tx<'_>,
    request: &str,
    items: &[RequestItem],
    now: i64,
) -> Result<(), Error> {
    let insert = Insert {
        into: "insert into request_items (request_id, position, item_id, kind, name, address,
             servers, state, reason, message, settled_at, vm_names)",
        columns: 12,
        end: "",
    };
    let rows: Vec<_> = (0_i64..).zip(items).collect();
    insert
        .run(tx, &rows, |query, (position, item)| {
            query
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
                .bind((item.state == ItemState::NotDone).then_some(now))
                .bind(storable(&names_in_lines(&item.vm_names)))
        })
        .await
}

/// The ids that the team's other requests cover: what one has yet to send, what may still take
/// effect, and what one has sent since the lists were read for this request.
async fn taken(
    tx: &mut Tx<'_>,
    own: &str,
    new: &NewChangeRequest,
    now: i64,
) -> Result<HashSet<String>, Error> {
    let (alive_from, alive_to) = around(now, ChangeRequest::ABANDON_TIMEOUT);
    let (asked_from, asked_to) = around(now, ChangeRequest::EFFECT_TIMEOUT);
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
        .bind(new.planned.millis())
        .fetch_all(&mut **tx)
        .await?;
    Ok(taken.into_iter().collect())
}

/// A line break within a name would make two of it.
fn names_in_lines(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| name.replace('\n', " ")).collect();
    names.join("\n")
}
