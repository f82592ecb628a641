//! Reads VM lists in the background: often while a request is under way, and now and then otherwise.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    jobs::{Context, Job, JobError, Next},
    model::{KstDateTime, Team},
    store::{ChangeRequest, Error, JobKind},
};

use super::{Control, InventoryReading};

/// Total time of one reading of both lists.
const READING_TIMEOUT: Duration = Duration::from_secs(50);

/// A reading that cannot be kept is not repeated at once.
const IDLE_PAUSE: Duration = Duration::from_secs(5);

/// The job that follows requests and keeps the coverage of teams up to date.
#[derive(Clone)]
pub struct Poller {
    control: Control,
    /// The lists of a team are read at least this often, also when nothing is under way.
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

impl Job for Poller {
    const KIND: JobKind = JobKind::Poll;
    // SQLite has one writer and eight connections: pages keep some of them.
    const MAX_CONCURRENT: usize = 4;
    type Target = Team;

    fn key(team: &Team) -> &str {
        &team.id.0
    }

    async fn targets(&self) -> Result<Vec<Team>, Error> {
        self.control.store.teams_to_follow(self.interval).await
    }

    async fn run(&self, team: &Team, context: &Context) -> Result<Next, JobError> {
        let Control { store, secmon, .. } = &self.control;
        let requests = store.requests_to_follow(&team.id).await?;
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
                Err(_) => return Err(JobError::new("the lists were not read in time", None)),
            },
        };
        self.control
            .keep(&team.id, &InventoryReading { fleet, begun })
            .await;
        tracing::debug!(team = %team.slug, requests = requests.len(), "polled the VM lists");
        Ok(match requests.last() {
            Some(youngest) => Next::Again(pace(youngest, begun)),
            None => Next::Again(IDLE_PAUSE),
        })
    }
}

/// The pause while the youngest request is of its age: a quick effect shows at once, and one that
/// takes its hour is looked up a few times.
fn pace(youngest: &ChangeRequest, now: KstDateTime) -> Duration {
    pace_at((now.to_utc() - youngest.asked.to_utc()).num_seconds())
}

fn pace_at(seconds: i64) -> Duration {
    Duration::from_secs(match seconds {
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
        let paces = seconds.map(|age| pace_at(age).as_secs());
        assert_eq!(paces, [5, 5, 5, 20, 60, 180, 1800]);
    }
}
