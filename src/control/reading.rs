//! Reading a team's VM lists: whoever does, what they tell is kept.

use crate::{
    model::{ApiAccess, Fleet, KoreanTime, TeamId},
    secmon,
};

use super::Control;

/// Both VM lists.
#[derive(Debug)]
pub struct FleetReading {
    pub fleet: Fleet,
    /// When reading them began: what has happened since they need not show.
    pub begun: KoreanTime,
}

impl Control {
    /// Reads both lists.
    ///
    /// # Errors
    /// When the API does not tell one of them.
    pub async fn read_lists(&self, access: &ApiAccess) -> Result<FleetReading, secmon::Error> {
        let begun = self.clock.korean();
        let fleet = self.secmon.fleet(access).await?;
        let reading = FleetReading { fleet, begun };
        self.keep(&access.team, &reading).await;
        if let Err(error) = self.store.readings_work(&access.team).await {
            tracing::warn!(%error, "that the VM lists can be read could not be kept");
        }
        Ok(reading)
    }

    /// What cannot be kept is told all the same.
    pub(super) async fn keep(&self, team: &TeamId, reading: &FleetReading) {
        let FleetReading { fleet, begun } = reading;
        if let Err(error) = self.store.keep_reading(team, fleet, *begun).await {
            tracing::warn!(%error, "what the VM lists tell could not be kept");
        }
    }
}
