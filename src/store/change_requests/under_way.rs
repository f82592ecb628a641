//! What has been asked for already and may yet take effect.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Row as _, any::AnyRow};

use crate::{
    model::{ChangeAction, ItemState, KstDateTime, TeamId},
    store::{Error, Store, read_time, time::around},
};

use super::{ChangeRequest, UnderWay, in_list, read_action, read_state};

impl Store {
    /// The ids of things for which that is asked already and may yet take effect: it is not sent
    /// again meanwhile.
    pub async fn under_way(
        &self,
        team: &TeamId,
        action: ChangeAction,
    ) -> Result<HashMap<String, UnderWay>, Error> {
        let now = self.database_now(&self.pool).await?;
        let (alive_from, alive_to) = around(now, ChangeRequest::ABANDONED);
        let (asked_from, asked_to) = around(now, ChangeRequest::UNDER_WAY);
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
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(&team.0)
            .bind(action.code())
            .bind(alive_from)
            .bind(alive_to)
            .bind(asked_from)
            .bind(asked_to)
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &AnyRow| {
            let under_way = UnderWay {
                user_name: row.try_get("username")?,
                asked: read_time(row.try_get("asked_at")?)?,
            };
            Ok((row.try_get("item_id")?, under_way))
        };
        rows.iter().map(read).collect()
    }

    /// The ids of things whose release was asked for and may be under way, with the time at which
    /// it was: the API has no word for it (docs/secmon-api.md).
    pub async fn release_requested(
        &self,
        team: &TeamId,
    ) -> Result<HashMap<String, KstDateTime>, Error> {
        let now = self.database_now(&self.pool).await?;
        let (asked_from, asked_to) = around(now, ChangeRequest::FOLLOWED);
        let sql = format!(
            "select item_id, action, state, asked_at from request_items
             join change_requests on change_requests.id = request_items.request_id
             where team_id = $1 and asked_at between $2 and $3 and state in ({})
             order by change_requests.id",
            in_list(ItemState::MAY_HAVE_EFFECT)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(&team.0)
            .bind(asked_from)
            .bind(asked_to)
            .fetch_all(&self.pool)
            .await?;
        let mut requested = HashMap::new();
        for row in &rows {
            let id: String = row.try_get("item_id")?;
            let is_open = read_state(row)?.is_open();
            // What was added again since is not being released.
            match read_action(row)? {
                ChangeAction::Release if is_open => {
                    requested.insert(id, read_time(row.try_get("asked_at")?)?);
                }
                _ => {
                    requested.remove(&id);
                }
            }
        }
        Ok(requested)
    }
}
