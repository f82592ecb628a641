//! State changes of a request's items, and the end of a request.

use std::ops::Range;

use sqlx::AssertSqlSafe;

use crate::{
    model::{
        Action, Actor, ChangeRequest, ItemEvent, ItemState, ItemUpdate, Outcome, Reason, TeamId,
    },
    store::{AuditRecord, Error, Store, Tx, storable, time::around, transaction::retry},
};

use super::in_list;

/// All items of a request.
const ALL: Range<usize> = 0..usize::MAX;

/// A state change of some of a request's items.
pub(super) struct StateChange<'a> {
    pub positions: Range<usize>,
    /// Items in other states stay as they are.
    pub from: &'a [ItemState],
    pub to: ItemState,
    pub reason: Option<Reason>,
    pub message: Option<&'a str>,
}

impl Store {
    /// Ends a request of a dead portal. If the portal is alive after all, it sends nothing more: only
    /// planned items can be sent.
    pub async fn mark_abandoned(&self, request: &str) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let now = self.database_now(&mut *tx).await?;
            let (alive_from, alive_to) = around(now, ChangeRequest::ABANDON_TIMEOUT);
            let abandoned = sqlx::query(
                "update change_requests set finished_at = $1
                 where id = $2 and finished_at is null and (touched_at < $3 or touched_at > $4)",
            )
            .bind(now)
            .bind(request)
            .bind(alive_from)
            .bind(alive_to)
            .execute(&mut *tx)
            .await?;
            if abandoned.rows_affected() == 0 {
                return Ok(tx.rollback().await?);
            }
            for (event, reason) in [
                (ItemEvent::Skip, Reason::NotSent),
                (ItemEvent::Interrupt, Reason::Interrupted),
            ] {
                let change = StateChange::new(event, ALL, Some(reason));
                apply(&mut tx, request, change, now).await?;
            }
            self.conclude(&mut tx, request, now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Ends a request after its tracking timeout.
    pub(super) async fn expire(&self, request: &str) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let now = self.database_now(&mut *tx).await?;
            let (asked_from, asked_to) = around(now, ChangeRequest::TRACKING_TIMEOUT);
            let expired = sqlx::query(
                "update change_requests set touched_at = touched_at
                 where id = $1 and finished_at is not null and (asked_at < $2 or asked_at > $3)",
            )
            .bind(request)
            .bind(asked_from)
            .bind(asked_to)
            .execute(&mut *tx)
            .await?;
            if expired.rows_affected() == 0 {
                return Ok(tx.rollback().await?);
            }
            let change = StateChange::new(ItemEvent::Expire, ALL, Some(Reason::Unresolved));
            apply(&mut tx, request, change, now).await?;
            self.conclude(&mut tx, request, now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Applies the updates of a reading to a request's items.
    pub async fn update_items(&self, request: &str, updates: &[ItemUpdate]) -> Result<(), Error> {
        if updates.is_empty() {
            return Ok(());
        }
        retry(|| async {
            let mut tx = self.begin().await?;
            // The request is locked before its items, as everywhere.
            sqlx::query("update change_requests set touched_at = touched_at where id = $1")
                .bind(request)
                .execute(&mut *tx)
                .await?;
            let now = self.database_now(&mut *tx).await?;
            // Neighbors with the same fate are one statement: thousands may take effect at once.
            for run in updates.chunk_by(is_run) {
                let ItemUpdate {
                    position,
                    from,
                    state,
                    reason,
                } = run[0];
                let change = StateChange {
                    positions: position..position + run.len(),
                    from: &[from],
                    to: state,
                    reason,
                    message: None,
                };
                apply(&mut tx, request, change, now).await?;
            }
            self.conclude(&mut tx, request, now).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Writes the end of a request to the audit log once all of its items are in a final state.
    pub(super) async fn conclude(
        &self,
        tx: &mut Tx<'_>,
        request: &str,
        now: i64,
    ) -> Result<(), Error> {
        let items: Vec<(ItemState, i64)> = sqlx::query_as(
            "select state, count(*) from request_items where request_id = $1
             group by state order by state",
        )
        .bind(request)
        .fetch_all(&mut **tx)
        .await?;
        if items.iter().any(|(state, _)| state.is_open()) {
            return Ok(());
        }
        let settled: Option<(TeamId, String)> = sqlx::query_as(
            "update change_requests set settled_at = $1
             where id = $2 and settled_at is null and finished_at is not null
             returning team_id, (select username from users where users.id = user_id)",
        )
        .bind(now)
        .bind(request)
        .fetch_optional(&mut **tx)
        .await?;
        let Some((team, user)) = settled else {
            return Ok(());
        };
        let items: Vec<_> = items
            .iter()
            .map(|(state, count)| format!("{}: {count}", state.code()))
            .collect();
        // The system is the actor; the row names the request's user.
        let by = AuditRecord::by(Actor::system())
            .on_team(&team, &format!("{user}: {}", items.join(", ")))
            .through(request);
        self.audit_in(tx, &by, Action::ControlSettled, Outcome::SeeItems)
            .await
    }
}

impl StateChange<'_> {
    pub fn new(event: ItemEvent, positions: Range<usize>, reason: Option<Reason>) -> Self {
        Self {
            positions,
            from: event.sources(),
            to: event.target(),
            reason,
            message: None,
        }
    }
}

/// Whether two updates are one state change of consecutive items.
fn is_run(one: &ItemUpdate, next: &ItemUpdate) -> bool {
    one.position + 1 == next.position
        && (one.from, one.state, one.reason) == (next.from, next.state, next.reason)
}

/// Changes the state of items, stores a step of each, and returns their number. The API's message
/// is kept as long as there is a reason that it explains. The request's row is locked.
pub(super) async fn apply(
    tx: &mut Tx<'_>,
    request: &str,
    change: StateChange<'_>,
    now: i64,
) -> Result<u64, Error> {
    let from = in_list(change.from);
    let position = |position| i64::try_from(position).unwrap_or(i64::MAX);
    let positions = [change.positions.start, change.positions.end].map(position);
    let steps = format!(
        "insert into request_steps (request_id, position, state, reason, at)
         select request_id, position, $1, $2, $3 from request_items
         where request_id = $4 and position >= $5 and position < $6 and state in ({from})"
    );
    sqlx::query(AssertSqlSafe(steps))
        .bind(change.to.code())
        .bind(change.reason.map(Reason::code))
        .bind(now)
        .bind(request)
        .bind(positions[0])
        .bind(positions[1])
        .execute(&mut **tx)
        .await?;
    let items = format!(
        "update request_items set state = $1, reason = $2, settled_at = $3,
             message = case when $2 is null then null else coalesce($4, message) end
         where request_id = $5 and position >= $6 and position < $7 and state in ({from})"
    );
    let changed = sqlx::query(AssertSqlSafe(items))
        .bind(change.to.code())
        .bind(change.reason.map(Reason::code))
        .bind(change.to.is_told_with_its_time().then_some(now))
        .bind(change.message.map(storable))
        .bind(request)
        .bind(positions[0])
        .bind(positions[1])
        .execute(&mut **tx)
        .await?;
    Ok(changed.rows_affected())
}
