//! Filtered lists of change requests.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Row as _};

use crate::{
    model::{ChangeRequest, ItemState, KstDateTime, Reason, SearchTerms, TeamId, normalize},
    store::{Error, Store},
};

use super::quoted;

/// Which change requests a list shows. Conditions are joined by "and".
#[derive(Debug, Clone, Default)]
pub struct RequestFilter {
    /// In the names, addresses and ids of items, or in the stated reason.
    pub terms: SearchTerms,
    /// The requester's username.
    pub user: String,
    /// A public state code that at least one item has.
    pub state: Option<&'static str>,
    pub from: Option<KstDateTime>,
    /// Included.
    pub to: Option<KstDateTime>,
    pub oldest_first: bool,
}

fn states_and_reasons() -> impl Iterator<Item = (ItemState, Option<Reason>)> {
    let reasons = || std::iter::once(None).chain(Reason::ALL.iter().copied().map(Some));
    let states = ItemState::ALL.iter();
    states.flat_map(move |state| reasons().map(|reason| (*state, reason)))
}

/// `state/reason` of every item with that public code, as SQL takes it.
fn item_states(code: &str) -> String {
    let items = states_and_reasons().filter(|(state, reason)| state.public_code(*reason) == code);
    let items: Vec<String> = items
        .map(|(state, reason)| format!("{}/{}", state.code(), reason.map_or("", Reason::code)))
        .collect();
    quoted(items.iter().map(String::as_str))
}

impl Store {
    /// The ids of a team's requests that pass the filter, in order.
    pub async fn change_request_ids(
        &self,
        team: &TeamId,
        filter: &RequestFilter,
    ) -> Result<Vec<String>, Error> {
        let state = filter.state.map_or_else(String::new, |code| {
            format!(
                "and exists (select 1 from request_items where request_id = change_requests.id
                     and state || '/' || coalesce(reason, '') in ({}))",
                item_states(code)
            )
        });
        let order = if filter.oldest_first { "asc" } else { "desc" };
        let sql = format!(
            "select change_requests.id from change_requests join users on users.id = user_id
             where team_id = $1 and ($2 = '' or username = $2) and asked_at >= $3 and asked_at <= $4
                 {state} order by change_requests.id {order}"
        );
        let millis = |at: KstDateTime| at.to_utc().timestamp_millis();
        let mut ids: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(&team.0)
            .bind(normalize(&filter.user))
            .bind(filter.from.map_or(0, millis))
            .bind(filter.to.map_or(i64::MAX, millis))
            .fetch_all(&self.pool)
            .await?;
        if !filter.terms.is_empty() {
            let texts = self.request_texts(team).await?;
            let is_match = |text: &String| filter.terms.match_normalized(&normalize(text));
            ids.retain(|id| texts.get(id).is_some_and(is_match));
        }
        Ok(ids)
    }

    /// The searched text of each of a team's requests.
    async fn request_texts(&self, team: &TeamId) -> Result<HashMap<String, String>, Error> {
        let rows = sqlx::query(
            "select request_id, coalesce(stated_reason, '') as stated_reason, item_id, name, address,
                 coalesce(vm_names, '') as vm_names
             from request_items join change_requests on change_requests.id = request_id
             where team_id = $1",
        )
        .bind(&team.0)
        .fetch_all(&self.pool)
        .await?;
        let mut texts = HashMap::new();
        for row in rows {
            let text: &mut String = texts.entry(row.try_get("request_id")?).or_default();
            if text.is_empty() {
                text.push_str(row.try_get("stated_reason")?);
            }
            for column in ["item_id", "name", "address", "vm_names"] {
                text.push('\n');
                text.push_str(row.try_get(column)?);
            }
        }
        Ok(texts)
    }

    /// A team's requests with these ids, in this order.
    pub async fn change_requests(
        &self,
        team: &TeamId,
        ids: &[String],
    ) -> Result<Vec<ChangeRequest>, Error> {
        let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
            return Ok(Vec::new());
        };
        let between: i64 = sqlx::query_scalar(
            "select count(*) from change_requests where team_id = $1 and id >= $2 and id <= $3",
        )
        .bind(&team.0)
        .bind(first)
        .bind(last)
        .fetch_one(&self.pool)
        .await?;
        let mut requests = HashMap::new();
        // One read is cheaper than many, unless it reads mostly requests that the filter excludes.
        if usize::try_from(between).is_ok_and(|between| between <= 2 * ids.len()) {
            let all = self.control_between(&team.0, first, last).await?;
            requests.extend(all.into_iter().map(|request| (request.id.clone(), request)));
        } else {
            for id in ids {
                let request = self.control_request(team, id).await?;
                requests.extend(request.map(|request| (id.clone(), request)));
            }
        }
        Ok(ids.iter().filter_map(|id| requests.remove(id)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_state_covers_its_states_and_reasons() {
        assert!(item_states("skipped").contains("'not-done/already-monitored'"));
        assert!(!item_states("failed").contains("'not-done/already-monitored'"));
        assert!(item_states("failed").contains("'not-done/'"));
    }
}
