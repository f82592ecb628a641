//! Reading a team's server lists. Every reading is recorded.

use std::collections::HashSet;

use chrono::TimeDelta;
use tokio::time::Instant;

use crate::{
    model::{ApiAccess, ChangeRequest, KstDateTime, ServerLists, TeamId},
    secmon,
    store::Error,
};

use super::{
    Control,
    reconcile::{RequestedSince, reconcile},
};

/// A reading of both lists.
#[derive(Debug)]
pub struct InventoryReading {
    pub fleet: ServerLists,
    /// When it began: it need not show later changes.
    pub begun: KstDateTime,
}

impl Control {
    /// Reads both lists.
    ///
    /// # Errors
    /// When the API returns no complete list.
    pub async fn read_lists(&self, access: &ApiAccess) -> Result<InventoryReading, secmon::Error> {
        // Without the database nothing is compared with its times.
        let begun = self.store.time().await;
        let begun = begun.unwrap_or_else(|_| self.clock.korean());
        let asked = Instant::now();
        let (fleet, started) = self.secmon.fleet(access).await?;
        // The calls may be another reader's, which began earlier.
        let earlier = TimeDelta::from_std(asked.saturating_duration_since(started));
        let begun = begun.minus(earlier.unwrap_or_default());
        let reading = InventoryReading { fleet, begun };
        self.record(&access.team, &reading).await;
        if let Err(error) = self.store.reset_poll_failures(&access.team).await {
            tracing::warn!(%error, "the back-off of the poll job was not reset");
        }
        Ok(reading)
    }

    /// Records a reading. Without the database it is shown all the same.
    pub(super) async fn record(&self, team: &TeamId, reading: &InventoryReading) {
        let InventoryReading { fleet, begun } = reading;
        // Before requests are reconciled: those under way explain changes.
        if let Err(error) = self.store.record_reading(team, fleet, *begun).await {
            tracing::warn!(%error, "a reading of the server lists was not recorded");
        }
        if let Err(error) = self.reconcile(team, reading).await {
            tracing::warn!(%error, "change requests were not reconciled");
        }
    }

    /// Updates the team's recent requests, also finished ones: a done item may be undone, and a
    /// refused one done.
    pub(super) async fn reconcile(
        &self,
        team: &TeamId,
        reading: &InventoryReading,
    ) -> Result<(), Error> {
        let now = self.store.time().await?;
        let from = now.minus(ChangeRequest::TRACKING_TIMEOUT);
        let requests = self.store.control_asked(team, from, now).await?;
        let mut gone = HashSet::new();
        if requests.iter().any(ChangeRequest::is_open) {
            gone = self.store.gone_servers(team).await?;
        }
        let mut requested_since = RequestedSince::default();
        for request in requests {
            // The reading does not reflect later calls.
            if request.finished.is_some() && request.touched <= reading.begun {
                let updates = reconcile(&request, reading, &requested_since, &gone);
                self.store.update_items(&request.id, &updates).await?;
            }
            requested_since.learn(&request, reading);
        }
        Ok(())
    }
}
