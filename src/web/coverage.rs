//! A team's coverage, for the overview and the list of teams.

use chrono::TimeDelta;

use crate::{
    model::{Coverage, KnownServer, ServerChange, TeamId},
    store::{Error, Store},
};

use super::layout::NavTeam;

pub const RECENT_CHANGES: TimeDelta = TimeDelta::days(7);

/// The newest servers and changes on a page.
pub const MAX_ROWS: usize = 10;

/// A team's servers in the inventory snapshot.
pub struct TeamCoverage {
    pub team: NavTeam,
    /// `None` before the first snapshot.
    pub coverage: Option<Coverage>,
    /// Consecutive failures of the lists since.
    pub failures: u32,
    /// Servers that are not monitored, last monitored first.
    pub unprotected: Vec<KnownServer>,
    pub changes: Vec<ServerChange>,
}

impl TeamCoverage {
    pub async fn load(store: &Store, id: &TeamId, team: NavTeam) -> Result<Self, Error> {
        let most = u32::try_from(MAX_ROWS).unwrap_or(u32::MAX);
        Ok(Self {
            team,
            coverage: store.coverage(id).await?,
            failures: store.poll_failures(id).await?,
            unprotected: store.unprotected(id, most).await?,
            changes: store.server_changes(id, RECENT_CHANGES, most, None).await?,
        })
    }

    #[must_use]
    pub fn rows_unprotected(&self) -> Vec<(&NavTeam, &KnownServer)> {
        let rows = self.unprotected.iter();
        rows.map(|server| (&self.team, server)).collect()
    }

    #[must_use]
    pub fn rows_changed(&self) -> Vec<(&NavTeam, &ServerChange)> {
        let rows = self.changes.iter();
        rows.map(|change| (&self.team, change)).collect()
    }

    /// Servers that are not monitored beyond the rows shown.
    #[must_use]
    pub fn unprotected_left(&self) -> u64 {
        let all = self.coverage.map_or(0, |coverage| coverage.not_monitored());
        all.saturating_sub(self.unprotected.len() as u64)
    }
}
