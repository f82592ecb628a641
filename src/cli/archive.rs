//! `secmon-portal archive`: how complete each team's archive is, and bringing one up to date.

use std::time::Duration;

use clap::Subcommand;
use serde::Serialize;

use crate::{
    archive::{Archive, ArchiveSettings, Pace},
    config::Settings,
    jobs::Runner,
    model::{ArchiveKind, KstDateTime, Slug, Team},
    server::bootstrap,
    store::{ArchiveStatus, SiteTeam, Store},
};

use super::{message, say};

#[derive(Debug, Subcommand)]
pub enum ArchiveCommand {
    /// Says how complete each team's archive is
    Status {
        /// The team's name in addresses [default: all teams]
        #[arg(long, env = "SECMON_PORTAL_TEAM_SLUG")]
        team: Option<Slug>,
        /// Prints JSON
        #[arg(long, env = "SECMON_PORTAL_ARCHIVE_JSON")]
        json: bool,
    },
    /// Brings a team's archive up to date now
    Sync {
        /// The team's name in addresses
        #[arg(long, env = "SECMON_PORTAL_TEAM_SLUG")]
        team: Slug,
    },
}

#[derive(Serialize)]
struct TeamsJson {
    teams: Vec<TeamJson>,
}

#[derive(Serialize)]
struct TeamJson {
    slug: String,
    tickets: KindJson,
    events: KindJson,
    history: KindJson,
}

#[derive(Default, Serialize)]
struct KindJson {
    stored: u64,
    complete: bool,
    complete_since: Option<String>,
    last_success: Option<String>,
    error: Option<String>,
}

pub async fn run(settings: &Settings, command: ArchiveCommand) -> Result<(), String> {
    let store = bootstrap::open_store(settings).await?;
    let done = match command {
        ArchiveCommand::Status { team, json } => status(&store, team.as_ref(), json).await,
        ArchiveCommand::Sync { team } => sync(settings, &store, &team).await,
    };
    store.close().await;
    done
}

async fn status(store: &Store, slug: Option<&Slug>, json: bool) -> Result<(), String> {
    let teams = match slug {
        Some(slug) => vec![find(store, slug).await?],
        None => store.site_teams().await.map_err(message)?,
    };
    let mut told = Vec::new();
    for SiteTeam { team, .. } in teams {
        let kinds = store.archive_status(&team.id).await;
        let kinds = kinds.map_err(|error| error.to_string())?;
        if json {
            told.push(team_json(&team, &kinds));
        } else {
            print_lines(&team, &kinds);
        }
    }
    if json {
        let text = serde_json::to_string_pretty(&TeamsJson { teams: told });
        say(&text.map_err(|error| error.to_string())?);
    }
    Ok(())
}

fn print_lines(team: &Team, kinds: &[ArchiveStatus]) {
    if kinds.is_empty() {
        say(&format!("{}\tnothing yet", team.slug));
    }
    for kind in kinds {
        let since = kind.complete_since.map(|since| format!(" since {since}"));
        let reach = match (kind.is_reading_back, since) {
            (false, since) => format!("complete{}", since.unwrap_or_default()),
            (true, Some(since)) => format!("complete{since}, reading back"),
            (true, None) => "not complete".to_owned(),
        };
        let as_of = kind
            .last_success
            .map_or_else(|| "-".to_owned(), |at| at.to_string());
        let error = kind.error.as_deref().unwrap_or("-");
        say(&format!(
            "{}\t{}\t{} stored\t{reach}\tas of {as_of}\t{error}",
            team.slug,
            kind.kind.code(),
            kind.stored
        ));
    }
}

fn team_json(team: &Team, kinds: &[ArchiveStatus]) -> TeamJson {
    let kind = |wanted: ArchiveKind| {
        let status = kinds.iter().find(|status| status.kind == wanted);
        status.map_or_else(KindJson::default, |status| KindJson {
            stored: status.stored,
            complete: status.is_complete,
            complete_since: status.complete_since.map(KstDateTime::to_rfc3339),
            last_success: status.last_success.map(KstDateTime::to_rfc3339),
            error: status.error.clone(),
        })
    };
    TeamJson {
        slug: team.slug.to_string(),
        tickets: kind(ArchiveKind::Tickets),
        events: kind(ArchiveKind::Events),
        history: kind(ArchiveKind::History),
    }
}

/// Runs the team's job until nothing is due. While a portal runs it, that one does the work.
async fn sync(settings: &Settings, store: &Store, slug: &Slug) -> Result<(), String> {
    let SiteTeam { team, archived, .. } = find(store, slug).await?;
    if archived.is_some() {
        return Err(format!("team {slug} is archived, nothing is called for it"));
    }
    let failed = |error: crate::store::Error| error.to_string();
    let pace = Pace(settings.archive_pace.0);
    let secmon = bootstrap::api(settings)?;
    let archive_settings = ArchiveSettings::new(Duration::from_mins(5), pace);
    let archive = Archive::new(store.clone(), secmon, archive_settings).only(team.id.clone());
    let runner = Runner::new(store.clone());
    let begun = store.archive_clock();
    store.wake_archive(&team.id).await.map_err(failed)?;
    loop {
        runner.run_due(archive.clone()).await.map_err(failed)?;
        if store.is_archive_idle(&team.id).await.map_err(failed)? {
            return status(store, Some(slug), false).await;
        }
        let kinds = store.archive_status(&team.id).await.map_err(failed)?;
        for kind in kinds {
            if let Some(error) = kind.error.filter(|_| kind.error_at >= Some(begun)) {
                return Err(format!("{}: {error}", kind.kind.code()));
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn find(store: &Store, slug: &Slug) -> Result<SiteTeam, String> {
    let team = store.site_team(slug).await.map_err(message)?;
    team.ok_or_else(|| format!("there is no team {slug}"))
}
