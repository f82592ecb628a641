//! The archive's synchronization: a job for each team that reads tickets, events and history and keeps them.
//!
//! The newest rows come first, then those back to the beginning. One call is made at a time, at a settable pace, and no
//! more than a budget of calls in one run; every page is stored together with the progress that it makes, so that a run
//! can end at any call. `lists` walks over the pages of tickets and history, `events` over windows of time, `parts` over
//! the tickets whose texts are due; they take turns, so that none waits for the end of another.

mod events;
mod lists;
mod pace;
mod parts;
mod run;

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    jobs::{Context, Job, JobError, Next},
    model::{KstDateTime, Team, TeamId},
    secmon::Secmon,
    store::{Error, JobKind, Store},
};

pub use pace::Pace;

use run::Run;

/// How the archive is kept up to date.
#[derive(Debug, Clone)]
pub struct ArchiveSettings {
    /// How often the newest rows are asked for.
    pub interval: Duration,
    pub pace: Pace,
    /// Calls that one run may make; what is left is done in the next one.
    pub budget: u32,
}

/// The job that fills the archives.
#[derive(Clone)]
pub struct Archive {
    store: Store,
    secmon: Secmon,
    settings: ArchiveSettings,
    started_at: KstDateTime,
    only: Option<TeamId>,
}

impl ArchiveSettings {
    /// With the budget that the pace allows in about a minute.
    #[must_use]
    pub fn new(interval: Duration, pace: Pace) -> Self {
        Self {
            interval,
            budget: pace.calls_per_minute(),
            pace,
        }
    }
}

impl Archive {
    #[must_use]
    pub fn new(store: Store, secmon: Secmon, settings: ArchiveSettings) -> Self {
        Self {
            started_at: store.archive_clock(),
            store,
            secmon,
            settings,
            only: None,
        }
    }

    /// The same for one team alone.
    #[must_use]
    pub fn only(self, team: TeamId) -> Self {
        Self {
            only: Some(team),
            ..self
        }
    }

    fn interval_millis(&self) -> i64 {
        let interval = TimeDelta::from_std(self.settings.interval);
        interval.map_or(i64::MAX, |interval| interval.num_milliseconds())
    }
}

impl Job for Archive {
    const KIND: JobKind = JobKind::Archive;
    // A run spends its time waiting for the source and for its pace.
    const MAX_CONCURRENT: usize = 8;
    type Target = Team;

    fn key(team: &Team) -> &str {
        &team.id.0
    }

    async fn targets(&self) -> Result<Vec<Team>, Error> {
        let mut teams = self.store.teams().await?;
        if let Some(only) = &self.only {
            teams.retain(|team| team.id == *only);
        }
        Ok(teams)
    }

    async fn run(&self, team: &Team, context: &Context) -> Result<Next, JobError> {
        let access = self.store.api_access(team).await?;
        Run::start(self, access, context).await?.finish().await
    }
}
