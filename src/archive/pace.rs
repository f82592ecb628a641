//! How fast the source is called.

use std::time::Duration;

/// The time from the start of one call to the start of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(pub Duration);

/// A run without a pace ends now and then all the same, so that other teams get their turn.
const MAX_BUDGET: u128 = 6000;

/// Each task gets its turns in every run, however slow the pace.
const MIN_BUDGET: u128 = 60;

impl Pace {
    /// One call follows the other.
    pub const UNLIMITED: Self = Self(Duration::ZERO);

    pub(super) fn calls_per_minute(self) -> u32 {
        let gap = self.0.as_micros().max(1);
        let calls = Duration::from_mins(1).as_micros() / gap;
        u32::try_from(calls.clamp(MIN_BUDGET, MAX_BUDGET)).unwrap_or(u32::MAX)
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
}
