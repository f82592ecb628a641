//! Teams and their keys.

use crate::model::{ApiAccess, AppKey, KstDateTime, Region, Slug, Team, TeamId, TokenCredentials};

use super::{
    Action, AuditRecord, Error, Outcome, Store, Tx, columns::team_columns, new_id,
    secrets::SecretColumn, transaction::retry,
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

/// A team as a site admin manages it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SiteTeam {
    #[sqlx(flatten)]
    pub team: Team,
    #[sqlx(try_from = "i64")]
    pub members: u64,
    /// Since when it is archived: its members do not see it, and the API is not called for it.
    #[sqlx(rename = "archived_at")]
    pub archived: Option<KstDateTime>,
}

macro_rules! select_site_teams {
    ($condition:literal) => {
        concat!(
            "select ",
            team_columns!(),
            ", archived_at, (select count(*) from memberships where team_id = teams.id) as members
             from teams where (removed_at is null or archived_at is not null) ",
            $condition
        )
    };
}

impl Store {
    /// # Errors
    /// [`Error::Taken`] when a team has that slug, even an archived one.
    pub async fn add_team(&self, team: &NewTeam, by: &AuditRecord) -> Result<TeamId, Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            let id = self.insert_team(&mut tx, team, by).await?;
            tx.commit().await?;
            Ok(id)
        })
        .await
    }

    pub(super) async fn insert_team(
        &self,
        tx: &mut Tx<'_>,
        team: &NewTeam,
        by: &AuditRecord,
    ) -> Result<TeamId, Error> {
        let archived =
            sqlx::query("select 1 from teams where slug = $1 and archived_at is not null")
                .bind(team.slug.as_str())
                .fetch_optional(&mut **tx)
                .await?;
        if archived.is_some() {
            return Err(Error::Taken);
        }
        let id = TeamId(new_id());
        let (app_key, token) = self.seal_access(&id, &team.app_key, team.token.as_ref());
        let query = sqlx::query(
            "insert into teams (id, slug, name, region, app_key, token, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&id.0)
        .bind(team.slug.as_str())
        .bind(&team.name)
        .bind(team.region.code())
        .bind(app_key)
        .bind(token)
        .bind(self.now());
        tx.run(query).await?;
        let record = by.clone().on_team(&id, team.slug.as_str());
        self.audit_in(tx, &record, Action::TeamAdded, Outcome::Done)
            .await?;
        Ok(id)
    }

    /// All teams in use, by slug.
    pub async fn teams(&self) -> Result<Vec<Team>, Error> {
        let teams = sqlx::query_as(concat!(
            "select ",
            team_columns!(),
            " from teams where removed_at is null order by slug"
        ));
        Ok(teams.fetch_all(&self.pool).await?)
    }

    pub async fn team(&self, slug: &Slug) -> Result<Option<Team>, Error> {
        let team = sqlx::query_as(concat!(
            "select ",
            team_columns!(),
            " from teams where slug = $1 and removed_at is null"
        ));
        Ok(team.bind(slug.as_str()).fetch_optional(&self.pool).await?)
    }

    /// All teams, archived ones included, by slug.
    pub async fn site_teams(&self) -> Result<Vec<SiteTeam>, Error> {
        let teams = sqlx::query_as(select_site_teams!("order by slug"));
        Ok(teams.fetch_all(&self.pool).await?)
    }

    pub async fn site_team(&self, slug: &Slug) -> Result<Option<SiteTeam>, Error> {
        let team = sqlx::query_as(select_site_teams!("and slug = $1"));
        Ok(team.bind(slug.as_str()).fetch_optional(&self.pool).await?)
    }

    /// The team's decrypted access to the API.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when the stored secrets were not encrypted for this team.
    pub async fn api_access(&self, team: &Team) -> Result<ApiAccess, Error> {
        let (app_key, token): (Option<String>, Option<String>) =
            sqlx::query_as("select app_key, token from teams where id = $1")
                .bind(&team.id.0)
                .fetch_one(&self.pool)
                .await?;
        let open = |column: SecretColumn, sealed: Option<String>| {
            sealed.map(|sealed| self.unseal(column, &team.id.0, &sealed))
        };
        let unreadable = |column: SecretColumn| Error::Unreadable(column.description());
        let app_key = open(SecretColumn::TeamAppKey, app_key).transpose()?;
        let app_key = app_key.and_then(|app_key| AppKey::parse(&app_key).ok());
        let token = open(SecretColumn::TeamToken, token).transpose()?;
        let token = token.map(|token| {
            TokenCredentials::parse(&token).map_err(|_| unreadable(SecretColumn::TeamToken))
        });
        Ok(ApiAccess {
            team: team.id.clone(),
            region: team.region,
            app_key: app_key.ok_or_else(|| unreadable(SecretColumn::TeamAppKey))?,
            token: token.transpose()?,
        })
    }

    /// Replaces the team's key and its token credentials: `None` deletes them.
    pub async fn set_team_key(
        &self,
        team: &Team,
        app_key: &AppKey,
        token: Option<&TokenCredentials>,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        let (app_key, token) = self.seal_access(&team.id, app_key, token);
        let record = by.clone().on_team(&team.id, team.slug.as_str());
        self.audited(&record, Action::TeamKeyReplaced, || {
            sqlx::query("update teams set app_key = $1, token = $2 where id = $3")
                .bind(&app_key)
                .bind(&token)
                .bind(&team.id.0)
        })
        .await
        .map(drop)
    }

    /// Sets whether a change request of the team must state a reason.
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
        self.audited(&record, action, || {
            sqlx::query("update teams set reason_required_at = $1 where id = $2")
                .bind(required.then(|| self.now()))
                .bind(&team.id.0)
        })
        .await
        .map(drop)
    }

    /// Changes a team's name and region. `false` when it has both already.
    pub async fn change_team(
        &self,
        team: &Team,
        name: &str,
        region: Region,
        by: &AuditRecord,
    ) -> Result<bool, Error> {
        let object = format!("{}: {name}, {region}", team.slug);
        let record = by.clone().on_team(&team.id, &object);
        self.audited(&record, Action::TeamChanged, || {
            sqlx::query(
                "update teams set name = $1, region = $2
                 where id = $3 and (name <> $1 or region <> $2)",
            )
            .bind(name)
            .bind(region.code())
            .bind(&team.id.0)
        })
        .await
    }

    /// Archives a team. `false` when it is archived or removed already.
    pub async fn archive_team(&self, team: &Team, by: &AuditRecord) -> Result<bool, Error> {
        let record = by.clone().on_team(&team.id, team.slug.as_str());
        self.audited(&record, Action::TeamArchived, || {
            sqlx::query(
                "update teams set removed_at = $1, archived_at = $1
                 where id = $2 and removed_at is null",
            )
            .bind(self.now())
            .bind(&team.id.0)
        })
        .await
    }

    /// Puts an archived team in use again, with its key and members. `false` when it is not archived.
    pub async fn bring_back_team(&self, team: &Team, by: &AuditRecord) -> Result<bool, Error> {
        let record = by.clone().on_team(&team.id, team.slug.as_str());
        self.audited(&record, Action::TeamBroughtBack, || {
            sqlx::query(
                "update teams set removed_at = null, archived_at = null
                 where id = $1 and archived_at is not null",
            )
            .bind(&team.id.0)
        })
        .await
    }

    /// Removes a team with its secrets and members. Its records stay.
    pub async fn remove_team(&self, team: &Team, by: &AuditRecord) -> Result<(), Error> {
        let record = by.clone().on_team(&team.id, team.slug.as_str());
        retry(|| async {
            let mut tx = self.begin().await?;
            let query = sqlx::query(
                "update teams set app_key = null, token = null, removed_at = $1, archived_at = null
                 where id = $2",
            );
            tx.run(query.bind(self.now()).bind(&team.id.0)).await?;
            let query = sqlx::query("delete from memberships where team_id = $1");
            tx.run(query.bind(&team.id.0)).await?;
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
