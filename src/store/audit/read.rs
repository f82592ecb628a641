//! Reading the audit log.

use std::collections::HashMap;

use sqlx::{FromRow, Row as _, any::AnyRow};

use crate::{
    model::{PageNumber, TeamId},
    store::{Error, Store, count},
};

use super::{AuditEntry, AuditFilter, AuditPage, filter::matching};

/// Rows of one export batch.
const BATCH: i64 = 500;

impl Store {
    /// A team's log: actions in it, on its members, and their logins.
    pub async fn audit_of_team(
        &self,
        team: &TeamId,
        filter: &AuditFilter,
        page: PageNumber,
    ) -> Result<AuditPage, Error> {
        self.audit_page(&team.0, filter, page).await
    }

    /// The whole log.
    pub async fn audit_of_site(
        &self,
        filter: &AuditFilter,
        page: PageNumber,
    ) -> Result<AuditPage, Error> {
        self.audit_page("", filter, page).await
    }

    /// A batch of rows older than `before`, newest first, of a team or the whole site.
    pub async fn audit_before(
        &self,
        team: Option<&TeamId>,
        filter: &AuditFilter,
        before: Option<&AuditEntry>,
    ) -> Result<Vec<AuditEntry>, Error> {
        let team = team.map_or("", |team| team.0.as_str());
        let before = before.map_or(i64::MAX, |before| before.position);
        self.entries(team, filter, before, BATCH, 0).await
    }

    /// A page of the log of the team with that id, or of the whole log for `""`.
    async fn audit_page(
        &self,
        team: &str,
        filter: &AuditFilter,
        page: PageNumber,
    ) -> Result<AuditPage, Error> {
        let total = sqlx::query(matching!("select count(*)", ""));
        let total = filter.bind(total, team).fetch_one(&self.pool).await?;
        let size = i64::from(AuditPage::SIZE);
        let offset = size * i64::from(page.get() - 1);
        let rows = self.entries(team, filter, i64::MAX, size, offset);
        Ok(AuditPage {
            rows: rows.await?,
            total: count(total.try_get(0)?),
        })
    }

    /// Rows before a position, each with the change request that it names.
    async fn entries(
        &self,
        team: &str,
        filter: &AuditFilter,
        before: i64,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<AuditEntry>, Error> {
        let query = sqlx::query(matching!(
            "select position, at, actor_id, actor_name, action, object, outcome, change_request_id,
                 request_id, address, session",
            "and position < $8 order by position desc limit $9 offset $10"
        ));
        let rows = filter
            .bind(query, team)
            .bind(before)
            .bind(limit)
            .bind(offset)
            .fetch_all(&self.pool)
            .await?;
        let mut requests = Vec::with_capacity(rows.len());
        for row in &rows {
            requests.push(row.try_get::<Option<String>, _>("change_request_id")?);
        }
        // Ids sort by time: the first and the last one span all of them.
        let ids = requests.iter().flatten();
        let by_id: HashMap<_, _> = match (ids.clone().min(), ids.max()) {
            (Some(first), Some(last)) => {
                let requests = self.control_between(team, first, last).await?.into_iter();
                requests
                    .map(|request| (request.id.clone(), request))
                    .collect()
            }
            _ => HashMap::new(),
        };
        let entry = |(row, request): (&AnyRow, Option<String>)| {
            let mut entry = AuditEntry::from_row(row)?;
            // Several rows may name one request: its start and its end.
            entry.control = request.and_then(|id| by_id.get(&id).cloned());
            Ok(entry)
        };
        rows.iter().zip(requests).map(entry).collect()
    }
}

impl FromRow<'_, AnyRow> for AuditEntry {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            at: row.try_get("at")?,
            actor_id: row.try_get("actor_id")?,
            actor: row.try_get("actor_name")?,
            action: row.try_get("action")?,
            object: row.try_get("object")?,
            outcome: row.try_get("outcome")?,
            control: None,
            request_id: row.try_get("request_id")?,
            address: row.try_get("address")?,
            session: row.try_get("session")?,
            position: row.try_get("position")?,
        })
    }
}
