//! Reading the audit log.

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{PageNumber, TeamId, UserId},
    store::{Error, Store, read_time},
};

use super::{Action, AuditEntry, AuditPage, Outcome};

impl Store {
    /// What was done in a team, and the sign-ins of its members.
    pub async fn audit_of_team(&self, team: &TeamId, page: PageNumber) -> Result<AuditPage, Error> {
        let total: i64 = sqlx::query_scalar(
            "select count(*) from audit where team_id = $1 or (team_id is null and actor_id in
                 (select user_id from memberships where team_id = $1))",
        )
        .bind(&team.0)
        .fetch_one(&self.pool)
        .await?;
        let rows = sqlx::query(
            "select at, actor_id, actor_name, action, object, outcome, control_request_id, request_id,
                 address
             from audit where team_id = $1 or (team_id is null and actor_id in
                 (select user_id from memberships where team_id = $1))
             order by position desc limit $2 offset $3",
        )
        .bind(&team.0)
        .bind(i64::from(AuditPage::SIZE))
        .bind(i64::from(AuditPage::SIZE) * i64::from(page.get() - 1))
        .fetch_all(&self.pool)
        .await?;
        let mut page = AuditPage {
            rows: Vec::with_capacity(rows.len()),
            total: u64::try_from(total).unwrap_or(0),
        };
        for row in &rows {
            let mut entry = read_entry(row)?;
            let control: Option<String> = row.try_get("control_request_id")?;
            if let Some(id) = control {
                entry.control = self.control_request(team, &id).await?;
            }
            page.rows.push(entry);
        }
        Ok(page)
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
