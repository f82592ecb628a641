//! The hourly deletion of expired rows, those of archives with a retention among them.

use std::time::Duration;

use crate::store::{Error, JobKind, Store};

use super::{Context, Job, JobError, Next};

const INTERVAL: Duration = Duration::from_hours(1);

/// Deletes expired sessions, links and counts.
pub struct Sweep(pub Store);

impl Job for Sweep {
    const KIND: JobKind = JobKind::Sweep;
    const MAX_CONCURRENT: usize = 1;
    type Target = ();

    fn key((): &()) -> &'static str {
        "all"
    }

    async fn targets(&self) -> Result<Vec<()>, Error> {
        Ok(vec![()])
    }

    async fn run(&self, (): &(), context: &Context) -> Result<Next, JobError> {
        self.0.delete_expired().await?;
        for team in self.0.teams().await? {
            while self.0.delete_expired_rows(&team.id).await? > 0 {
                if context.is_stopping() {
                    return Ok(Next::Stopped);
                }
            }
        }
        Ok(Next::Again(INTERVAL))
    }
}
