//! Reading the audit log.

use std::collections::HashMap;

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{PageNumber, TeamId, UserId},
    store::{ChangeRequest, Error, Store, read_time},
};

use super::{Action, AuditEntry, AuditFilter, AuditPage, Outcome, filter::matching};

impl Store {
    /// What was done in a team, how its members signed in, and what was done to them.
    pub async fn audit_of_team(
        &self,
        team: &TeamId,
        filter: &AuditFilter,
        page: PageNumber,
    ) -> Result<AuditPage, Error> {
        self.audit_page(&team.0, filter, page).await
    }

    /// Everything.
    pub async fn audit_of_site(
        &self,
        filter: &AuditFilter,
        page: PageNumber,
    ) -> Result<AuditPage, Error> {
        self.audit_page("", filter, page).await
    }

    /// Up to 500 rows that stand before `before`, newest first, of a team or of the whole site;
    /// the newest without `before`.
    pub async fn audit_before(
        &self,
        team: Option<&TeamId>,
        filter: &AuditFilter,
        before: Option<&AuditEntry>,
    ) -> Result<Vec<AuditEntry>, Error> {
        let team = team.map_or("", |team| team.0.as_str());
        let before = before.map_or(i64::MAX, |before| before.position);
        let query = sqlx::query(matching!(
            "select position, at, actor_id, actor_name, action, object, outcome, change_request_id,
                 request_id, address, session",
            "and position < $8 order by position desc limit 500"
        ));
        let query = filter.bind(query, team).bind(before);
        let rows = query.fetch_all(&self.pool).await?;
        self.entries(team, &rows).await
    }

    /// The log of the team with that id, or the whole of it for `""`.
    async fn audit_page(
        &self,
        team: &str,
        filter: &AuditFilter,
        page: PageNumber,
    ) -> Result<AuditPage, Error> {
        let count = sqlx::query(matching!("select count(*) as total", ""));
        let count = filter.bind(count, team).fetch_one(&self.pool).await?;
        let total: i64 = count.try_get("total")?;
        let query = sqlx::query(matching!(
            "select position, at, actor_id, actor_name, action, object, outcome, change_request_id,
                 request_id, address, session",
            "order by position desc limit $8 offset $9"
        ));
        let rows = filter
            .bind(query, team)
            .bind(i64::from(AuditPage::SIZE))
            .bind(i64::from(AuditPage::SIZE) * i64::from(page.get() - 1))
            .fetch_all(&self.pool)
            .await?;
        Ok(AuditPage {
            rows: self.entries(team, &rows).await?,
            total: u64::try_from(total).unwrap_or(0),
        })
    }

    /// The rows, each with the request for control that it names.
    async fn entries(&self, team: &str, rows: &[AnyRow]) -> Result<Vec<AuditEntry>, Error> {
        let requests = self.requests_of(team, rows).await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            let mut entry = read_entry(row)?;
            let request: Option<String> = row.try_get("change_request_id")?;
            // Several rows may name one request: that it was asked, and how it ended.
            entry.control = request.and_then(|id| requests.get(&id).cloned());
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The requests for control that those rows name. Their ids sort by time, so the first and
    /// the last one span all of them.
    async fn requests_of(
        &self,
        team: &str,
        rows: &[AnyRow],
    ) -> Result<HashMap<String, ChangeRequest>, Error> {
        let mut ids: Vec<String> = Vec::new();
        for row in rows {
            ids.extend(row.try_get::<Option<String>, _>("change_request_id")?);
        }
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
            return Ok(HashMap::new());
        };
        let requests = self.control_between(team, first, last).await?;
        Ok(requests
            .into_iter()
            .map(|request| (request.id.clone(), request))
            .collect())
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
        session: row.try_get("session")?,
        position: row.try_get("position")?,
    })
}
