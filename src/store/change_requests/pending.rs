//! Items that may still take effect.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use crate::{
    model::{ChangeAction, ChangeRequest, ItemState, KstDateTime, PendingRequest, TeamId},
    store::{Error, Store, time::around},
};

use super::in_list;

impl Store {
    /// The ids that another request for the same action covers: not sent again meanwhile.
    pub async fn pending_items(
        &self,
        team: &TeamId,
        action: ChangeAction,
    ) -> Result<HashMap<String, PendingRequest>, Error> {
        let now = self.database_now(&self.pool).await?;
        let (alive_from, alive_to) = around(now, ChangeRequest::ABANDON_TIMEOUT);
        let (asked_from, asked_to) = around(now, ChangeRequest::EFFECT_TIMEOUT);
        let sql = format!(
            "select item_id, username, asked_at from request_items
             join change_requests on change_requests.id = request_items.request_id
             join users on users.id = user_id
             where team_id = $1 and action = $2
               and ((state in ({}) and touched_at between $3 and $4)
                 or (state in ({}) and asked_at between $5 and $6))
             order by change_requests.id",
            in_list(ItemState::PENDING),
            in_list(ItemState::AWAITED),
        );
        let rows: Vec<(String, String, KstDateTime)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(&team.0)
            .bind(action.code())
            .bind(alive_from)
            .bind(alive_to)
            .bind(asked_from)
            .bind(asked_to)
            .fetch_all(&self.pool)
            .await?;
        let pending = rows
            .into_iter()
            .map(|(id, user_name, asked)| (id, PendingRequest { user_name, asked }));
        Ok(pending.collect())
    }

    /// The ids with a release under way, and the time of its request: the API has no term for it
    /// (docs/secmon-api.md).
    pub async fn release_requested(
        &self,
        team: &TeamId,
    ) -> Result<HashMap<String, KstDateTime>, Error> {
        let now = self.database_now(&self.pool).await?;
        let (asked_from, asked_to) = around(now, ChangeRequest::TRACKING_TIMEOUT);
        let sql = format!(
            "select item_id, action, state, asked_at from request_items
             join change_requests on change_requests.id = request_items.request_id
             where team_id = $1 and asked_at between $2 and $3 and state in ({})
             order by change_requests.id",
            in_list(ItemState::MAY_HAVE_EFFECT)
        );
        let rows: Vec<(String, ChangeAction, ItemState, KstDateTime)> =
            sqlx::query_as(AssertSqlSafe(sql))
                .bind(&team.0)
                .bind(asked_from)
                .bind(asked_to)
                .fetch_all(&self.pool)
                .await?;
        let mut requested = HashMap::new();
        for (id, action, state, asked) in rows {
            // A later add ends a release.
            if action == ChangeAction::Release && state.is_open() {
                requested.insert(id, asked);
            } else {
                requested.remove(&id);
            }
        }
        Ok(requested)
    }
}
