//! How fast the source is called.

use std::time::Duration;

use tokio::time::Instant;

/// The time from the start of one call to the start of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(pub Duration);

/// A run without a pace ends now and then all the same, so that other teams get their turn.
const MAX_BUDGET: u128 = 6000;

/// Each task gets its turns in every run, however slow the pace.
const MIN_BUDGET: u128 = 60;

/// A source that refuses calls is called at most this often at first, whatever the pace.
const MIN_SLOWED_GAP: Duration = Duration::from_millis(200);

const MAX_GAP: Duration = Duration::from_mins(1);

/// How much faster a slowed source is called after a minute.
const RECOVERY: f64 = 1.1;

impl Pace {
    /// One call follows the other.
    pub const UNLIMITED: Self = Self(Duration::ZERO);

    pub(super) fn calls_per_minute(self) -> u32 {
        let gap = self.0.as_micros().max(1);
        let calls = Duration::from_mins(1).as_micros() / gap;
        u32::try_from(calls.clamp(MIN_BUDGET, MAX_BUDGET)).unwrap_or(u32::MAX)
    }
}

/// A pace that halves when the source asks for fewer calls, and recovers by a tenth each minute.
#[derive(Debug)]
pub(super) struct AdaptivePace {
    pace: Pace,
    slowed: Option<(Duration, Instant)>,
}

impl AdaptivePace {
    pub fn new(pace: Pace) -> Self {
        Self { pace, slowed: None }
    }

    pub fn gap(&self, now: Instant) -> Duration {
        let Pace(usual) = self.pace;
        let Some((gap, since)) = self.slowed else {
            return usual;
        };
        let minutes = now.duration_since(since).as_secs_f64() / 60.0;
        let gap = gap.div_f64(RECOVERY.powf(minutes));
        // Without a pace, a short gap is none.
        if gap <= usual || gap < MIN_SLOWED_GAP / 4 {
            usual
        } else {
            gap
        }
    }

    pub fn slow_down(&mut self, now: Instant) {
        let gap = (self.gap(now) * 2).clamp(MIN_SLOWED_GAP, MAX_GAP.max(self.pace.0));
        self.slowed = Some((gap, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_is_a_minute_of_calls_within_bounds() {
        let calls = |gap| Pace(Duration::from_millis(gap)).calls_per_minute();
        assert_eq!([0, 500, 5000].map(calls), [6000, 120, 60]);
    }

    #[test]
    fn pace_halves_and_recovers_by_a_tenth_each_minute() {
        let start = Instant::now();
        let usual = Duration::from_millis(500);
        let mut pace = AdaptivePace::new(Pace(usual));
        pace.slow_down(start);
        assert_eq!(pace.gap(start), usual * 2);
        pace.slow_down(start);
        assert_eq!(pace.gap(start), usual * 4);
        let gap = pace.gap(start + Duration::from_mins(1));
        assert_eq!(gap.as_millis(), 1818);
        assert_eq!(pace.gap(start + Duration::from_mins(15)), usual);
        for _ in 0..20 {
            pace.slow_down(start);
        }
        assert_eq!(pace.gap(start), MAX_GAP);
    }

    #[test]
    fn unlimited_pace_slows_down_too() {
        let start = Instant::now();
        let mut pace = AdaptivePace::new(Pace::UNLIMITED);
        assert_eq!(pace.gap(start), Duration::ZERO);
        pace.slow_down(start);
        assert_eq!(pace.gap(start), MIN_SLOWED_GAP);
        assert_eq!(pace.gap(start + Duration::from_mins(20)), Duration::ZERO);
    }
}
