//! Members of teams and their roles.

use crate::model::{Role, Team, TeamId, User, UserId};

use super::{
    Action, AuditRecord, Error, Outcome, Store, Tx, columns::user_columns, transaction::retry,
};

/// A member of a team.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Member {
    #[sqlx(flatten)]
    pub user: User,
    pub role: Role,
}

impl Store {
    /// The members of a team, by name.
    pub async fn members(&self, team: &TeamId) -> Result<Vec<Member>, Error> {
        let members = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            ", role from memberships join users on users.id = memberships.user_id
             where team_id = $1 order by username"
        ));
        Ok(members.bind(&team.0).fetch_all(&self.pool).await?)
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
        let member = (&user.id, user.username.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            self.insert_member(&mut tx, team, member, role, by).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    pub(super) async fn insert_member(
        &self,
        tx: &mut Tx<'_>,
        team: &Team,
        (user, username): (&UserId, &str),
        role: Role,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        let query = sqlx::query(
            "insert into memberships (user_id, team_id, role, created_at) values ($1, $2, $3, $4)",
        )
        .bind(&user.0)
        .bind(&team.id.0)
        .bind(role.code())
        .bind(self.now());
        tx.run(query).await?;
        let record = by.clone().on_team(&team.id, &format!("{username}: {role}"));
        self.audit_in(tx, &record, Action::MemberAdded, Outcome::Done)
            .await
    }

    /// Changes a member's role. `false` when they have it already, or are no member.
    pub async fn change_role(
        &self,
        team: &Team,
        user: &User,
        role: Role,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let object = format!("{}: {role}", user.username);
        let record = by.clone().on_team(&team.id, &object);
        self.audited(&record, Action::MemberRoleChanged, || {
            sqlx::query(
                "update memberships set role = $1
                 where user_id = $2 and team_id = $3 and role <> $1",
            )
            .bind(role.code())
            .bind(&user.id.0)
            .bind(&team.id.0)
        })
        .await
    }

    /// Removes a member from a team. `false` when they are no member.
    pub async fn remove_member(
        &self,
        team: &Team,
        user: &User,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let record = by.clone().on_team(&team.id, user.username.as_str());
        self.audited(&record, Action::MemberRemoved, || {
            sqlx::query("delete from memberships where user_id = $1 and team_id = $2")
                .bind(&user.id.0)
                .bind(&team.id.0)
        })
        .await
    }
}
