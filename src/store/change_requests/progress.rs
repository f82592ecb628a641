//! What moves the items of a request on, and how the request ends.

use std::ops::Range;

use sqlx::{AssertSqlSafe, Row as _, any::AnyRow};

use crate::{
    model::{Actor, ItemEvent, ItemState, Reason, TeamId},
    store::{
        Action, AuditRecord, Error, Outcome, Store, Tx, read_time, storable, time::around,
        transaction::retry,
    },
};

use super::{ChangeRequest, Settled, Step, in_list, read_reason, read_state};

/// All items of a request.
const ALL: Range<i64> = 0..i64::MAX;

/// A step that items of one request take.
pub(super) struct Move<'a> {
    pub positions: Range<i64>,
    /// Only items in one of these states take it.
    pub from: &'a [ItemState],
    pub to: ItemState,
    pub reason: Option<Reason>,
    pub message: Option<&'a str>,
}

impl Store {
    /// Ends a request that its portal left behind. Its portal, should it live, then sends no more
    /// of it: an item can only be sent while it is planned.
    pub async fn mark_abandoned(&self, request: &str) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let now = self.database_now(&mut *tx).await?;
            let (alive_from, alive_to) = around(now, ChangeRequest::ABANDONED);
            let left = sqlx::query(
                "update change_requests set finished_at = $1
             where id = $2 and finished_at is null and (touched_at < $3 or touched_at > $4)",
            )
            .bind(now)
            .bind(request)
            .bind(alive_from)
            .bind(alive_to)
            .execute(&mut *tx)
            .await?;
            if left.rows_affected() == 0 {
                tx.rollback().await?;
                return Ok(());
            }
            for (event, reason) in [
                (ItemEvent::Skip, Reason::NotSent),
                (ItemEvent::Interrupt, Reason::Interrupted),
            ] {
                apply(&mut tx, request, Move::of_all(event, reason), now).await?;
            }
            self.conclude(&mut tx, request, now).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Ends a request whose outcome nothing has told in the time that it is followed.
    pub(super) async fn expire(&self, request: &str) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let now = self.database_now(&mut *tx).await?;
            let (followed_from, followed_to) = around(now, ChangeRequest::FOLLOWED);
            let over = sqlx::query(
                "update change_requests set touched_at = touched_at
             where id = $1 and finished_at is not null and (asked_at < $2 or asked_at > $3)",
            )
            .bind(request)
            .bind(followed_from)
            .bind(followed_to)
            .execute(&mut *tx)
            .await?;
            if over.rows_affected() == 0 {
                tx.rollback().await?;
                return Ok(());
            }
            let step = Move::of_all(ItemEvent::Expire, Reason::Unresolved);
            apply(&mut tx, request, step, now).await?;
            self.conclude(&mut tx, request, now).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Writes down what the API's lists have told of items that are still what they were then.
    pub async fn settle_items(&self, request: &str, settled: &[Settled]) -> Result<(), Error> {
        if settled.is_empty() {
            return Ok(());
        }
        retry(|| async {
            let mut tx = self.begin().await?;
            lock(&mut tx, request).await?;
            let now = self.database_now(&mut *tx).await?;
            for item in settled {
                let position = i64::try_from(item.position).unwrap_or(i64::MAX);
                let step = Move {
                    positions: position..position.saturating_add(1),
                    from: &[item.from],
                    to: item.state,
                    reason: item.reason,
                    message: None,
                };
                apply(&mut tx, request, step, now).await?;
            }
            self.conclude(&mut tx, request, now).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// When nothing of a request is under way any more, the audit log is told how it ended.
    pub(super) async fn conclude(
        &self,
        tx: &mut Tx<'_>,
        request: &str,
        now: i64,
    ) -> Result<(), Error> {
        let rows = sqlx::query(
            "select state, count(*) as items from request_items where request_id = $1
             group by state order by state",
        )
        .bind(request)
        .fetch_all(&mut **tx)
        .await?;
        let mut ended = Vec::new();
        for row in &rows {
            let state = read_state(row)?;
            if state.is_open() {
                return Ok(());
            }
            ended.push(format!(
                "{}: {}",
                state.code(),
                row.try_get::<i64, _>("items")?
            ));
        }
        let settled = sqlx::query(
            "update change_requests set settled_at = $1
             where id = $2 and settled_at is null and finished_at is not null",
        )
        .bind(now)
        .bind(request)
        .execute(&mut **tx)
        .await?;
        if settled.rows_affected() == 0 {
            return Ok(());
        }
        let row = sqlx::query(
            "select team_id, username from change_requests
             join users on users.id = user_id where change_requests.id = $1",
        )
        .bind(request)
        .fetch_one(&mut **tx)
        .await?;
        // Nobody did anything: the portal saw it. Whose request it was, the row names all the same.
        let owner: String = row.try_get("username")?;
        let object = format!("{owner}: {}", ended.join(", "));
        let by = AuditRecord::by(Actor::system())
            .on_team(&TeamId(row.try_get("team_id")?), &object)
            .through(request);
        self.audit_in(tx, &by, Action::ControlSettled, Outcome::SeeItems)
            .await
    }

    /// The steps of a request's items, in the order they were taken.
    pub async fn request_steps(&self, request: &str) -> Result<Vec<Step>, Error> {
        sqlx::query(
            "select position, state, reason, at from request_steps where request_id = $1
             order by position, at",
        )
        .bind(request)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_step)
        .collect()
    }
}

impl Move<'_> {
    /// The step of all items that the event concerns.
    fn of_all(event: ItemEvent, reason: Reason) -> Self {
        Self {
            positions: ALL,
            from: event.sources(),
            to: event.target(),
            reason: Some(reason),
            message: None,
        }
    }
}

/// Locks a request before its items. Every change takes its locks in this order, so that two
/// changes never wait for each other.
async fn lock(tx: &mut Tx<'_>, request: &str) -> Result<(), Error> {
    sqlx::query("update change_requests set touched_at = touched_at where id = $1")
        .bind(request)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Moves items on, keeps the step of each, and tells how many there were. What the API said is
/// kept while there is a reason that it explains. The request's row is locked.
pub(super) async fn apply(
    tx: &mut Tx<'_>,
    request: &str,
    step: Move<'_>,
    now: i64,
) -> Result<u64, Error> {
    let from = in_list(step.from);
    let steps = format!(
        "insert into request_steps (request_id, position, state, reason, at)
         select request_id, position, $1, $2, $3 from request_items
         where request_id = $4 and position >= $5 and position < $6 and state in ({from})"
    );
    sqlx::query(AssertSqlSafe(steps))
        .bind(step.to.code())
        .bind(step.reason.map(Reason::code))
        .bind(now)
        .bind(request)
        .bind(step.positions.start)
        .bind(step.positions.end)
        .execute(&mut **tx)
        .await?;
    let items = format!(
        "update request_items set state = $1, reason = $2, settled_at = $3,
             message = case when $2 is null then null else coalesce($4, message) end
         where request_id = $5 and position >= $6 and position < $7 and state in ({from})"
    );
    let moved = sqlx::query(AssertSqlSafe(items))
        .bind(step.to.code())
        .bind(step.reason.map(Reason::code))
        .bind(step.to.is_told_with_its_time().then_some(now))
        .bind(step.message.map(storable))
        .bind(request)
        .bind(step.positions.start)
        .bind(step.positions.end)
        .execute(&mut **tx)
        .await?;
    Ok(moved.rows_affected())
}

fn read_step(row: &AnyRow) -> Result<Step, Error> {
    let position: i64 = row.try_get("position")?;
    Ok(Step {
        position: usize::try_from(position).map_err(|_| Error::Unreadable("a step"))?,
        state: read_state(row)?,
        reason: read_reason(row)?,
        at: read_time(row.try_get("at")?)?,
    })
}
