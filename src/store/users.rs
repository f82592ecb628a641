//! Users and their places in teams.

use sqlx::{Row as _, any::AnyRow};

use crate::model::{Membership, Role, Slug, Team, User, UserId, Username};

use super::{
    Action, AuditRecord, Error, Outcome, Store, Tx, new_id, teams::read_team, transaction::retry,
};

/// A user to be added.
#[derive(Debug)]
pub struct NewUser {
    pub username: Username,
    pub display_name: String,
    pub site_admin: bool,
    pub members: Vec<(Team, Role)>,
    pub password_hash: String,
}

impl Store {
    /// # Errors
    /// [`Error::Taken`] when a user has that name.
    pub async fn add_user(&self, user: &NewUser, by: &AuditRecord) -> Result<UserId, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let id = self.add_user_in(&mut tx, user, by).await?;
            tx.commit().await?;
            Ok(id)
        })
        .await
    }

    pub(super) async fn add_user_in(
        &self,
        tx: &mut Tx<'_>,
        user: &NewUser,
        by: &AuditRecord,
    ) -> Result<UserId, Error> {
        let id = UserId(new_id());
        let now = self.now();
        sqlx::query(
            "insert into users (id, username, display_name, password_hash, site_admin_at, created_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&id.0)
        .bind(user.username.as_str())
        .bind(&user.display_name)
        .bind(&user.password_hash)
        .bind(user.site_admin.then_some(now))
        .bind(now)
        .execute(&mut **tx)
        .await?;
        for (team, role) in &user.members {
            self.add_member_in(tx, &id, team, *role, user.username.as_str(), by)
                .await?;
        }
        let record = by.clone().on_user(&id, user.username.as_str());
        self.audit_in(tx, &record, Action::UserAdded, Outcome::Done)
            .await?;
        Ok(id)
    }

    /// All users, by name.
    pub async fn users(&self) -> Result<Vec<User>, Error> {
        sqlx::query(
            "select id, username, display_name, site_admin_at, disabled_at, credential_version from users
             order by username",
        )
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_user)
        .collect()
    }

    pub async fn user(&self, id: &UserId) -> Result<Option<User>, Error> {
        sqlx::query(
            "select id, username, display_name, site_admin_at, disabled_at, credential_version from users
             where id = $1",
        )
        .bind(&id.0)
        .fetch_optional(&self.pool)
        .await?
        .as_ref()
        .map(read_user)
        .transpose()
    }

    /// Keeps a user from signing in and ends the sessions there are.
    pub async fn disable_user(&self, user: &User, by: &AuditRecord) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            self.disable_in(&mut tx, user).await?;
            let record = by.clone().on_user(&user.id, user.username.as_str());
            self.audit_in(&mut tx, &record, Action::UserDisabled, Outcome::Done)
                .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// The teams that a user sees: those of a member, or all of them for a site admin.
    pub async fn memberships(&self, user: &User) -> Result<Vec<Membership>, Error> {
        if user.site_admin {
            let all = self.teams().await?;
            let admin = |team| Membership {
                team,
                role: Role::Admin,
            };
            return Ok(all.into_iter().map(admin).collect());
        }
        sqlx::query(
            "select teams.id, teams.slug, teams.name, teams.region, teams.reason_required_at,
                 memberships.role
             from memberships join teams on teams.id = memberships.team_id
             where memberships.user_id = $1 and teams.removed_at is null order by teams.slug",
        )
        .bind(&user.id.0)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_membership)
        .collect()
    }

    /// Every member of every team, as `(username, slug, role)`, for the lists of administration.
    pub async fn all_memberships(&self) -> Result<Vec<(Username, Slug, Role)>, Error> {
        let rows = sqlx::query(
            "select users.username, teams.id, teams.slug, teams.name, teams.region,
                 teams.reason_required_at, memberships.role
             from memberships join teams on teams.id = memberships.team_id
             join users on users.id = memberships.user_id
             where teams.removed_at is null order by users.username, teams.slug",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let Membership { team, role } = read_membership(row)?;
                Ok((read_username(row)?, team.slug, role))
            })
            .collect()
    }
}

fn read_membership(row: &AnyRow) -> Result<Membership, Error> {
    let role: String = row.try_get("role")?;
    Ok(Membership {
        team: read_team(row)?,
        role: role
            .parse()
            .map_err(|_| Error::Unreadable("a member's role"))?,
    })
}

fn read_username(row: &AnyRow) -> Result<Username, Error> {
    let username: String = row.try_get("username")?;
    Username::existing(&username).map_err(|_| Error::Unreadable("a user's name"))
}

pub(super) fn read_user(row: &AnyRow) -> Result<User, Error> {
    Ok(User {
        id: UserId(row.try_get("id")?),
        username: read_username(row)?,
        display_name: row.try_get("display_name")?,
        site_admin: row.try_get::<Option<i64>, _>("site_admin_at")?.is_some(),
        disabled: row.try_get::<Option<i64>, _>("disabled_at")?.is_some(),
        credential_version: row.try_get("credential_version")?,
    })
}
