//! Reading lists unasked: again and again while something is under way, and now and then otherwise.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::{task::JoinSet, time::MissedTickBehavior};

use crate::{
    model::Team,
    store::{ControlRequest, Error},
};

use super::{Control, FleetReading};

/// How often the store is asked whether something is due.
const TURN: Duration = Duration::from_secs(2);

/// The most time that reading a team's lists may take before another portal may try.
const WATCH: TimeDelta = TimeDelta::minutes(1);

/// The most time for the reading itself.
const READING: Duration = Duration::from_secs(50);

/// The longest pause after failures.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);

impl Control {
    /// Follows what is under way in all teams, until it is dropped.
    pub async fn keep_following(self) {
        let mut turns = tokio::time::interval(TURN);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut following = JoinSet::new();
        loop {
            turns.tick().await;
            while following.try_join_next().is_some() {}
            match self.store.teams_to_follow(self.interval).await {
                Ok(teams) => {
                    for team in teams {
                        let this = self.clone();
                        // A team whose API hangs holds up no other.
                        following.spawn(async move { this.follow(&team).await });
                    }
                }
                Err(error) => tracing::warn!(%error, "what is under way could not be looked up"),
            }
        }
    }

    /// One turn: reads the lists of every team where something is due, once.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn follow_due(&self) -> Result<(), Error> {
        let mut following = JoinSet::new();
        for team in self.store.teams_to_follow(self.interval).await? {
            let this = self.clone();
            following.spawn(async move { this.follow(&team).await });
        }
        following.join_all().await;
        Ok(())
    }

    async fn follow(&self, team: &Team) {
        if let Err(error) = self.try_follow(team).await {
            tracing::warn!(team = %team.slug, %error, "a team's requests could not be followed");
        }
    }

    /// Nothing is done when another portal has taken it upon itself.
    async fn try_follow(&self, team: &Team) -> Result<(), Error> {
        let me = self.name.as_str();
        let Some(failures) = self.store.watch(&team.id, me, WATCH).await? else {
            return Ok(());
        };
        let requests = self.store.requests_to_follow(&team.id).await?;
        let begun = self.clock.korean();
        let access = self.store.api_access(team).await?;
        let read = self.secmon.fleet_in_turn(&access);
        let (pause, failures) = match tokio::time::timeout(READING, read).await {
            Ok(Ok(fleet)) => {
                let reading = FleetReading { fleet, begun };
                self.keep(&team.id, &reading).await;
                tracing::debug!(team = %team.slug, requests = requests.len(), "what is under way was looked up");
                let youngest = requests.last().map(|request| age(request, begun.to_utc()));
                (youngest.map_or(TimeDelta::zero(), pace), 0)
            }
            failed => {
                let wanted = match failed {
                    Ok(Err(error)) => {
                        tracing::warn!(team = %team.slug, %error, "the lists could not be read to follow a request");
                        error.retry_after()
                    }
                    _ => None,
                };
                let wanted = wanted.and_then(|it| TimeDelta::from_std(it).ok());
                let failures = failures.saturating_add(1);
                (
                    after_failures(failures).max(wanted.unwrap_or_default()),
                    failures,
                )
            }
        };
        self.store.watched(&team.id, me, pause, failures).await
    }
}

fn age(request: &ControlRequest, now: chrono::DateTime<chrono::Utc>) -> TimeDelta {
    now - request.asked.to_utc()
}

/// When the lists are read again while the youngest request is of that age: what is quick shows at
/// once, and what takes its hour is looked up a few times.
fn pace(age: TimeDelta) -> TimeDelta {
    match age.num_seconds() {
        ..60 => TimeDelta::seconds(5),
        60..300 => TimeDelta::seconds(20),
        300..1200 => TimeDelta::minutes(1),
        1200..4200 => TimeDelta::minutes(3),
        _ => TimeDelta::minutes(30),
    }
}

fn after_failures(failures: u32) -> TimeDelta {
    let doubled = 15_i64.checked_shl(failures.min(8)).unwrap_or(i64::MAX);
    TimeDelta::seconds(doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_read_quickly_at_first_then_slower() {
        let seconds =
            [0, 59, 60, 600, 3599, 4200].map(|it| pace(TimeDelta::seconds(it)).num_seconds());
        assert_eq!(seconds, [5, 5, 20, 60, 180, 1800]);
        let pauses = [1, 2, 5, 30].map(|it| after_failures(it).num_seconds());
        assert_eq!(pauses, [30, 60, 480, 600]);
    }
}
