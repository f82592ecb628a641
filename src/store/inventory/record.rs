//! Keeping what a reading of the lists tells.

use std::collections::HashMap;

use chrono::TimeDelta;
use sqlx::{AssertSqlSafe, Row as _, any::AnyRow};

use crate::{
    model::{ChangeAction, ItemState, KstDateTime, Reason, ServerLists, TeamId},
    store::{
        ChangeRequest, Error, Store, Tx,
        change_requests::{in_list, quoted},
        new_id, storable,
        transaction::retry,
    },
};

use super::{
    Protection, ServerChangeKind,
    compare::{ObservedServer, ServerDiff, Snapshot, StoredServer, compare},
};

/// A reading that tells nothing new is written down only this long after the one before.
const PAUSE: TimeDelta = TimeDelta::seconds(10);

/// How long after it was sent something may take effect.
const LATEST: TimeDelta = TimeDelta::hours(1);

impl Store {
    /// Keeps what a reading of both lists, begun at that time, tells; one that began before the
    /// latest that was kept tells nothing. A latest one that lies ahead was kept before the clock
    /// was set back.
    pub async fn keep_reading(
        &self,
        team: &TeamId,
        fleet: &ServerLists,
        begun: KstDateTime,
    ) -> Result<(), Error> {
        let at = begun.to_utc().timestamp_millis();
        let snapshot = Snapshot::new(fleet);
        let fingerprint = snapshot.fingerprint();
        let latest = sqlx::query(
            "select read_at, fingerprint, missing from inventory_snapshots where team_id = $1",
        )
        .bind(&team.0)
        .fetch_optional(&self.pool)
        .await?;
        if let Some(latest) = latest {
            let is_same = latest.try_get::<String, _>("fingerprint")? == fingerprint
                && latest.try_get::<i64, _>("missing")? == 0;
            let read: i64 = latest.try_get("read_at")?;
            if is_same && (0..PAUSE.num_milliseconds()).contains(&(at - read)) {
                return Ok(());
            }
        }
        retry(|| async {
        let mut tx = self.begin().await?;
        let Some(before) = self.latest_in(&mut tx, team, at).await? else {
            tx.rollback().await?;
            return Ok(());
        };
        let known = known_in(&mut tx, team).await?;
        let news = compare(&known, &snapshot, before, at);
        for one in &news {
            self.keep_news_in(&mut tx, team, one, before, at).await?;
        }
        let mut missing: HashMap<&str, bool> = known
            .iter()
            .map(|(id, it)| (id.as_str(), it.missing.is_some() && it.gone.is_none()))
            .collect();
        for one in &news {
            let is_missing = one.known.missing.is_some() && one.known.gone.is_none();
            missing.insert(&one.known.seen.id, is_missing);
        }
        let missing = missing.values().filter(|value| **value).count();
        sqlx::query(
            "update inventory_snapshots set read_at = $1, fingerprint = $2, servers = $3, monitored = $4,
                 waiting = $5, missing = $6 where team_id = $7",
        )
        .bind(at)
        .bind(&fingerprint)
        .bind(count(snapshot.servers))
        .bind(count(snapshot.monitored))
        .bind(count(snapshot.waiting))
        .bind(count(missing))
        .bind(&team.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
        })
        .await
    }

    /// When the latest reading began that was kept: `Some(None)` when this is the first of all,
    /// `None` when a newer one was kept. Readings of a team wait for each other here.
    async fn latest_in(
        &self,
        tx: &mut Tx<'_>,
        team: &TeamId,
        at: i64,
    ) -> Result<Option<Option<i64>>, Error> {
        sqlx::query(
            "insert into inventory_snapshots (team_id, read_at, fingerprint, servers, monitored, waiting, missing)
             values ($1, 0, '', 0, 0, 0, 0) on conflict (team_id) do nothing",
        )
        .bind(&team.0)
        .execute(&mut **tx)
        .await?;
        sqlx::query("update inventory_snapshots set read_at = read_at where team_id = $1")
            .bind(&team.0)
            .execute(&mut **tx)
            .await?;
        let latest: i64 =
            sqlx::query_scalar("select read_at from inventory_snapshots where team_id = $1")
                .bind(&team.0)
                .fetch_one(&mut **tx)
                .await?;
        let now = self.database_now(&mut **tx).await?;
        let is_newest = !(at..=now).contains(&latest);
        Ok(is_newest.then_some((latest > 0).then_some(latest.min(at))))
    }

    async fn keep_news_in(
        &self,
        tx: &mut Tx<'_>,
        team: &TeamId,
        news: &ServerDiff,
        before: Option<i64>,
        at: i64,
    ) -> Result<(), Error> {
        let StoredServer {
            seen,
            since,
            otherwise,
            new,
            mut elsewhere,
            missing,
            gone,
        } = news.known.clone();
        if let Some(kind) = news.change {
            let request = explanation_in(tx, team, news, kind, at).await?;
            if kind == ServerChangeKind::Released && request.is_none() {
                elsewhere = Some(at);
            }
            sqlx::query(
                "insert into server_changes (id, team_id, server_id, name, kind, at, after_at,
                     change_request_id)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(new_id())
            .bind(&team.0)
            .bind(&seen.id)
            .bind(storable(&seen.name))
            .bind(kind.code())
            .bind(at)
            .bind(before.unwrap_or(at))
            .bind(request)
            .execute(&mut **tx)
            .await?;
        }
        sqlx::query(
            "insert into servers (team_id, server_id, name, address, balancer_id, state, since,
                 otherwise_at, new_at, elsewhere_at, missing_at, gone_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict (team_id, server_id) do update set name = excluded.name,
                 address = excluded.address, balancer_id = excluded.balancer_id,
                 state = excluded.state, since = excluded.since,
                 otherwise_at = excluded.otherwise_at, new_at = excluded.new_at,
                 elsewhere_at = excluded.elsewhere_at, missing_at = excluded.missing_at,
                 gone_at = excluded.gone_at",
        )
        .bind(&team.0)
        .bind(&seen.id)
        .bind(storable(&seen.name))
        .bind(storable(&seen.address))
        .bind(&seen.balancer)
        .bind(seen.state.code())
        .bind(since)
        .bind(otherwise)
        .bind(new)
        .bind(elsewhere)
        .bind(missing)
        .bind(gone)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// The newest request of the portal that may have brought a change about: for the VM itself or the
/// load balancer that it stands or stood behind. It is under way, or the lists have shown what it
/// did since they showed the thing otherwise; a refused one may have been done all the same.
async fn explanation_in(
    tx: &mut Tx<'_>,
    team: &TeamId,
    news: &ServerDiff,
    kind: ServerChangeKind,
    at: i64,
) -> Result<Option<String>, Error> {
    let action = match kind {
        ServerChangeKind::Monitored => ChangeAction::Add,
        ServerChangeKind::Released | ServerChangeKind::Withdrawn => ChangeAction::Release,
        ServerChangeKind::Appeared | ServerChangeKind::Gone => return Ok(None),
    };
    let sql = format!(
        "select change_requests.id from change_requests
         join request_items on request_id = change_requests.id
         where team_id = $1 and action = $2 and asked_at > $3
           and item_id in ($4, $5, $6) and item_id <> ''
           and (state = '{sending}' or state in ({awaited})
             or (state = '{done}' and request_items.settled_at > $7)
             or (state = '{not_done}' and touched_at > $8 and reason in ({of_the_api})))
         order by change_requests.id desc limit 1",
        sending = ItemState::Sending.code(),
        awaited = in_list(ItemState::AWAITED),
        done = ItemState::Done.code(),
        not_done = ItemState::NotDone.code(),
        of_the_api = quoted(Reason::OF_THE_API.iter().map(|reason| reason.code())),
    );
    let id = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(&team.0)
        .bind(action.code())
        .bind(at - ChangeRequest::FOLLOWED.num_milliseconds())
        .bind(&news.known.seen.id)
        .bind(&news.known.seen.balancer)
        .bind(&news.balancer_before)
        .bind(news.since_before)
        .bind(at - LATEST.num_milliseconds())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(id)
}

async fn known_in(tx: &mut Tx<'_>, team: &TeamId) -> Result<HashMap<String, StoredServer>, Error> {
    let rows = sqlx::query(
        "select server_id, name, address, balancer_id, state, since, otherwise_at, new_at,
             elsewhere_at, missing_at, gone_at
         from servers where team_id = $1",
    )
    .bind(&team.0)
    .fetch_all(&mut **tx)
    .await?;
    let read = |row: &AnyRow| {
        let id: String = row.try_get("server_id")?;
        let known = StoredServer {
            seen: ObservedServer {
                id: id.clone(),
                name: row.try_get("name")?,
                address: row.try_get("address")?,
                balancer: row.try_get("balancer_id")?,
                state: Protection::read(row.try_get("state")?)?,
            },
            since: row.try_get("since")?,
            otherwise: row.try_get("otherwise_at")?,
            new: row.try_get("new_at")?,
            elsewhere: row.try_get("elsewhere_at")?,
            missing: row.try_get("missing_at")?,
            gone: row.try_get("gone_at")?,
        };
        Ok((id, known))
    };
    rows.iter().map(read).collect()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
