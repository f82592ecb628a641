//! Teams as a site admin manages them, those that are archived among them.

use sqlx::{Row as _, any::AnyRow};

use crate::model::{KstDateTime, Region, Slug, Team};

use super::{
    Action, AuditRecord, Error, Store, Tx, read_time, teams::read_team, transaction::retry,
};

/// A team of the site.
#[derive(Debug, Clone)]
pub struct SiteTeam {
    pub team: Team,
    pub members: u64,
    /// Since when it is archived: its members do not see it, and nothing is called for it.
    pub archived: Option<KstDateTime>,
}

impl Store {
    /// All teams, also archived ones, by slug.
    pub async fn site_teams(&self) -> Result<Vec<SiteTeam>, Error> {
        sqlx::query(
            "select id, slug, name, region, reason_required_at, archived_at,
                 (select count(*) from memberships where team_id = teams.id) as members
             from teams where removed_at is null or archived_at is not null order by slug",
        )
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_site_team)
        .collect()
    }

    pub async fn site_team(&self, slug: &Slug) -> Result<Option<SiteTeam>, Error> {
        sqlx::query(
            "select id, slug, name, region, reason_required_at, archived_at,
                 (select count(*) from memberships where team_id = teams.id) as members
             from teams where slug = $1 and (removed_at is null or archived_at is not null)",
        )
        .bind(slug.as_str())
        .fetch_optional(&self.pool)
        .await?
        .as_ref()
        .map(read_site_team)
        .transpose()
    }

    /// Gives a team another name or another region; its history stays with it. `false` when it has
    /// both already.
    pub async fn change_team(
        &self,
        team: &Team,
        name: &str,
        region: Region,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let what = format!("{}: {name}, {region}", team.slug);
        let record = by.clone().on_team(&team.id, &what);
        retry(|| async {
            let mut tx = self.begin().await?;
            let changed = sqlx::query(
                "update teams set name = $1, region = $2
                 where id = $3 and (name <> $1 or region <> $2)",
            )
            .bind(name)
            .bind(region.code())
            .bind(&team.id.0)
            .execute(&mut *tx)
            .await?;
            let changed = changed.rows_affected() > 0;
            self.end(tx, changed, &record, Action::TeamChanged).await
        })
        .await
    }

    /// Takes a team out of use, to be brought back or kept as it is. `false` when it is already.
    pub async fn archive_team(&self, team: &Team, by: &AuditRecord) -> Result<bool, Error> {
        let record = by.clone().on_team(&team.id, team.slug.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            let archived = sqlx::query(
                "update teams set removed_at = $1, archived_at = $1
                 where id = $2 and removed_at is null",
            )
            .bind(self.now())
            .bind(&team.id.0)
            .execute(&mut *tx)
            .await?;
            let archived = archived.rows_affected() > 0;
            self.end(tx, archived, &record, Action::TeamArchived).await
        })
        .await
    }

    /// Puts an archived team in use again, with its key and members as they were. `false` when it
    /// is not archived.
    pub async fn bring_back_team(&self, team: &Team, by: &AuditRecord) -> Result<bool, Error> {
        let record = by.clone().on_team(&team.id, team.slug.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            let back = sqlx::query(
                "update teams set removed_at = null, archived_at = null
                 where id = $1 and archived_at is not null",
            )
            .bind(&team.id.0)
            .execute(&mut *tx)
            .await?;
            let back = back.rows_affected() > 0;
            self.end(tx, back, &record, Action::TeamBroughtBack).await
        })
        .await
    }
}

/// The slug of an archived team stays its own.
pub(super) async fn is_archived_in(tx: &mut Tx<'_>, slug: &Slug) -> Result<bool, Error> {
    let archived = sqlx::query("select 1 from teams where slug = $1 and archived_at is not null")
        .bind(slug.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(archived.is_some())
}

fn read_site_team(row: &AnyRow) -> Result<SiteTeam, Error> {
    let archived: Option<i64> = row.try_get("archived_at")?;
    let members: i64 = row.try_get("members")?;
    Ok(SiteTeam {
        team: read_team(row)?,
        members: u64::try_from(members).unwrap_or_default(),
        archived: archived.map(read_time).transpose()?,
    })
}
