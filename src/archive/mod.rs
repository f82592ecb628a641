//! The archive's synchronization: a job for each team that reads tickets, events and history and keeps them.
//!
//! The newest rows come first, then those back to the beginning. One call is made at a time, at a settable pace, and no
//! more than a budget of calls in one run; every page is stored together with the progress that it makes, so that a run
//! can end at any call. A page that is looked at has the newest rows read at once (`freshness`, `ticket`). `lists` walks over the pages of tickets and history, `events` over windows of time, `parts` over
//! the tickets whose texts are due; they take turns, so that none waits for the end of another.

mod events;
mod freshness;
mod key;
mod lists;
mod pace;
mod parts;
mod run;
mod source_state;
mod ticket;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio_util::task::TaskTracker;

use crate::{
    jobs::{Context, Job, JobError, Next},
    model::{KstDateTime, Team, TeamId},
    sanitizer::Sanitizer,
    secmon::Secmon,
    store::{ArchiveStatus, Error, JobKind, Store},
};

pub use freshness::{Freshness, Refresh, SourceState};
pub use pace::Pace;
pub use ticket::{TicketParts, TicketReading};

use run::Run;
use source_state::{Source, Sources};

/// How the archive is kept up to date.
#[derive(Debug, Clone)]
pub struct ArchiveSettings {
    pub is_on: bool,
    /// How often the newest rows are asked for.
    pub interval: Duration,
    pub pace: Pace,
    /// Calls that one run may make; what is left is done in the next one.
    pub budget: u32,
    /// How long a page waits for the newest rows.
    pub patience: Duration,
}

/// The archives of all teams, and the job that fills them. A clone shares what is known of the sources.
#[derive(Clone)]
pub struct Archive {
    store: Store,
    secmon: Secmon,
    settings: ArchiveSettings,
    started_at: KstDateTime,
    only: Option<TeamId>,
    sanitizer: Sanitizer,
    sources: Sources,
    /// Readings that outlive the page that they are for.
    tasks: TaskTracker,
}

impl ArchiveSettings {
    /// With the budget that the pace allows in about a minute.
    #[must_use]
    pub fn new(interval: Duration, pace: Pace) -> Self {
        Self {
            is_on: true,
            interval,
            budget: pace.calls_per_minute(),
            pace,
            patience: Duration::from_secs(1),
        }
    }

    /// Without a synchronization: pages ask the source.
    #[must_use]
    pub fn off() -> Self {
        Self {
            is_on: false,
            ..Self::new(Duration::from_hours(1), Pace::UNLIMITED)
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
            sanitizer: Sanitizer::default(),
            sources: Sources::default(),
            tasks: TaskTracker::new(),
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

    #[must_use]
    pub fn is_on(&self) -> bool {
        self.settings.is_on
    }

    /// How far each kind of a team's archive is; empty before its first synchronization. An error that the database could
    /// not take is told by the portal that met it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn status(&self, team: &TeamId) -> Result<Vec<ArchiveStatus>, Error> {
        let mut kinds = self.store.archive_status(team).await?;
        if let Some((error, at)) = self.source(team).write_failure() {
            for kind in &mut kinds {
                kind.error = Some(error.clone());
                kind.error_at = Some(at);
            }
        }
        Ok(kinds)
    }

    fn source(&self, team: &TeamId) -> Arc<Source> {
        self.sources.get(team, self.settings.pace)
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
