//! Users and their memberships.

use crate::model::{KstDateTime, Membership, Role, Slug, Team, User, UserId, Username};

use super::{
    Action, AuditRecord, Error, Outcome, Store, Tx,
    columns::{team_columns, user_columns},
    credentials::{delete_invitation, end_all_sessions},
    new_id,
    transaction::retry,
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

/// A user as a site admin manages them.
#[derive(Debug, Clone)]
pub struct SiteUser {
    pub user: User,
    pub has_password: bool,
    /// Expiry and author of a pending invitation.
    pub link: Option<(KstDateTime, String)>,
    pub second_factor: bool,
    /// Whether an identity of the OIDC provider is linked.
    pub single_sign_on: bool,
}

#[derive(sqlx::FromRow)]
struct SiteUserRow {
    #[sqlx(flatten)]
    user: User,
    has_password: i64,
    factors: i64,
    identities: i64,
    expires_at: Option<KstDateTime>,
    made_by: Option<String>,
}

impl From<SiteUserRow> for SiteUser {
    fn from(row: SiteUserRow) -> Self {
        Self {
            user: row.user,
            has_password: row.has_password > 0,
            link: row.expires_at.zip(row.made_by),
            second_factor: row.factors > 0,
            single_sign_on: row.identities > 0,
        }
    }
}

/// The outcome of removing a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RightRemoval {
    Removed,
    /// There was nothing to remove.
    Absent,
    /// No site admin would be left.
    LastSiteAdmin,
}

impl Store {
    /// # Errors
    /// [`Error::Taken`] when a user has that name.
    pub async fn add_user(&self, user: &NewUser, by: &AuditRecord) -> Result<UserId, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let id = self.insert_user(&mut tx, user, by).await?;
            tx.commit().await?;
            Ok(id)
        })
        .await
    }

    pub(super) async fn insert_user(
        &self,
        tx: &mut Tx<'_>,
        user: &NewUser,
        by: &AuditRecord,
    ) -> Result<UserId, Error> {
        let id = UserId(new_id());
        let now = self.now();
        let query = sqlx::query(
            "insert into users (id, username, display_name, password_hash, site_admin_at, created_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&id.0)
        .bind(user.username.as_str())
        .bind(&user.display_name)
        .bind(&user.password_hash)
        .bind(user.site_admin.then_some(now))
        .bind(now);
        tx.run(query).await?;
        for (team, role) in &user.members {
            let member = (&id, user.username.as_str());
            self.insert_member(tx, team, member, *role, by).await?;
        }
        let record = by.clone().on_user(&id, user.username.as_str());
        self.audit_in(tx, &record, Action::UserAdded, Outcome::Done)
            .await?;
        Ok(id)
    }

    /// All users, by name.
    pub async fn users(&self) -> Result<Vec<User>, Error> {
        let users = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            " from users order by username"
        ));
        Ok(users.fetch_all(&self.pool).await?)
    }

    pub async fn user(&self, id: &UserId) -> Result<Option<User>, Error> {
        let user = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            " from users where id = $1"
        ));
        Ok(user.bind(&id.0).fetch_optional(&self.pool).await?)
    }

    /// All users, by name.
    pub async fn site_users(&self) -> Result<Vec<SiteUser>, Error> {
        self.select_site_users("").await
    }

    pub async fn site_user(&self, id: &UserId) -> Result<Option<SiteUser>, Error> {
        Ok(self.select_site_users(&id.0).await?.pop())
    }

    /// The user with that id, or all of them for `""`.
    async fn select_site_users(&self, id: &str) -> Result<Vec<SiteUser>, Error> {
        let rows: Vec<SiteUserRow> = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            ", case password_hash when '' then 0 else 1 end as has_password,
                 (select count(*) from second_factors where user_id = users.id) as factors,
                 (select count(*) from identities where user_id = users.id) as identities,
                 expires_at, made_by
             from users left join invitations
                 on invitations.user_id = users.id and expires_at > $1
             where $2 = '' or users.id = $2 order by username"
        ))
        .bind(self.now())
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(SiteUser::from).collect())
    }

    /// The teams that a user sees: those of a member, or all of them for a site admin.
    pub async fn memberships(&self, user: &User) -> Result<Vec<Membership>, Error> {
        if user.site_admin {
            let all = self.teams().await?;
            let role = Role::Admin;
            return Ok((all.into_iter().map(|team| Membership { team, role })).collect());
        }
        let memberships = sqlx::query_as(concat!(
            "select ",
            team_columns!(),
            ", role from memberships join teams on teams.id = memberships.team_id
             where user_id = $1 and removed_at is null order by slug"
        ));
        Ok(memberships.bind(&user.id.0).fetch_all(&self.pool).await?)
    }

    /// Every member of every team, as `(username, slug, role)`, for the lists of administration.
    pub async fn all_memberships(&self) -> Result<Vec<(Username, Slug, Role)>, Error> {
        let memberships = sqlx::query_as(
            "select username, slug, role
             from memberships join teams on teams.id = memberships.team_id
             join users on users.id = memberships.user_id
             where removed_at is null order by username, slug",
        );
        Ok(memberships.fetch_all(&self.pool).await?)
    }

    /// Changes a user's display name. `false` when they have it already.
    pub async fn rename_user(
        &self,
        user: &User,
        display_name: &str,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let object = format!("{}: {display_name}", user.username);
        let record = by.clone().on_user(&user.id, &object);
        self.audited(&record, Action::UserRenamed, || {
            sqlx::query("update users set display_name = $1 where id = $2 and display_name <> $1")
                .bind(display_name)
                .bind(&user.id.0)
        })
        .await
    }

    /// Grants the site admin right. `false` when the user has it.
    pub async fn make_site_admin(&self, user: &User, by: &AuditRecord) -> Result<bool, Error> {
        let record = by.clone().on_user(&user.id, user.username.as_str());
        self.audited(&record, Action::SiteAdminMade, || {
            sqlx::query(
                "update users set site_admin_at = $1 where id = $2 and site_admin_at is null",
            )
            .bind(self.now())
            .bind(&user.id.0)
        })
        .await
    }

    /// Revokes the site admin right.
    pub async fn take_site_admin(
        &self,
        user: &User,
        by: &AuditRecord,
    ) -> Result<RightRemoval, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let query = sqlx::query(
                "update users set site_admin_at = null where id = $1 and site_admin_at is not null",
            );
            let taken = tx.run(query.bind(&user.id.0)).await? > 0;
            self.end_of_right(tx, taken, user, by, Action::SiteAdminTaken)
                .await
        })
        .await
    }

    /// Disables a user and ends all sessions.
    pub async fn disable_user(&self, user: &User, by: &AuditRecord) -> Result<(), Error> {
        let record = by.clone().on_user(&user.id, user.username.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            self.write_disabled(&mut tx, user).await?;
            self.commit_audited(tx, &record, Action::UserDisabled).await
        })
        .await
    }

    /// Disables a user, unless that is the last site admin.
    pub async fn disable_one_of_users(
        &self,
        user: &User,
        by: &AuditRecord,
    ) -> Result<RightRemoval, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let disabled = self.write_disabled(&mut tx, user).await?;
            self.end_of_right(tx, disabled, user, by, Action::UserDisabled)
                .await
        })
        .await
    }

    async fn write_disabled(&self, tx: &mut Tx<'_>, user: &User) -> Result<bool, Error> {
        end_all_sessions(tx, user, self.now()).await?;
        let query =
            sqlx::query("update users set disabled_at = $1 where id = $2 and disabled_at is null");
        let disabled = tx.run(query.bind(self.now()).bind(&user.id.0)).await?;
        delete_invitation(tx, &user.id).await?;
        Ok(disabled > 0)
    }

    /// Enables a user again. `false` when they are enabled.
    pub async fn enable_user(&self, user: &User, by: &AuditRecord) -> Result<bool, Error> {
        let record = by.clone().on_user(&user.id, user.username.as_str());
        self.audited(&record, Action::UserEnabled, || {
            sqlx::query(
                "update users set disabled_at = null where id = $1 and disabled_at is not null",
            )
            .bind(&user.id.0)
        })
        .await
    }

    /// Commits a transaction that revokes a right. The audit event comes first and serializes them: of two site admins
    /// demoting each other, one stays.
    async fn end_of_right(
        &self,
        mut tx: Tx<'_>,
        taken: bool,
        user: &User,
        by: &AuditRecord,
        action: Action,
    ) -> Result<RightRemoval, Error> {
        if !taken {
            tx.rollback().await?;
            return Ok(RightRemoval::Absent);
        }
        let record = by.clone().on_user(&user.id, user.username.as_str());
        self.audit_in(&mut tx, &record, action, Outcome::Done)
            .await?;
        let left: i64 = sqlx::query_scalar(
            "select count(*) from users where site_admin_at is not null and disabled_at is null",
        )
        .fetch_one(&mut *tx)
        .await?;
        if left == 0 {
            tx.rollback().await?;
            self.audit(&record, action, Outcome::Refused).await?;
            return Ok(RightRemoval::LastSiteAdmin);
        }
        tx.commit().await?;
        Ok(RightRemoval::Removed)
    }
}
