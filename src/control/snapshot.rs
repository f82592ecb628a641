//! Reading a team's VM lists: whoever does, what they tell is kept.

use std::collections::HashSet;

use chrono::TimeDelta;
use tokio::time::Instant;

use crate::{
    model::{ApiAccess, KstDateTime, ServerLists, TeamId},
    secmon,
    store::{ChangeRequest, Error},
};

use super::{
    Control,
    reconcile::{RequestedSince, settle},
};

/// Both VM lists.
#[derive(Debug)]
pub struct InventoryReading {
    pub fleet: ServerLists,
    /// When reading them began: what has happened since they need not show.
    pub begun: KstDateTime,
}

impl Control {
    /// Reads both lists.
    ///
    /// # Errors
    /// When the API does not tell one of them.
    pub async fn read_lists(&self, access: &ApiAccess) -> Result<InventoryReading, secmon::Error> {
        // When the database does not answer, nothing that is read is compared with its times.
        let begun = self.store.time().await;
        let begun = begun.unwrap_or_else(|_| self.clock.korean());
        let asked = Instant::now();
        let (fleet, started) = self.secmon.fleet(access).await?;
        // The calls may be another reader's, which began earlier.
        let earlier = TimeDelta::from_std(asked.saturating_duration_since(started));
        let begun = begun.minus(earlier.unwrap_or_default());
        let reading = InventoryReading { fleet, begun };
        self.keep(&access.team, &reading).await;
        if let Err(error) = self.store.readings_work(&access.team).await {
            tracing::warn!(%error, "that the VM lists can be read could not be kept");
        }
        Ok(reading)
    }

    /// What cannot be kept is told all the same.
    pub(super) async fn keep(&self, team: &TeamId, reading: &InventoryReading) {
        let InventoryReading { fleet, begun } = reading;
        // First, while what was under way explains what has changed.
        if let Err(error) = self.store.keep_reading(team, fleet, *begun).await {
            tracing::warn!(%error, "what the VM lists tell could not be kept");
        }
        if let Err(error) = self.settle(team, reading).await {
            tracing::warn!(%error, "what the VM lists tell of requests could not be kept");
        }
    }

    /// Writes down what a reading tells of the team's requests, also of those that have ended: what
    /// was done may be undone, and what was refused may have been done.
    pub(super) async fn settle(
        &self,
        team: &TeamId,
        reading: &InventoryReading,
    ) -> Result<(), Error> {
        let now = self.store.time().await?;
        let from = now.minus(ChangeRequest::FOLLOWED);
        let mut asked_since = RequestedSince::default();
        let requests = self.store.control_asked(team, from, now).await?;
        let mut gone = HashSet::new();
        if requests.iter().any(ChangeRequest::is_open) {
            gone = self.store.gone_servers(team).await?;
        }
        for request in requests {
            // Of what was called since it began, the reading tells nothing.
            if request.finished.is_some() && request.touched <= reading.begun {
                let settled = settle(&request, reading, &asked_since, &gone);
                self.store.settle_items(&request.id, &settled).await?;
            }
            asked_since.learn(&request, reading);
        }
        Ok(())
    }
}
