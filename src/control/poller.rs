//! The poll job: reads server lists often while a request is under way, and at an interval otherwise.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    jobs::{Context, Job, JobError, Next},
    model::Team,
    store::{Error, JobKind},
};

use super::{Control, InventoryReading};

/// Total time of one reading of both lists.
const READING_TIMEOUT: Duration = Duration::from_secs(50);

/// Shortest and longest pause of a team without a request under way. Readings that tell nothing
/// new are recorded at most once a minute, and the store names teams by recorded readings.
const IDLE_PAUSES: [TimeDelta; 2] = [TimeDelta::seconds(5), TimeDelta::minutes(1)];

/// The job that tracks requests and records coverage.
#[derive(Clone)]
pub struct Poller {
    control: Control,
    /// Lists are read at least this often, also without a request under way.
    interval: Option<TimeDelta>,
}

impl Control {
    #[must_use]
    pub fn poller(&self, interval: Option<Duration>) -> Poller {
        Poller {
            control: self.clone(),
            interval: interval.and_then(|interval| TimeDelta::from_std(interval).ok()),
        }
    }
}

impl Poller {
    fn idle_pause(&self) -> Duration {
        let [min, max] = IDLE_PAUSES;
        let pause = self
            .interval
            .map_or(min, |interval| interval.clamp(min, max));
        pause.to_std().unwrap_or_default()
    }
}

impl Job for Poller {
    const KIND: JobKind = JobKind::Poll;
    // SQLite has one writer and eight connections: pages keep some of them.
    const MAX_CONCURRENT: usize = 4;
    type Target = Team;

    fn key(team: &Team) -> &str {
        &team.id.0
    }

    async fn targets(&self) -> Result<Vec<Team>, Error> {
        self.control.store.teams_to_poll(self.interval).await
    }

    async fn run(&self, team: &Team, context: &Context) -> Result<Next, JobError> {
        let Control { store, secmon, .. } = &self.control;
        let requests = store.requests_to_poll(&team.id).await?;
        let access = store.api_access(team).await?;
        let begun = store.time().await?;
        let reading = tokio::time::timeout(READING_TIMEOUT, secmon.fleet_in_turn(&access));
        let fleet = tokio::select! {
            () = context.stopped() => return Ok(Next::Stopped),
            reading = reading => match reading {
                Ok(Ok(fleet)) => fleet,
                Ok(Err(error)) => {
                    let retry_after = error.retry_after();
                    return Err(JobError::new(error, retry_after));
                }
                Err(_) => return Err(JobError::new("the server lists were not read in time", None)),
            },
        };
        self.control
            .record(&team.id, &InventoryReading { fleet, begun })
            .await;
        tracing::debug!(team = %team.slug, requests = requests.len(), "polled the server lists");
        Ok(match requests.last() {
            Some(youngest) => Next::Again(pace(begun.to_utc() - youngest.asked.to_utc())),
            None => Next::Again(self.idle_pause()),
        })
    }
}

/// The pause by the age of the youngest request: a quick effect shows at once, and one that takes
/// its hour is looked up a few times.
fn pace(age: TimeDelta) -> Duration {
    Duration::from_secs(match age.num_seconds() {
        ..60 => 5,
        60..300 => 20,
        300..1200 => 60,
        1200..4200 => 180,
        _ => 1800,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_quickly_at_first_then_slower() {
        let seconds = [-600, 0, 59, 60, 600, 3599, 4200];
        let paces = seconds.map(|age| pace(TimeDelta::seconds(age)).as_secs());
        assert_eq!(paces, [5, 5, 5, 20, 60, 180, 1800]);
    }
}
