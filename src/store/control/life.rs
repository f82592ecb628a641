//! Following requests to their end: who reads a team's lists, what they told, and the steps on
//! the way.

use chrono::TimeDelta;
use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{Team, TeamId},
    store::{Action, AuditRecord, Change, Error, Outcome, Store, read_time, teams::read_team},
};

use super::{ControlRequest, ItemState, Reason, Settled, Step};

impl ControlRequest {
    /// A request is followed for this long: what the lists have not told by then, they will not.
    pub const FOLLOWED: TimeDelta = TimeDelta::hours(24);

    /// What was sent is not sent again for this long: until then, the vendor says, it may take
    /// effect.
    pub(super) const UNDER_WAY: TimeDelta = TimeDelta::hours(1);
}

impl Store {
    /// The teams whose lists are due and that nobody is reading: those with something under way,
    /// and those whose lists nobody has read for `interval`, or since they were added.
    pub async fn teams_to_follow(&self, interval: Option<TimeDelta>) -> Result<Vec<Team>, Error> {
        let now = self.now();
        // Nothing is older than the beginning.
        let stale = interval.map_or(0, |it| now - it.num_milliseconds());
        sqlx::query(
            "select id, slug, name, region, reason_required_at from teams
             where removed_at is null
               and (id in (
                 select team_id from control_requests
                 join control_items on request_id = control_requests.id
                 where asked_at > $1
                   and (state in ('accepted', 'waiting', 'not-known', 'overdue')
                     or (state in ('planned', 'sending') and touched_at <= $2)))
                 or (created_at < $3 and not exists (select 1 from coverage
                   where team_id = teams.id and read_at >= $3)))
               and not exists (select 1 from control_watch
                 where team_id = teams.id and (next_at > $4 or until > $4))",
        )
        .bind(now - ControlRequest::FOLLOWED.num_milliseconds())
        .bind(now - ControlRequest::ABANDONED.num_milliseconds())
        .bind(stale)
        .bind(now)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_team)
        .collect()
    }

    /// Takes it upon the portal named `owner` to read the team's lists, for at most `span`.
    /// `None` when another portal does, or has just done; else how often in a row it failed.
    pub async fn watch(
        &self,
        team: &TeamId,
        owner: &str,
        span: TimeDelta,
    ) -> Result<Option<u32>, Error> {
        let now = self.now();
        let mut change = self.begin().await?;
        sqlx::query(
            "insert into control_watch (team_id, owner, until, next_at, failures)
             values ($1, '', 0, 0, 0) on conflict (team_id) do nothing",
        )
        .bind(&team.0)
        .execute(&mut *change)
        .await?;
        let taken = sqlx::query(
            "update control_watch set owner = $1, until = $2
             where team_id = $3 and until <= $4 and next_at <= $4",
        )
        .bind(owner)
        .bind(now + span.num_milliseconds())
        .bind(&team.0)
        .bind(now)
        .execute(&mut *change)
        .await?;
        let failures: i64 =
            sqlx::query_scalar("select failures from control_watch where team_id = $1")
                .bind(&team.0)
                .fetch_one(&mut *change)
                .await?;
        change.commit().await?;
        let failures = u32::try_from(failures).unwrap_or(u32::MAX);
        Ok((taken.rows_affected() > 0).then_some(failures))
    }

    /// Ends the watch of `owner`; the lists are to be read again after `pause`.
    pub async fn watched(
        &self,
        team: &TeamId,
        owner: &str,
        pause: TimeDelta,
        failures: u32,
    ) -> Result<(), Error> {
        sqlx::query(
            "update control_watch set owner = '', until = 0, next_at = $1, failures = $2
             where team_id = $3 and owner = $4",
        )
        .bind(self.now() + pause.num_milliseconds())
        .bind(i64::from(failures))
        .bind(&team.0)
        .bind(owner)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Leaves what that portal had taken upon itself to the others.
    pub async fn end_watches(&self, owner: &str) -> Result<(), Error> {
        sqlx::query("update control_watch set owner = '', until = 0 where owner = $1")
            .bind(owner)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Something new is under way: the team's lists are due at once.
    pub(super) async fn wake_in(&self, change: &mut Change<'_>, team: &str) -> Result<(), Error> {
        sqlx::query("update control_watch set next_at = 0, failures = 0 where team_id = $1")
            .bind(team)
            .execute(&mut **change)
            .await?;
        Ok(())
    }

    /// The team's requests with something under way, those first that a portal left behind: of
    /// these it is written down that nothing more will be sent.
    pub async fn requests_to_follow(&self, team: &TeamId) -> Result<Vec<ControlRequest>, Error> {
        let since = self.now() - ControlRequest::FOLLOWED.num_milliseconds();
        let ids: Vec<String> = sqlx::query_scalar(
            "select distinct control_requests.id from control_requests
             join control_items on request_id = control_requests.id
             where team_id = $1 and asked_at > $2 and state in
                 ('planned', 'sending', 'accepted', 'waiting', 'not-known', 'overdue')
             order by control_requests.id",
        )
        .bind(&team.0)
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        let mut requests = Vec::with_capacity(ids.len());
        for id in ids {
            self.take_over(&id).await?;
            requests.extend(self.control_request(team, &id).await?);
        }
        Ok(requests)
    }

    /// Ends a request that its portal left behind. Its portal, should it live, then sends no more
    /// of it: an item can only be sent while it is planned.
    pub async fn take_over(&self, request: &str) -> Result<(), Error> {
        let now = self.now();
        let mut change = self.begin().await?;
        let left = sqlx::query(
            "update control_requests set finished_at = $1
             where id = $2 and finished_at is null and touched_at <= $3",
        )
        .bind(now)
        .bind(request)
        .bind(now - ControlRequest::ABANDONED.num_milliseconds())
        .execute(&mut *change)
        .await?;
        if left.rows_affected() == 0 {
            change.rollback().await?;
            return Ok(());
        }
        for (from, to, reason) in [
            (ItemState::Planned, ItemState::NotDone, Reason::NotSent),
            (ItemState::Sending, ItemState::NotKnown, Reason::Interrupted),
        ] {
            sqlx::query(
                "insert into control_steps (request_id, position, state, reason, at)
                 select request_id, position, $1, $2, $3 from control_items
                 where request_id = $4 and state = $5",
            )
            .bind(to.code())
            .bind(reason.code())
            .bind(now)
            .bind(request)
            .bind(from.code())
            .execute(&mut *change)
            .await?;
            let settled = to.is_told_with_its_time().then_some(now);
            sqlx::query(
                "update control_items set state = $1, reason = $2, settled_at = $3
                 where request_id = $4 and state = $5",
            )
            .bind(to.code())
            .bind(reason.code())
            .bind(settled)
            .bind(request)
            .bind(from.code())
            .execute(&mut *change)
            .await?;
        }
        self.conclude_in(&mut change, request).await?;
        change.commit().await?;
        Ok(())
    }

    /// Writes down what the API's lists have told of items that are still what they were then.
    pub async fn settle_items(&self, request: &str, settled: &[Settled]) -> Result<(), Error> {
        if settled.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let mut change = self.begin().await?;
        for item in settled {
            let position = i64::try_from(item.position).unwrap_or(i64::MAX);
            let moved = sqlx::query(
                "update control_items set state = $1, reason = $2, settled_at = $3,
                     message = case when $2 is null then null else message end
                 where request_id = $4 and position = $5 and state = $6",
            )
            .bind(item.state.code())
            .bind(item.reason.map(Reason::code))
            .bind(now)
            .bind(request)
            .bind(position)
            .bind(item.from.code())
            .execute(&mut *change)
            .await?;
            if moved.rows_affected() > 0 {
                step_in(
                    &mut change,
                    request,
                    position..position + 1,
                    item.state,
                    item.reason,
                    now,
                )
                .await?;
            }
        }
        self.conclude_in(&mut change, request).await?;
        change.commit().await?;
        Ok(())
    }

    /// When nothing of a request is under way any more, the audit log is told how it ended.
    pub(super) async fn conclude_in(
        &self,
        change: &mut Change<'_>,
        request: &str,
    ) -> Result<(), Error> {
        let rows = sqlx::query(
            "select state, count(*) as items from control_items where request_id = $1
             group by state order by state",
        )
        .bind(request)
        .fetch_all(&mut **change)
        .await?;
        let mut ended = Vec::new();
        for row in &rows {
            let state = ItemState::read(row.try_get("state")?)?;
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
            "update control_requests set settled_at = $1
             where id = $2 and settled_at is null and finished_at is not null",
        )
        .bind(self.now())
        .bind(request)
        .execute(&mut **change)
        .await?;
        if settled.rows_affected() == 0 {
            return Ok(());
        }
        let row = sqlx::query(
            "select team_id, username from control_requests
             join users on users.id = user_id where control_requests.id = $1",
        )
        .bind(request)
        .fetch_one(&mut **change)
        .await?;
        // Nobody did anything: the portal saw it. Whose request it was, the row names all the same.
        let owner: String = row.try_get("username")?;
        let object = format!("{owner}: {}", ended.join(", "));
        let by = AuditRecord::by_portal()
            .on_team(&TeamId(row.try_get("team_id")?), &object)
            .through(request);
        self.audit_in(change, &by, Action::ControlSettled, Outcome::SeeItems)
            .await
    }

    /// The steps of a request's items, in the order they were taken.
    pub async fn control_steps(&self, request: &str) -> Result<Vec<Step>, Error> {
        sqlx::query(
            "select position, state, reason, at from control_steps where request_id = $1
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

/// Keeps that the items at `positions` came this far.
pub(super) async fn step_in(
    change: &mut Change<'_>,
    request: &str,
    positions: std::ops::Range<i64>,
    state: ItemState,
    reason: Option<Reason>,
    now: i64,
) -> Result<(), Error> {
    sqlx::query(
        "insert into control_steps (request_id, position, state, reason, at)
         select request_id, position, $1, $2, $3 from control_items
         where request_id = $4 and position >= $5 and position < $6",
    )
    .bind(state.code())
    .bind(reason.map(Reason::code))
    .bind(now)
    .bind(request)
    .bind(positions.start)
    .bind(positions.end)
    .execute(&mut **change)
    .await?;
    Ok(())
}

fn read_step(row: &AnyRow) -> Result<Step, Error> {
    let reason: Option<String> = row.try_get("reason")?;
    let position: i64 = row.try_get("position")?;
    Ok(Step {
        position: usize::try_from(position).map_err(|_| Error::Unreadable("a step"))?,
        state: ItemState::read(row.try_get("state")?)?,
        reason: reason.as_deref().map(Reason::read).transpose()?,
        at: read_time(row.try_get("at")?)?,
    })
}
