//! Users as a site admin manages them.

use sqlx::{Row as _, any::AnyRow};

use crate::model::{KstDateTime, User, UserId};

use super::{
    Action, AuditRecord, Error, Outcome, Store, Tx,
    credentials::{end_links_in, end_sessions_in},
    read_time,
    transaction::retry,
    users::read_user,
};

/// A user of the site.
#[derive(Debug, Clone)]
pub struct SiteUser {
    pub user: User,
    pub has_password: bool,
    /// A link by which a password can be chosen: until when, and who made it.
    pub link: Option<(KstDateTime, String)>,
    pub second_factor: bool,
    /// Can they sign in through a provider of single sign-on.
    pub single_sign_on: bool,
}

/// What became of taking a right away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RightTaken {
    Done,
    /// There was nothing to take.
    Already,
    /// Nobody would be left who could manage the site.
    LastSiteAdmin,
}

impl Store {
    /// All users, by name.
    pub async fn site_users(&self) -> Result<Vec<SiteUser>, Error> {
        self.site_users_like("").await
    }

    pub async fn site_user(&self, id: &UserId) -> Result<Option<SiteUser>, Error> {
        let users = self.site_users_like(&id.0).await?;
        Ok(users.into_iter().find(|user| user.user.id == *id))
    }

    /// The user with that id, or all of them for `""`.
    async fn site_users_like(&self, id: &str) -> Result<Vec<SiteUser>, Error> {
        sqlx::query(
            "select users.id, username, display_name, site_admin_at, disabled_at, credential_version,
                 case password_hash when '' then 0 else 1 end as has_password,
                 (select count(*) from second_factors where user_id = users.id) as factors,
                 (select count(*) from identities where user_id = users.id) as identities,
                 expires_at, made_by
             from users left join invitations
                 on invitations.user_id = users.id and expires_at > $1
             where $2 = '' or users.id = $2 order by username",
        )
        .bind(self.now())
        .bind(id)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_site_user)
        .collect()
    }

    /// Gives a user another name for people. `false` when they have it already.
    pub async fn rename_user(
        &self,
        user: &User,
        display_name: &str,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let renamed = sqlx::query(
                "update users set display_name = $1 where id = $2 and display_name <> $1",
            )
            .bind(display_name)
            .bind(&user.id.0)
            .execute(&mut *tx)
            .await?;
            let what = format!("{}: {display_name}", user.username);
            let record = by.clone().on_user(&user.id, &what);
            let renamed = renamed.rows_affected() > 0;
            self.end(tx, renamed, &record, Action::UserRenamed).await
        })
        .await
    }

    /// Makes a user a site admin. `false` when they are one.
    pub async fn make_site_admin(&self, user: &User, by: &AuditRecord) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let made = sqlx::query(
                "update users set site_admin_at = $1 where id = $2 and site_admin_at is null",
            )
            .bind(self.now())
            .bind(&user.id.0)
            .execute(&mut *tx)
            .await?;
            let record = by.clone().on_user(&user.id, user.username.as_str());
            let made = made.rows_affected() > 0;
            self.end(tx, made, &record, Action::SiteAdminMade).await
        })
        .await
    }

    /// Makes a site admin a user like others.
    pub async fn take_site_admin(
        &self,
        user: &User,
        by: &AuditRecord,
    ) -> Result<RightTaken, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let taken = sqlx::query(
                "update users set site_admin_at = null where id = $1 and site_admin_at is not null",
            )
            .bind(&user.id.0)
            .execute(&mut *tx)
            .await?;
            let record = by.clone().on_user(&user.id, user.username.as_str());
            let taken = taken.rows_affected() > 0;
            self.end_of_right(tx, taken, &record, Action::SiteAdminTaken)
                .await
        })
        .await
    }

    /// Keeps a user from signing in, as [`Store::disable_user`] does, unless nobody would be left
    /// who could manage the site.
    pub async fn disable_one_of_users(
        &self,
        user: &User,
        by: &AuditRecord,
    ) -> Result<RightTaken, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let disabled = self.disable_in(&mut tx, user).await?;
            let record = by.clone().on_user(&user.id, user.username.as_str());
            self.end_of_right(tx, disabled, &record, Action::UserDisabled)
                .await
        })
        .await
    }

    /// Ends what a user has opened, and what may be opened for them.
    pub(super) async fn disable_in(&self, tx: &mut Tx<'_>, user: &User) -> Result<bool, Error> {
        end_sessions_in(tx, user, self.now()).await?;
        let disabled =
            sqlx::query("update users set disabled_at = $1 where id = $2 and disabled_at is null")
                .bind(self.now())
                .bind(&user.id.0)
                .execute(&mut **tx)
                .await?;
        end_links_in(tx, &user.id).await?;
        Ok(disabled.rows_affected() > 0)
    }

    /// Lets a user sign in again. `false` when they can.
    pub async fn enable_user(&self, user: &User, by: &AuditRecord) -> Result<bool, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let enabled = sqlx::query(
                "update users set disabled_at = null where id = $1 and disabled_at is not null",
            )
            .bind(&user.id.0)
            .execute(&mut *tx)
            .await?;
            let record = by.clone().on_user(&user.id, user.username.as_str());
            let enabled = enabled.rows_affected() > 0;
            self.end(tx, enabled, &record, Action::UserEnabled).await
        })
        .await
    }

    /// Ends a change that takes a right away. Writing the audit log first makes all such changes
    /// wait for each other: of two site admins who demote each other, one stays.
    async fn end_of_right(
        &self,
        mut tx: Tx<'_>,
        taken: bool,
        record: &AuditRecord,
        action: Action,
    ) -> Result<RightTaken, Error> {
        if !taken {
            tx.rollback().await?;
            return Ok(RightTaken::Already);
        }
        self.audit_in(&mut tx, record, action, Outcome::Done)
            .await?;
        let left: i64 = sqlx::query_scalar(
            "select count(*) from users where site_admin_at is not null and disabled_at is null",
        )
        .fetch_one(&mut *tx)
        .await?;
        if left == 0 {
            tx.rollback().await?;
            self.audit(record, action, Outcome::Refused).await?;
            return Ok(RightTaken::LastSiteAdmin);
        }
        tx.commit().await?;
        Ok(RightTaken::Done)
    }
}

fn read_site_user(row: &AnyRow) -> Result<SiteUser, Error> {
    let until: Option<i64> = row.try_get("expires_at")?;
    let made_by: Option<String> = row.try_get("made_by")?;
    let until = until.map(read_time).transpose()?;
    Ok(SiteUser {
        user: read_user(row)?,
        has_password: row.try_get::<i64, _>("has_password")? > 0,
        link: until.zip(made_by),
        second_factor: row.try_get::<i64, _>("factors")? > 0,
        single_sign_on: row.try_get::<i64, _>("identities")? > 0,
    })
}
