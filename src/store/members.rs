//! Members of teams and their roles.

use sqlx::{Row as _, any::AnyRow};

use crate::model::{Role, Team, TeamId, User, UserId};

use super::{Action, AuditRecord, Error, Outcome, Store, Tx, transaction::retry, users::read_user};

/// Somebody in a team.
#[derive(Debug, Clone)]
pub struct Member {
    pub user: User,
    pub role: Role,
}

impl Store {
    /// The members of a team, by name.
    pub async fn members(&self, team: &TeamId) -> Result<Vec<Member>, Error> {
        sqlx::query(
            "select users.id, username, display_name, site_admin_at, disabled_at, credential_version, role
             from memberships join users on users.id = memberships.user_id
             where team_id = $1 order by username",
        )
        .bind(&team.0)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_member)
        .collect()
    }

    /// # Errors
    /// [`Error::Taken`] when the user is a member already.
    pub async fn add_member(
        &self,
        team: &Team,
        user: &User,
        role: Role,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        let name = user.username.as_str();
        retry(|| async {
            let mut tx = self.begin().await?;
            self.add_member_in(&mut tx, &user.id, team, role, name, by)
                .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    pub(super) async fn add_member_in(
        &self,
        tx: &mut Tx<'_>,
        user: &UserId,
        team: &Team,
        role: Role,
        name: &str,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        sqlx::query(
            "insert into memberships (user_id, team_id, role, created_at) values ($1, $2, $3, $4)",
        )
        .bind(&user.0)
        .bind(&team.id.0)
        .bind(role.code())
        .bind(self.now())
        .execute(&mut **tx)
        .await?;
        let record = by.clone().on_team(&team.id, &format!("{name}: {role}"));
        self.audit_in(tx, &record, Action::MemberAdded, Outcome::Done)
            .await
    }

    /// Gives a member another role. `false` when they have it already, or are no member any more.
    pub async fn change_role(
        &self,
        team: &Team,
        user: &User,
        role: Role,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let what = format!("{}: {role}", user.username);
        let record = by.clone().on_team(&team.id, &what);
        retry(|| async {
            let mut tx = self.begin().await?;
            let changed = sqlx::query(
                "update memberships set role = $1
                 where user_id = $2 and team_id = $3 and role <> $1",
            )
            .bind(role.code())
            .bind(&user.id.0)
            .bind(&team.id.0)
            .execute(&mut *tx)
            .await?;
            let changed = changed.rows_affected() > 0;
            self.end(tx, changed, &record, Action::MemberRoleChanged)
                .await
        })
        .await
    }

    /// Takes somebody out of a team. `false` when they are no member any more.
    pub async fn remove_member(
        &self,
        team: &Team,
        user: &User,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let record = by.clone().on_team(&team.id, user.username.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            let removed =
                sqlx::query("delete from memberships where user_id = $1 and team_id = $2")
                    .bind(&user.id.0)
                    .bind(&team.id.0)
                    .execute(&mut *tx)
                    .await?;
            let removed = removed.rows_affected() > 0;
            self.end(tx, removed, &record, Action::MemberRemoved).await
        })
        .await
    }
}

fn read_member(row: &AnyRow) -> Result<Member, Error> {
    let role: String = row.try_get("role")?;
    Ok(Member {
        user: read_user(row)?,
        role: role
            .parse()
            .map_err(|_| Error::Unreadable("a member's role"))?,
    })
}
