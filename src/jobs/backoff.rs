//! Pauses between runs: exponential back-off after failures, capped, with jitter.

use std::time::Duration;

/// Also the limit of `Retry-After`.
pub const MAX_BACKOFF: Duration = Duration::from_mins(10);

/// Longest pause that a job can ask for.
const MAX_PAUSE: Duration = Duration::from_hours(1);

/// Doubled by each consecutive failure.
const BASE: Duration = Duration::from_secs(15);

/// The pause after consecutive failures.
pub(super) fn after_failures(failures: u32, retry_after: Option<Duration>) -> Duration {
    let pause = BASE.saturating_mul(2_u32.saturating_pow(failures));
    jitter(pause.min(MAX_BACKOFF)).max(retry_after.unwrap_or_default().min(MAX_BACKOFF))
}

/// The pause requested by a job.
pub(super) fn after_success(pause: Duration) -> Duration {
    jitter(pause.min(MAX_PAUSE))
}

/// Nine tenths of a pause to all of it: jobs that ended together do not start together.
fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(0.9 + fastrand::f64() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_about(pause: Duration, seconds: u64) {
        let most = Duration::from_secs(seconds);
        assert!(pause <= most && pause >= most.mul_f64(0.89), "{pause:?}");
    }

    #[test]
    fn pause_doubles_up_to_ten_minutes() {
        for (failures, seconds) in [(1, 30), (2, 60), (5, 480), (6, 600), (u32::MAX, 600)] {
            assert_about(after_failures(failures, None), seconds);
        }
    }

    #[test]
    fn retry_after_is_obeyed_up_to_ten_minutes() {
        let wanted = Duration::from_secs(100);
        assert_eq!(after_failures(1, Some(wanted)), wanted);
        assert_eq!(after_failures(1, Some(Duration::MAX)), MAX_BACKOFF);
    }

    #[test]
    fn no_job_pauses_longer_than_an_hour() {
        assert_about(after_success(Duration::MAX), 3600);
        assert_about(after_success(Duration::from_secs(5)), 5);
    }
}
