//! Reading the audit log.

use std::collections::HashMap;

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{PageNumber, TeamId, UserId},
    store::{ControlRequest, Error, Store, read_time},
};

use super::{Action, AuditEntry, AuditPage, Outcome};

impl Store {
    /// What was done in a team, and what its members and the site admins did and were done to
    /// outside of any team, such as signing in.
    pub async fn audit_of_team(&self, team: &TeamId, page: PageNumber) -> Result<AuditPage, Error> {
        self.audit_page(&team.0, page).await
    }

    /// Everything.
    pub async fn audit_of_site(&self, page: PageNumber) -> Result<AuditPage, Error> {
        self.audit_page("", page).await
    }

    /// The log of the team with that id, or the whole of it for `""`.
    async fn audit_page(&self, team: &str, page: PageNumber) -> Result<AuditPage, Error> {
        let total: i64 = sqlx::query_scalar(
            "with people as (select user_id from memberships where team_id = $1
                 union select id from users where site_admin_at is not null)
             select count(*) from audit where $1 = '' or team_id = $1 or (team_id is null and
                 (actor_id in (select user_id from people)
                  or subject_id in (select user_id from people)))",
        )
        .bind(team)
        .fetch_one(&self.pool)
        .await?;
        let rows = sqlx::query(
            "with people as (select user_id from memberships where team_id = $1
                 union select id from users where site_admin_at is not null)
             select at, actor_id, actor_name, action, object, outcome, control_request_id,
                 request_id, address
             from audit where $1 = '' or team_id = $1 or (team_id is null and
                 (actor_id in (select user_id from people)
                  or subject_id in (select user_id from people)))
             order by position desc limit $2 offset $3",
        )
        .bind(team)
        .bind(i64::from(AuditPage::SIZE))
        .bind(i64::from(AuditPage::SIZE) * i64::from(page.get() - 1))
        .fetch_all(&self.pool)
        .await?;
        let mut requests = self.requests_of(team, &rows).await?;
        let mut page = AuditPage {
            rows: Vec::with_capacity(rows.len()),
            total: u64::try_from(total).unwrap_or(0),
        };
        for row in &rows {
            let mut entry = read_entry(row)?;
            let request: Option<String> = row.try_get("control_request_id")?;
            entry.control = request.and_then(|id| requests.remove(&id));
            page.rows.push(entry);
        }
        Ok(page)
    }

    /// The requests for control that those rows name. Their ids sort by time, so the first and
    /// the last one span all of them.
    async fn requests_of(
        &self,
        team: &str,
        rows: &[AnyRow],
    ) -> Result<HashMap<String, ControlRequest>, Error> {
        let mut ids: Vec<String> = Vec::new();
        for row in rows {
            ids.extend(row.try_get::<Option<String>, _>("control_request_id")?);
        }
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
            return Ok(HashMap::new());
        };
        let requests = self.control_between(team, first, last).await?;
        Ok(requests.into_iter().map(|it| (it.id.clone(), it)).collect())
    }
}

fn read_entry(row: &AnyRow) -> Result<AuditEntry, Error> {
    Ok(AuditEntry {
        at: read_time(row.try_get("at")?)?,
        actor_id: row.try_get::<Option<String>, _>("actor_id")?.map(UserId),
        actor: row.try_get("actor_name")?,
        action: Action::read(row.try_get("action")?)?,
        object: row.try_get("object")?,
        outcome: Outcome::read(row.try_get("outcome")?)?,
        control: None,
        request_id: row.try_get("request_id")?,
        address: row.try_get("address")?,
    })
}
