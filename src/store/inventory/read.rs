//! Reading what the lists have told.

use std::collections::HashSet;

use chrono::TimeDelta;
use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::TeamId,
    store::{Error, Store, read_time},
};

use super::{Coverage, KnownServer, Protection, ServerChange, ServerChangeKind};

impl Store {
    /// How many of a team's servers are monitored; `None` before its lists were first read.
    pub async fn coverage(&self, team: &TeamId) -> Result<Option<Coverage>, Error> {
        let row = sqlx::query(
            "select read_at, servers, monitored, waiting from inventory_snapshots
             where team_id = $1 and read_at > 0",
        )
        .bind(&team.0)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read_coverage).transpose()
    }

    /// A team's servers that are not monitored, `most` at the most, those first that have been so
    /// for the shortest time.
    pub async fn unprotected(&self, team: &TeamId, most: u32) -> Result<Vec<KnownServer>, Error> {
        sqlx::query(
            "select server_id, name, address, state, since, otherwise_at, new_at, elsewhere_at, gone_at
             from servers where team_id = $1 and state = 'not-monitored' and gone_at is null
               and missing_at is null
             order by since desc, name, server_id limit $2",
        )
        .bind(&team.0)
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_server)
        .collect()
    }

    /// What is known of a VM; of a load balancer nothing is, but of its VMs.
    pub async fn known_server(
        &self,
        team: &TeamId,
        id: &str,
    ) -> Result<Option<KnownServer>, Error> {
        let row = sqlx::query(
            "select server_id, name, address, state, since, otherwise_at, new_at, elsewhere_at, gone_at
             from servers where team_id = $1 and server_id = $2",
        )
        .bind(&team.0)
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read_server).transpose()
    }

    /// What is known of the VMs behind a load balancer.
    pub async fn known_behind(
        &self,
        team: &TeamId,
        balancer: &str,
    ) -> Result<Vec<KnownServer>, Error> {
        sqlx::query(
            "select server_id, name, address, state, since, otherwise_at, new_at, elsewhere_at, gone_at
             from servers where team_id = $1 and balancer_id = $2 and balancer_id <> ''
               and gone_at is null
             order by name, server_id",
        )
        .bind(&team.0)
        .bind(balancer)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_server)
        .collect()
    }

    /// The ids of a team's servers that were deleted, and of load balancers all of whose VMs were.
    pub async fn gone_servers(&self, team: &TeamId) -> Result<HashSet<String>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
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
        let names: Vec<String> = sqlx::query_scalar(
            "select name from servers where team_id = $1 group by name having count(*) > 1",
        )
        .bind(&team.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(names.into_iter().collect())
    }

    /// The ids of a team's servers of which something changed within `span`.
    pub async fn changed_servers(
        &self,
        team: &TeamId,
        span: TimeDelta,
    ) -> Result<HashSet<String>, Error> {
        let ids: Vec<String> = sqlx::query_scalar(
            "select distinct server_id from server_changes where team_id = $1 and at > $2",
        )
        .bind(&team.0)
        .bind(self.now() - span.num_milliseconds())
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().collect())
    }

    /// What has changed of a team's servers within `span`, newest first, `most` at the most; of
    /// one server, or of the VMs behind one load balancer, with `server`.
    pub async fn server_changes(
        &self,
        team: &TeamId,
        span: TimeDelta,
        most: u32,
        server: Option<&str>,
    ) -> Result<Vec<ServerChange>, Error> {
        sqlx::query(
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
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_change)
        .collect()
    }
}

fn read_coverage(row: &AnyRow) -> Result<Coverage, Error> {
    let count = |column| {
        row.try_get::<i64, _>(column)
            .map(|value| u64::try_from(value).unwrap_or(0))
    };
    Ok(Coverage {
        read: read_time(row.try_get("read_at")?)?,
        servers: count("servers")?,
        monitored: count("monitored")?,
        waiting: count("waiting")?,
    })
}

fn read_server(row: &AnyRow) -> Result<KnownServer, Error> {
    let has = |column| {
        row.try_get::<Option<i64>, _>(column)
            .map(|value| value.is_some())
    };
    let gone: Option<i64> = row.try_get("gone_at")?;
    Ok(KnownServer {
        state: Protection::read(row.try_get("state")?)?,
        gone: gone.map(read_time).transpose()?,
        id: row.try_get("server_id")?,
        name: row.try_get("name")?,
        address: row.try_get("address")?,
        since: read_time(row.try_get("since")?)?,
        is_since_known: has("otherwise_at")?,
        is_new: has("new_at")?,
        is_elsewhere: has("elsewhere_at")?,
    })
}

fn read_change(row: &AnyRow) -> Result<ServerChange, Error> {
    let request: Option<String> = row.try_get("change_request_id")?;
    let user: Option<String> = row.try_get("username")?;
    Ok(ServerChange {
        server: row.try_get("server_id")?,
        name: row.try_get("name")?,
        kind: ServerChangeKind::read(row.try_get("kind")?)?,
        at: read_time(row.try_get("at")?)?,
        after: read_time(row.try_get("after_at")?)?,
        request: request.zip(user),
    })
}
