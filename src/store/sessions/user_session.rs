//! The user of a session, read by one statement per request.

use sqlx::{FromRow as _, Row as _};
use tower_sessions::session::Id;

use crate::model::{KstDateTime, Membership, User};

use super::{SessionRow, Sessions, hash};
use crate::store::{
    Error,
    columns::{team_columns, user_columns},
};

/// A session with its user and their rights.
#[derive(Debug)]
pub struct UserSession {
    pub user: User,
    pub has_second_factor: bool,
    /// The teams that the user sees, by slug: all of them for a site admin.
    pub memberships: Vec<Membership>,
    pub started: KstDateTime,
    pub used: KstDateTime,
    pub ends: KstDateTime,
}

impl Sessions {
    /// `None` when the session has ended or its user is disabled.
    pub async fn load_with_user(&self, id: &Id) -> Result<Option<UserSession>, Error> {
        let rows = sqlx::query(concat!(
            "select data, used_at, expires_at, ",
            user_columns!(),
            ", (select count(*) from second_factors where user_id = users.id) as factors, ",
            team_columns!(),
            ", case when site_admin_at is null then role else 'admin' end as role
             from sessions join users on users.id = sessions.user_id
             left join teams on removed_at is null and (site_admin_at is not null or exists (
                 select 1 from memberships where user_id = users.id and team_id = teams.id))
             left join memberships
                 on memberships.user_id = users.id and memberships.team_id = teams.id
             where id_hash = $1 and expires_at > $2 and disabled_at is null order by slug"
        ))
        .bind(hash(id))
        .bind(self.store.now())
        .fetch_all(&self.store.pool)
        .await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let Some(session) = self.read(&SessionRow::from_row(first)?)? else {
            return Ok(None);
        };
        let mut memberships = Vec::with_capacity(rows.len());
        for row in &rows {
            // A user without a team is one row.
            if row.try_get::<Option<String>, _>("team_id")?.is_some() {
                memberships.push(Membership::from_row(row)?);
            }
        }
        Ok(Some(UserSession {
            user: User::from_row(first)?,
            has_second_factor: first.try_get::<i64, _>("factors")? > 0,
            memberships,
            started: session.started,
            used: session.used,
            ends: session.ends,
        }))
    }
}
