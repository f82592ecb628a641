//! `secmon-portal team`: teams and their keys.

mod remove;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::{
    config::Settings,
    model::{AppKey, Region, Slug, TokenCredentials, display_name},
    server::bootstrap,
    store::{Action, AuditRecord, Error, NewTeam, Outcome, SiteTeam, Store},
};

use super::{message, read, say};

#[derive(Debug, Subcommand)]
pub enum TeamCommand {
    /// Adds a team
    Add {
        /// The team's name in URLs: lower-case letters, digits and hyphens
        #[arg(long, env = "SECMON_PORTAL_TEAM_SLUG")]
        slug: Slug,
        /// The display name
        #[arg(long, env = "SECMON_PORTAL_TEAM_NAME")]
        name: String,
        /// The region: kr1, kr2, kr3, gov-kr1 or gov-kr2
        #[arg(long, env = "SECMON_PORTAL_TEAM_REGION")]
        region: Region,
        #[command(flatten)]
        keys: KeyFiles,
    },
    /// Lists the teams: slug, region, name and whether archived
    List,
    /// Calls the API once and prints the result with the key masked
    Check {
        /// The team's name in URLs
        #[arg(long, env = "SECMON_PORTAL_TEAM_SLUG")]
        slug: Slug,
    },
    /// Replaces a team's appKey and token credentials
    SetKey {
        /// The team's name in URLs
        #[arg(long, env = "SECMON_PORTAL_TEAM_SLUG")]
        slug: Slug,
        #[command(flatten)]
        keys: KeyFiles,
    },
    /// Removes a team with its key and members, and its archive once that is confirmed; its requests and audit log stay
    Remove {
        /// The team's name in URLs
        #[arg(long, env = "SECMON_PORTAL_TEAM_SLUG")]
        slug: Slug,
        /// Deletes the archive without asking; also that of a team that was removed before
        #[arg(long, env = "SECMON_PORTAL_TEAM_YES")]
        yes: bool,
    },
}

#[derive(Debug, clap::Args)]
pub struct KeyFiles {
    /// File with the appKey, or - for standard input
    #[arg(long, env = "SECMON_PORTAL_TEAM_APP_KEY_FILE", value_name = "FILE")]
    app_key_file: PathBuf,
    /// File with id:secret of a User Access Key, for an API that requires a token
    #[arg(long, env = "SECMON_PORTAL_TEAM_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl KeyFiles {
    fn read(&self) -> Result<(AppKey, Option<TokenCredentials>), String> {
        let stdin = Path::new("-");
        if self.app_key_file == stdin && self.token_file.as_deref() == Some(stdin) {
            return Err("standard input can be only one of the two files".to_owned());
        }
        let app_key = AppKey::parse(&read(&self.app_key_file)?)
            .map_err(|refused| format!("the appKey {refused}"))?;
        let token = match &self.token_file {
            None => None,
            Some(file) => {
                let token = TokenCredentials::parse(&read(file)?);
                Some(token.map_err(|refused| format!("the token file {refused}"))?)
            }
        };
        Ok((app_key, token))
    }
}

pub async fn run(settings: &Settings, command: TeamCommand) -> Result<(), String> {
    let store = bootstrap::open_store(settings).await?;
    let by = AuditRecord::by_command_line();
    match command {
        TeamCommand::Add {
            slug,
            name,
            region,
            keys,
        } => add(&store, slug, &name, region, &keys, &by).await?,
        TeamCommand::List => {
            for SiteTeam { team, archived, .. } in store.site_teams().await.map_err(message)? {
                let state = if archived.is_some() { "\tarchived" } else { "" };
                say(&format!(
                    "{}\t{}\t{}{state}",
                    team.slug, team.region, team.name
                ));
            }
        }
        TeamCommand::Check { slug } => check(settings, &store, &slug, &by).await?,
        TeamCommand::SetKey { slug, keys } => {
            let team = find(&store, &slug).await?.team;
            let (app_key, token) = keys.read()?;
            let set = store.set_team_key(&team, &app_key, token.as_ref(), &by);
            set.await.map_err(message)?;
            say(&format!("The key of team {slug} is replaced"));
        }
        TeamCommand::Remove { slug, yes } => remove::run(&store, &slug, yes, &by).await?,
    }
    store.close().await;
    Ok(())
}

async fn add(
    store: &Store,
    slug: Slug,
    name: &str,
    region: Region,
    keys: &KeyFiles,
    by: &AuditRecord,
) -> Result<(), String> {
    let name = display_name(name).map_err(|refused| format!("the team's name {refused}"))?;
    let (app_key, token) = keys.read()?;
    let team = NewTeam {
        slug,
        name,
        region,
        app_key,
        token,
    };
    match store.add_team(&team, by).await {
        Ok(_) => {
            say(&format!("Team {} is added", team.slug));
            Ok(())
        }
        Err(Error::Taken) => Err(format!("a team {} exists already", team.slug)),
        Err(error) => Err(error.to_string()),
    }
}

async fn check(
    settings: &Settings,
    store: &Store,
    slug: &Slug,
    by: &AuditRecord,
) -> Result<(), String> {
    let SiteTeam { team, archived, .. } = find(store, slug).await?;
    if archived.is_some() {
        return Err(format!("team {slug} is archived, nothing is called for it"));
    }
    let access = store.api_access(&team).await.map_err(message)?;
    let what = format!(
        "team {slug} ({}, appKey {})",
        team.region,
        access.app_key.masked()
    );
    let tried = format!("{slug} ({})", access.app_key.masked());
    let record = by.clone().on_team(&team.id, &tried);
    let (api, action) = (bootstrap::api(settings)?, Action::ConnectionTried);
    let written = store.audit(&record, action, Outcome::Started);
    written.await.map_err(message)?;
    let answer = api.check(&access).await;
    let outcome = if answer.is_ok() {
        Outcome::Done
    } else {
        Outcome::Refused
    };
    let written = store.audit(&record, action, outcome);
    written.await.map_err(message)?;
    let changes = answer.map_err(|error| format!("{what}: {error}"))?;
    let count = changes.map_or_else(|| "an unknown number of".to_owned(), |n| n.to_string());
    say(&format!(
        "{what}: the API answered, {count} changes in its history"
    ));
    Ok(())
}

async fn find(store: &Store, slug: &Slug) -> Result<SiteTeam, String> {
    let team = store.site_team(slug).await.map_err(message)?;
    team.ok_or_else(|| format!("there is no team {slug}"))
}
