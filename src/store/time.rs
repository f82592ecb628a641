//! The database's clock, shared by portals on several hosts.

use chrono::TimeDelta;
use sqlx::{Any, Executor};

use crate::model::KstDateTime;

use super::{Error, Store, read_time};

impl Store {
    /// Now, by the clock that leases, deadlines and the times of requests go by.
    pub async fn time(&self) -> Result<KstDateTime, Error> {
        read_time(self.database_now(&self.pool).await?)
    }

    /// The database's time in milliseconds since 1970, or a stopped clock's in tests.
    pub(super) async fn database_now<'e>(
        &self,
        executor: impl Executor<'e, Database = Any>,
    ) -> Result<i64, Error> {
        if let Some(stopped) = self.clock.stopped_at() {
            return Ok(stopped.timestamp_millis());
        }
        let now = self.pool.engine.now();
        Ok(sqlx::query_scalar(now).fetch_one(executor).await?)
    }
}

/// The times that lie less than `span` away from `now`. A time further ahead was written before
/// the clock was set back: it counts as past, so that nothing waits longer than its own span.
pub(super) fn around(now: i64, span: TimeDelta) -> (i64, i64) {
    let span = span.num_milliseconds() - 1;
    (now.saturating_sub(span), now.saturating_add(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn around_excludes_times_a_whole_span_away() {
        assert_eq!(around(10_000, TimeDelta::seconds(1)), (9_001, 10_999));
        assert_eq!(around(i64::MAX, TimeDelta::MAX).1, i64::MAX);
    }
}
