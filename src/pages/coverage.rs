//! How much of a team is monitored, as the overview and the list of teams show it.

use chrono::TimeDelta;

use crate::{
    model::{Coverage, KnownServer, ServerChange, TeamId},
    store::{Error, Store},
    web::layout::NavTeam,
};

/// The last days, in which changes are shown.
pub const RECENT_CHANGES: TimeDelta = TimeDelta::days(7);

/// The most servers and changes that a page shows: the newest.
pub const MAX_ROWS: usize = 10;

/// What is known of a team's servers from the latest reading of its lists.
pub struct TeamCoverage {
    pub team: NavTeam,
    /// Nothing before the first reading.
    pub coverage: Option<Coverage>,
    /// How often in a row the lists could not be read since.
    pub failures: u32,
    /// Some of the servers that are not monitored, those first that were monitored last.
    pub unprotected: Vec<KnownServer>,
    pub changes: Vec<ServerChange>,
}

impl TeamCoverage {
    pub async fn of(store: &Store, id: &TeamId, team: NavTeam) -> Result<Self, Error> {
        let most = u32::try_from(MAX_ROWS).unwrap_or(u32::MAX);
        Ok(Self {
            team,
            coverage: store.coverage(id).await?,
            failures: store.poll_failures(id).await?,
            unprotected: store.unprotected(id, most).await?,
            changes: store.server_changes(id, RECENT_CHANGES, most, None).await?,
        })
    }

    /// As the tables show them, beside their team.
    #[must_use]
    pub fn rows_unprotected(&self) -> Vec<(&NavTeam, &KnownServer)> {
        self.unprotected
            .iter()
            .map(|unprotected| (&self.team, unprotected))
            .collect()
    }

    #[must_use]
    pub fn rows_changed(&self) -> Vec<(&NavTeam, &ServerChange)> {
        self.changes
            .iter()
            .map(|change| (&self.team, change))
            .collect()
    }

    /// How many are not monitored besides those that are shown.
    #[must_use]
    pub fn unprotected_left(&self) -> u64 {
        let shown = u64::try_from(self.unprotected.len()).unwrap_or(u64::MAX);
        let all = self.coverage.map_or(0, |coverage| coverage.not_monitored());
        all.saturating_sub(shown)
    }
}
