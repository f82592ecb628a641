//! Recording a reading of the lists.

use std::collections::HashMap;

use chrono::TimeDelta;
use sqlx::{AssertSqlSafe, FromRow, Row as _, any::AnyRow};

use crate::{
    model::{
        ChangeCause, ChangeCauses, ChangeRequest, ItemState, KstDateTime, ServerChangeKind,
        ServerDiff, ServerLists, Snapshot, StoredServer, TeamId, diff,
    },
    store::{Error, Store, Tx, new_id, storable, transaction::retry, values::Insert},
};

/// Minimum interval between writes of an unchanged reading's time.
const FRESHNESS: TimeDelta = TimeDelta::minutes(1);

/// A reading to record.
struct Reading<'a> {
    team: &'a TeamId,
    snapshot: Snapshot<'a>,
    fingerprint: String,
    /// When it began. Times are milliseconds since 1970.
    at: i64,
}

impl Store {
    /// Records a reading of both lists, begun at that time, unless a later one was recorded. An unchanged
    /// one takes no lock, and writes its time at most once a minute.
    pub async fn record_reading(
        &self,
        team: &TeamId,
        lists: &ServerLists,
        begun: KstDateTime,
    ) -> Result<(), Error> {
        let snapshot = Snapshot::new(lists);
        let reading = Reading {
            team,
            fingerprint: snapshot.fingerprint(),
            snapshot,
            at: begun.millis(),
        };
        if self.confirm(&reading).await? {
            return Ok(());
        }
        retry(|| async {
            let mut tx = self.begin().await?;
            let Some(before) = self.lock_snapshot(&mut tx, &reading).await? else {
                return Ok(tx.rollback().await?);
            };
            reading.record(&mut tx, before).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Whether the reading equals the latest one, with no server missing.
    async fn confirm(&self, reading: &Reading<'_>) -> Result<bool, Error> {
        let latest: Option<i64> = sqlx::query_scalar(
            "select read_at from inventory_snapshots
             where team_id = $1 and fingerprint = $2 and missing = 0",
        )
        .bind(&reading.team.0)
        .bind(&reading.fingerprint)
        .fetch_optional(&self.pool)
        .await?;
        match latest {
            // A latest reading in the future predates a correction of the clock.
            Some(latest) if latest <= reading.at => {
                if reading.at - latest < FRESHNESS.num_milliseconds() {
                    return Ok(true);
                }
            }
            _ => return Ok(false),
        }
        let confirmed = sqlx::query(
            "update inventory_snapshots set read_at = $1
             where team_id = $2 and fingerprint = $3 and missing = 0 and read_at <= $1",
        )
        .bind(reading.at)
        .bind(&reading.team.0)
        .bind(&reading.fingerprint)
        .execute(&self.pool)
        .await?;
        Ok(confirmed.rows_affected() > 0)
    }

    /// Serializes readings of a team. Returns the start of the latest one: `Some(None)` for the first
    /// reading, `None` if a later one was recorded.
    async fn lock_snapshot(
        &self,
        tx: &mut Tx<'_>,
        reading: &Reading<'_>,
    ) -> Result<Option<Option<i64>>, Error> {
        let latest: i64 = sqlx::query_scalar(
            "insert into inventory_snapshots (team_id, read_at, fingerprint, servers, monitored,
                 waiting, missing, revision)
             values ($1, 0, '', 0, 0, 0, 0, 0)
             on conflict (team_id) do update set read_at = inventory_snapshots.read_at
             returning read_at",
        )
        .bind(&reading.team.0)
        .fetch_one(&mut **tx)
        .await?;
        let now = self.database_now(&mut **tx).await?;
        let is_newest = !(reading.at..=now).contains(&latest);
        Ok(is_newest.then_some((latest > 0).then_some(latest.min(reading.at))))
    }
}

impl Reading<'_> {
    async fn record(&self, tx: &mut Tx<'_>, before: Option<i64>) -> Result<(), Error> {
        let mut known = stored_servers(tx, self.team).await?;
        let mut diffs = diff(&known, &self.snapshot, before, self.at);
        self.insert_changes(tx, &mut diffs, before.unwrap_or(self.at))
            .await?;
        self.upsert_servers(tx, &diffs).await?;
        let is_changed = !diffs.is_empty();
        known.extend(
            diffs
                .into_iter()
                .map(|diff| (diff.server.id.clone(), diff.server)),
        );
        let missing = known.values().filter(|server| server.is_missing()).count();
        sqlx::query(
            "update inventory_snapshots set read_at = $1, fingerprint = $2, servers = $3,
                 monitored = $4, waiting = $5, missing = $6, revision = revision + $7
             where team_id = $8",
        )
        .bind(self.at)
        .bind(&self.fingerprint)
        .bind(number(self.snapshot.servers))
        .bind(number(self.snapshot.monitored))
        .bind(number(self.snapshot.waiting))
        .bind(number(missing))
        .bind(i64::from(is_changed))
        .bind(&self.team.0)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Stores the changes, each with the request that explains it, and marks releases that none
    /// explains.
    async fn insert_changes(
        &self,
        tx: &mut Tx<'_>,
        diffs: &mut [ServerDiff],
        before: i64,
    ) -> Result<(), Error> {
        let mut kinds = diffs.iter().filter_map(|diff| diff.change);
        let causes = if kinds.any(|kind| ChangeCauses::action(kind).is_some()) {
            causes(tx, self.team, self.at).await?
        } else {
            ChangeCauses::default()
        };
        let mut changes = Vec::new();
        for diff in diffs {
            let Some(kind) = diff.change else { continue };
            let request = causes.explain(diff, self.at);
            if kind == ServerChangeKind::Released && request.is_none() {
                diff.server.elsewhere = Some(self.at);
            }
            changes.push((&diff.server, kind, request));
        }
        let insert = Insert {
            into: "insert into server_changes (id, team_id, server_id, name, kind, at, after_at,
                 change_request_id)",
            columns: 8,
            end: "",
        };
        insert
            .run(tx, &changes, |query, (server, kind, request)| {
                query
                    .bind(new_id())
                    .bind(&self.team.0)
                    .bind(&server.id)
                    .bind(storable(&server.name))
                    .bind(kind.code())
                    .bind(self.at)
                    .bind(before)
                    .bind(*request)
            })
            .await
    }

    async fn upsert_servers(&self, tx: &mut Tx<'_>, diffs: &[ServerDiff]) -> Result<(), Error> {
        let upsert = Insert {
            into:
                "insert into servers (team_id, server_id, name, address, balancer_id, state, since,
                 otherwise_at, new_at, elsewhere_at, missing_at, gone_at)",
            columns: 12,
            end: "on conflict (team_id, server_id) do update set name = excluded.name,
                 address = excluded.address, balancer_id = excluded.balancer_id,
                 state = excluded.state, since = excluded.since,
                 otherwise_at = excluded.otherwise_at, new_at = excluded.new_at,
                 elsewhere_at = excluded.elsewhere_at, missing_at = excluded.missing_at,
                 gone_at = excluded.gone_at",
        };
        upsert
            .run(tx, diffs, |query, ServerDiff { server, .. }| {
                query
                    .bind(&self.team.0)
                    .bind(&server.id)
                    .bind(storable(&server.name))
                    .bind(storable(&server.address))
                    .bind(&server.balancer)
                    .bind(server.state.code())
                    .bind(server.since)
                    .bind(server.otherwise)
                    .bind(server.new)
                    .bind(server.elsewhere)
                    .bind(server.missing)
                    .bind(server.gone)
            })
            .await
    }
}

async fn stored_servers(
    tx: &mut Tx<'_>,
    team: &TeamId,
) -> Result<HashMap<String, StoredServer>, Error> {
    let servers: Vec<StoredServer> = sqlx::query_as(
        "select server_id, name, address, balancer_id, state, since, otherwise_at, new_at,
             elsewhere_at, missing_at, gone_at
         from servers where team_id = $1",
    )
    .bind(&team.0)
    .fetch_all(&mut **tx)
    .await?;
    let by_id = servers
        .into_iter()
        .map(|server| (server.id.clone(), server));
    Ok(by_id.collect())
}

/// The items of a team's recent requests that the API may have acted on.
async fn causes(tx: &mut Tx<'_>, team: &TeamId, at: i64) -> Result<ChangeCauses, Error> {
    let sql = format!(
        "select change_requests.id, action, item_id, state, reason, request_items.settled_at,
             touched_at
         from change_requests join request_items on request_id = change_requests.id
         where team_id = $1 and asked_at > $2 and state <> '{}'",
        ItemState::Planned.code(),
    );
    let causes: Vec<ChangeCause> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(&team.0)
        .bind(at - ChangeRequest::TRACKING_TIMEOUT.num_milliseconds())
        .fetch_all(&mut **tx)
        .await?;
    Ok(causes.into_iter().collect())
}

impl FromRow<'_, AnyRow> for StoredServer {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("server_id")?,
            name: row.try_get("name")?,
            address: row.try_get("address")?,
            balancer: row.try_get("balancer_id")?,
            state: row.try_get("state")?,
            since: row.try_get("since")?,
            otherwise: row.try_get("otherwise_at")?,
            new: row.try_get("new_at")?,
            elsewhere: row.try_get("elsewhere_at")?,
            missing: row.try_get("missing_at")?,
            gone: row.try_get("gone_at")?,
        })
    }
}

impl FromRow<'_, AnyRow> for ChangeCause {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            request: row.try_get("id")?,
            action: row.try_get("action")?,
            item: row.try_get("item_id")?,
            state: row.try_get("state")?,
            reason: row.try_get("reason")?,
            settled: row.try_get("settled_at")?,
            touched: row.try_get("touched_at")?,
        })
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
