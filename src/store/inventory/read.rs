//! Coverage, servers and changes of a team.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::TimeDelta;
use quick_cache::sync::Cache;
use sqlx::{FromRow, Row as _, any::AnyRow};

use crate::{
    model::{AddressRange, Coverage, KnownServer, KstDateTime, ServerChange, TeamId},
    store::{Error, Store, count},
};

/// Limit of teams whose unprotected servers are cached.
const MAX_TEAMS: usize = 64;

/// Servers by id, at a revision of the team's inventory.
type Revision = (i64, Arc<HashMap<String, KnownServer>>);

/// Unprotected servers by team: a page of VM control needs all of them, and they seldom change.
#[derive(Debug)]
pub(in crate::store) struct UnprotectedServers(Cache<TeamId, Revision>);

impl Default for UnprotectedServers {
    fn default() -> Self {
        Self(Cache::new(MAX_TEAMS))
    }
}

/// Begins a query of [`KnownServer`]s; `$1` is the team.
macro_rules! select_servers {
    ($rest:literal) => {
        concat!(
            "select server_id, name, address, state, since, otherwise_at, new_at, elsewhere_at, gone_at
             from servers where team_id = $1 and ",
            $rest
        )
    };
}

impl Store {
    /// `None` before the team's lists were first read.
    pub async fn coverage(&self, team: &TeamId) -> Result<Option<Coverage>, Error> {
        let row: Option<(KstDateTime, i64, i64, i64)> = sqlx::query_as(
            "select read_at, servers, monitored, waiting from inventory_snapshots
             where team_id = $1 and read_at > 0",
        )
        .bind(&team.0)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(read, servers, monitored, waiting)| Coverage {
            read,
            servers: count(servers),
            monitored: count(monitored),
            waiting: count(waiting),
        }))
    }

    /// A team's servers that are not monitored, the most recent ones first.
    pub async fn unprotected(&self, team: &TeamId, max: u32) -> Result<Vec<KnownServer>, Error> {
        let servers = sqlx::query_as(select_servers!(
            "state = 'not-monitored' and gone_at is null and missing_at is null
             order by since desc, name, server_id limit $2"
        ))
        .bind(&team.0)
        .bind(i64::from(max))
        .fetch_all(&self.pool)
        .await?;
        Ok(servers)
    }

    /// All of them by id.
    pub async fn unprotected_by_id(
        &self,
        team: &TeamId,
    ) -> Result<Arc<HashMap<String, KnownServer>>, Error> {
        let revision: Option<i64> =
            sqlx::query_scalar("select revision from inventory_snapshots where team_id = $1")
                .bind(&team.0)
                .fetch_optional(&self.pool)
                .await?;
        let revision = revision.unwrap_or_default();
        if let Some((kept, servers)) = self.unprotected_servers.0.get(team)
            && kept == revision
        {
            return Ok(servers);
        }
        // Read after the revision: rows that are newer than it are read again next time.
        let servers = self.unprotected(team, u32::MAX).await?.into_iter();
        let servers: HashMap<_, _> = servers.map(|server| (server.id.clone(), server)).collect();
        let servers = Arc::new(servers);
        let kept = (revision, Arc::clone(&servers));
        self.unprotected_servers.0.insert(team.clone(), kept);
        Ok(servers)
    }

    /// All of a team's servers, also those that were deleted.
    pub async fn known_servers(&self, team: &TeamId) -> Result<Vec<KnownServer>, Error> {
        let servers = sqlx::query_as(select_servers!(
            "server_id <> '' order by gone_at is not null, name, server_id"
        ))
        .bind(&team.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(servers)
    }

    /// Servers with one of the addresses.
    pub async fn servers_with_address(
        &self,
        team: &TeamId,
        range: &AddressRange,
    ) -> Result<Vec<KnownServer>, Error> {
        let mut servers = self.known_servers(team).await?;
        servers.retain(|server| {
            let mut addresses = server.address.split(", ");
            addresses.any(|address| range.contains(address))
        });
        Ok(servers)
    }

    /// A VM; load balancers are not stored.
    pub async fn known_server(
        &self,
        team: &TeamId,
        id: &str,
    ) -> Result<Option<KnownServer>, Error> {
        let server = sqlx::query_as(select_servers!("server_id = $2"))
            .bind(&team.0)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(server)
    }

    /// The VMs behind a load balancer.
    pub async fn known_behind(
        &self,
        team: &TeamId,
        balancer: &str,
    ) -> Result<Vec<KnownServer>, Error> {
        let servers = sqlx::query_as(select_servers!(
            "balancer_id = $2 and balancer_id <> '' and gone_at is null order by name, server_id"
        ))
        .bind(&team.0)
        .bind(balancer)
        .fetch_all(&self.pool)
        .await?;
        Ok(servers)
    }

    /// The ids of deleted servers, and of load balancers without a remaining VM.
    pub async fn gone_servers(&self, team: &TeamId) -> Result<HashSet<String>, Error> {
        let ids = sqlx::query_scalar(
            "select server_id from servers where team_id = $1 and gone_at is not null
             union
             select balancer_id from servers where team_id = $1 and balancer_id <> ''
             group by balancer_id having count(*) = count(gone_at)",
        )
        .bind(&team.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().collect())
    }

    /// The names that several of a team's servers have, or had.
    pub async fn shared_names(&self, team: &TeamId) -> Result<HashSet<String>, Error> {
        let names = sqlx::query_scalar(
            "select name from servers where team_id = $1 group by name having count(*) > 1",
        )
        .bind(&team.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(names.into_iter().collect())
    }

    /// The ids of a team's servers that changed within `span`.
    pub async fn changed_servers(
        &self,
        team: &TeamId,
        span: TimeDelta,
    ) -> Result<HashSet<String>, Error> {
        let ids = sqlx::query_scalar(
            "select distinct server_id from server_changes where team_id = $1 and at > $2",
        )
        .bind(&team.0)
        .bind(self.now() - span.num_milliseconds())
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().collect())
    }

    /// A team's changes within `span`, newest first; with `server` those of one VM, or of the VMs
    /// behind one load balancer.
    pub async fn server_changes(
        &self,
        team: &TeamId,
        span: TimeDelta,
        max: u32,
        server: Option<&str>,
    ) -> Result<Vec<ServerChange>, Error> {
        let changes = sqlx::query_as(
            "select server_changes.server_id, name, kind, at, after_at, change_request_id, username
             from server_changes
             left join change_requests on change_requests.id = change_request_id
             left join users on users.id = change_requests.user_id
             where server_changes.team_id = $1 and at > $2
               and ($3 = '' or server_changes.server_id = $3 or server_changes.server_id in
                 (select server_id from servers where team_id = $1 and balancer_id = $3))
             order by at desc, server_changes.id desc limit $4",
        )
        .bind(&team.0)
        .bind(self.now() - span.num_milliseconds())
        .bind(server.unwrap_or_default())
        .bind(i64::from(max))
        .fetch_all(&self.pool)
        .await?;
        Ok(changes)
    }
}

impl FromRow<'_, AnyRow> for KnownServer {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let time = |column| row.try_get::<Option<i64>, _>(column);
        Ok(Self {
            id: row.try_get("server_id")?,
            name: row.try_get("name")?,
            address: row.try_get("address")?,
            state: row.try_get("state")?,
            since: row.try_get("since")?,
            is_since_known: time("otherwise_at")?.is_some(),
            is_new: time("new_at")?.is_some(),
            is_elsewhere: time("elsewhere_at")?.is_some(),
            gone: row.try_get("gone_at")?,
        })
    }
}

impl FromRow<'_, AnyRow> for ServerChange {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        let request: Option<String> = row.try_get("change_request_id")?;
        Ok(Self {
            server: row.try_get("server_id")?,
            name: row.try_get("name")?,
            kind: row.try_get("kind")?,
            at: row.try_get("at")?,
            after: row.try_get("after_at")?,
            request: request.zip(row.try_get("username")?),
        })
    }
}
