//! Teams and their keys.

use sqlx::{Row as _, any::AnyRow};

use crate::model::{ApiAccess, AppKey, Region, Slug, Team, TeamId, TokenCredentials};

use super::{
    Action, AuditRecord, Error, Outcome, Store, Tx, new_id, secrets::SecretColumn,
    site_teams::is_archived_in, transaction::retry,
};

/// A team to be added.
#[derive(Debug)]
pub struct NewTeam {
    pub slug: Slug,
    pub name: String,
    pub region: Region,
    pub app_key: AppKey,
    pub token: Option<TokenCredentials>,
}

impl Store {
    /// # Errors
    /// [`Error::Taken`] when a team has that slug, be it archived.
    pub async fn add_team(&self, team: &NewTeam, by: &AuditRecord) -> Result<TeamId, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            if is_archived_in(&mut tx, &team.slug).await? {
                tx.rollback().await?;
                return Err(Error::Taken);
            }
            let id = self.add_team_in(&mut tx, team, by).await?;
            tx.commit().await?;
            Ok(id)
        })
        .await
    }

    pub(super) async fn add_team_in(
        &self,
        tx: &mut Tx<'_>,
        team: &NewTeam,
        by: &AuditRecord,
    ) -> Result<TeamId, Error> {
        let id = TeamId(new_id());
        let (app_key, token) = self.seal_access(&id, &team.app_key, team.token.as_ref());
        sqlx::query(
            "insert into teams (id, slug, name, region, app_key, token, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&id.0)
        .bind(team.slug.as_str())
        .bind(&team.name)
        .bind(team.region.code())
        .bind(app_key)
        .bind(token)
        .bind(self.now())
        .execute(&mut **tx)
        .await?;
        let record = by.clone().on_team(&id, team.slug.as_str());
        self.audit_in(tx, &record, Action::TeamAdded, Outcome::Done)
            .await?;
        Ok(id)
    }

    /// All teams, by slug.
    pub async fn teams(&self) -> Result<Vec<Team>, Error> {
        sqlx::query(
            "select id, slug, name, region, reason_required_at from teams
             where removed_at is null order by slug",
        )
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(read_team)
        .collect()
    }

    pub async fn team(&self, slug: &Slug) -> Result<Option<Team>, Error> {
        sqlx::query(
            "select id, slug, name, region, reason_required_at from teams
             where slug = $1 and removed_at is null",
        )
        .bind(slug.as_str())
        .fetch_optional(&self.pool)
        .await?
        .as_ref()
        .map(read_team)
        .transpose()
    }

    /// The team's way into the API, decrypted.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when the stored secrets were not encrypted for this team.
    pub async fn api_access(&self, team: &Team) -> Result<ApiAccess, Error> {
        let row = sqlx::query("select app_key, token from teams where id = $1")
            .bind(&team.id.0)
            .fetch_one(&self.pool)
            .await?;
        let sealed_key: Option<String> = row.try_get("app_key")?;
        let sealed_token: Option<String> = row.try_get("token")?;
        let unreadable = |secret: SecretColumn| Error::Unreadable(secret.what());
        let sealed_key = sealed_key.ok_or_else(|| unreadable(SecretColumn::TeamAppKey))?;
        let app_key = self.unseal(SecretColumn::TeamAppKey, &team.id.0, &sealed_key)?;
        let app_key = AppKey::parse(&app_key).map_err(|_| unreadable(SecretColumn::TeamAppKey))?;
        let token = match sealed_token {
            None => None,
            Some(sealed) => {
                let token = self.unseal(SecretColumn::TeamToken, &team.id.0, &sealed)?;
                let token = TokenCredentials::parse(&token);
                Some(token.map_err(|_| unreadable(SecretColumn::TeamToken))?)
            }
        };
        Ok(ApiAccess {
            team: team.id.clone(),
            region: team.region,
            app_key,
            token,
        })
    }

    /// Replaces the team's key, and its token credentials: `None` takes them away.
    pub async fn set_team_key(
        &self,
        team: &Team,
        app_key: &AppKey,
        token: Option<&TokenCredentials>,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        let record = by.clone().on_team(&team.id, team.slug.as_str());
        let (app_key, token) = self.seal_access(&team.id, app_key, token);
        retry(|| async {
            let mut tx = self.begin().await?;
            sqlx::query("update teams set app_key = $1, token = $2 where id = $3")
                .bind(&app_key)
                .bind(&token)
                .bind(&team.id.0)
                .execute(&mut *tx)
                .await?;
            self.commit_audited(tx, &record, Action::TeamKeyReplaced)
                .await
        })
        .await
    }

    /// Says whether somebody who adds or releases in the team must say why.
    pub async fn require_reason(
        &self,
        team: &Team,
        required: bool,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        let action = if required {
            Action::ReasonRequired
        } else {
            Action::ReasonOptional
        };
        let record = by.clone().on_team(&team.id, team.slug.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            sqlx::query("update teams set reason_required_at = $1 where id = $2")
                .bind(required.then(|| self.now()))
                .bind(&team.id.0)
                .execute(&mut *tx)
                .await?;
            self.commit_audited(tx, &record, action).await
        })
        .await
    }

    /// Takes a team away with its secrets and members. What was done in it stays on record.
    pub async fn remove_team(&self, team: &Team, by: &AuditRecord) -> Result<(), Error> {
        let record = by.clone().on_team(&team.id, team.slug.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            sqlx::query(
                "update teams set app_key = null, token = null, removed_at = $1, archived_at = null
                 where id = $2",
            )
            .bind(self.now())
            .bind(&team.id.0)
            .execute(&mut *tx)
            .await?;
            sqlx::query("delete from memberships where team_id = $1")
                .bind(&team.id.0)
                .execute(&mut *tx)
                .await?;
            self.commit_audited(tx, &record, Action::TeamRemoved).await
        })
        .await
    }

    fn seal_access(
        &self,
        id: &TeamId,
        app_key: &AppKey,
        token: Option<&TokenCredentials>,
    ) -> (String, Option<String>) {
        let app_key = self.seal(SecretColumn::TeamAppKey, &id.0, app_key.expose_secret());
        let token = token.map(|token| {
            let text = format!("{}:{}", token.id(), token.expose_secret());
            self.seal(SecretColumn::TeamToken, &id.0, &text)
        });
        (app_key, token)
    }
}

pub(super) fn read_team(row: &AnyRow) -> Result<Team, Error> {
    let slug: String = row.try_get("slug")?;
    let region: String = row.try_get("region")?;
    let reason_required: Option<i64> = row.try_get("reason_required_at")?;
    Ok(Team {
        reason_required: reason_required.is_some(),
        id: TeamId(row.try_get("id")?),
        slug: slug
            .parse()
            .map_err(|_| Error::Unreadable("a team's slug"))?,
        name: row.try_get("name")?,
        region: region
            .parse()
            .map_err(|_| Error::Unreadable("a team's region"))?,
    })
}
