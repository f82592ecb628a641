//! Rate limiting of failures: exponential backoff, no permanent lockout.
//!
//! A failure counts until it decays; only failures count. The times are milliseconds since 1970.

/// The longest wait between two attempts.
pub const MAX_WAIT: i64 = 15 * 60 * 1000;

const MIN_WAIT: i64 = 1000;

/// After as many doublings the wait is the longest, and further failures are not counted.
const MAX_DOUBLINGS: i64 = 10;

/// How many failures are free, and how fast they decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    pub free: i64,
    /// One failure decays in this time.
    pub decay: i64,
}

/// The failures of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    pub last_at: i64,
    /// When all of them have decayed.
    pub decayed_at: i64,
}

impl RateLimit {
    /// Stored state, corrected for a wrong clock: a time in the future counts as now, and failures are capped at the
    /// limit's own maximum.
    #[must_use]
    pub fn clamp(&self, stored: Failures, now: i64) -> Failures {
        let ahead = (stored.last_at - now).max(0);
        let decayed_at = stored.decayed_at.saturating_sub(ahead);
        Failures {
            last_at: stored.last_at - ahead,
            decayed_at: decayed_at.min(now.saturating_add(self.max_span())),
        }
    }

    /// How long the next attempt has to wait: one second after the free failures, twice as long after each further one.
    #[must_use]
    pub fn wait(&self, failures: Failures, now: i64) -> i64 {
        let doublings = self.count(failures, now) - self.free;
        if doublings < 0 {
            return 0;
        }
        let pause = (MIN_WAIT << doublings.min(MAX_DOUBLINGS)).min(MAX_WAIT);
        (failures.last_at + pause - now).clamp(0, MAX_WAIT)
    }

    /// One more failure.
    #[must_use]
    pub fn add(&self, failures: Failures, now: i64) -> Failures {
        let decayed_at = failures.decayed_at.max(now) + self.decay;
        let latest = now + self.max_span();
        Failures {
            last_at: now,
            decayed_at: decayed_at.min(latest),
        }
    }

    /// The failures that have not decayed; a part of one counts as one.
    #[must_use]
    pub fn count(&self, failures: Failures, now: i64) -> i64 {
        let left = (failures.decayed_at - now).max(0);
        left / self.decay + i64::from(left % self.decay > 0)
    }

    /// The longest time in which all failures decay.
    const fn max_span(&self) -> i64 {
        (self.free + MAX_DOUBLINGS) * self.decay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit {
        free: 5,
        decay: MAX_WAIT,
    };
    const NOW: i64 = 1_750_000_000_000;
    const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;

    fn after(failures: i64) -> Failures {
        (0..failures).fold(Failures::default(), |so_far, _| LIMIT.add(so_far, NOW))
    }

    #[test]
    fn wait_doubles_up_to_a_quarter_of_an_hour() {
        for (failures, since, wait) in [
            (0, 0, 0),
            (4, 0, 0),
            (5, 0, 1000),
            (5, 1000, 0),
            (7, 0, 4000),
            (7, 3999, 1),
            (7, 4000, 0),
            (4000, 0, MAX_WAIT),
            (4000, MAX_WAIT, 0),
        ] {
            let waits = LIMIT.wait(after(failures), NOW + since);
            assert_eq!(waits, wait, "{failures} failures, {since} ms ago");
        }
    }

    #[test]
    fn failures_decay_one_by_one() {
        for (failures, since, left) in [
            (3, 0, 3),
            (3, MAX_WAIT, 2),
            (3, 3 * MAX_WAIT - 1, 1),
            (3, 3 * MAX_WAIT, 0),
            (4000, 0, 15),
            (4000, 15 * MAX_WAIT, 0),
        ] {
            let count = LIMIT.count(after(failures), NOW + since);
            assert_eq!(count, left, "{failures} failures, {since} ms ago");
        }
    }

    #[test]
    fn failure_in_the_future_counts_as_now() {
        for failures in [7, 4000] {
            let clamped = LIMIT.clamp(after(failures), NOW - YEAR);
            let (wait, count) = (
                LIMIT.wait(clamped, NOW - YEAR),
                LIMIT.count(clamped, NOW - YEAR),
            );
            assert_eq!(wait, LIMIT.wait(after(failures), NOW));
            assert_eq!(count, LIMIT.count(after(failures), NOW));
        }
        let nonsense = Failures {
            last_at: 0,
            decayed_at: i64::MAX,
        };
        assert_eq!(LIMIT.count(LIMIT.clamp(nonsense, NOW), NOW), 15);
    }
}
