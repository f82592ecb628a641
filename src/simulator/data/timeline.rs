//! Timestamps of rows: ordered, denser by day than by night, computed from the row number.

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

use super::{in_korea, seed::Seed};

/// How busy each hour of a Korean day is.
const BUSY: [u64; 24] = [
    6, 5, 4, 3, 3, 3, 4, 6, 9, 12, 14, 13, 10, 12, 14, 14, 13, 12, 10, 9, 10, 11, 9, 8,
];
/// Parts of a row's place in time that chance decides.
const STEPS: u64 = 1000;

/// The moments of `count` rows in the days before `end`, oldest first, and of the rows added since.
#[derive(Debug, Clone)]
pub struct Timeline {
    seed: Seed,
    end: DateTime<Utc>,
    days: u64,
    count: usize,
    later: Vec<DateTime<Utc>>,
}

impl Timeline {
    pub fn new(seed: Seed, end: DateTime<Utc>, days: u64, count: usize) -> Self {
        Self {
            seed,
            end,
            days,
            count,
            later: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.count + self.later.len()
    }

    /// Adds rows that happened at `at`, which must not lie before the last row.
    pub fn add(&mut self, at: DateTime<Utc>, rows: usize) {
        self.later.extend(std::iter::repeat_n(at, rows));
    }

    /// When row `index` happened; row 0 is the oldest.
    pub fn at(&self, index: usize) -> DateTime<Utc> {
        if let Some(later) = index.checked_sub(self.count) {
            return self.later.get(later).copied().unwrap_or(self.end);
        }
        let chance = u128::from(self.seed.part(index).rng().u64(..STEPS));
        let all = u128::from(self.days * 24 * 3600 * STEPS);
        let place = (index as u128 * u128::from(STEPS) + chance) * all
            / (self.count.max(1) as u128 * u128::from(STEPS));
        let place = u64::try_from(place).unwrap_or(0);
        self.end - seconds(self.days * 24 * 3600) + seconds(self.by_day_and_night(place))
    }

    /// How many rows happened before `at`.
    pub fn before(&self, at: DateTime<Utc>) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.at(middle) < at {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Maps an evenly distributed position to a second in a busier hour.
    fn by_day_and_night(&self, place: u64) -> u64 {
        const DAY: u64 = 24 * 3600 * STEPS;
        let first_hour = in_korea(self.end).hour() as usize;
        let busy: u64 = BUSY.iter().sum();
        let (day, mut rest) = (place / DAY, place % DAY * busy / 24);
        let hours = BUSY.iter().cycle().skip(first_hour);
        for (hour, weight) in (0..24).zip(hours) {
            let span = weight * 3600 * STEPS;
            if rest < span {
                return day * 24 * 3600 + hour * 3600 + rest / (weight * STEPS);
            }
            rest -= span;
        }
        (day + 1) * 24 * 3600 - 1
    }
}

fn seconds(number: u64) -> TimeDelta {
    TimeDelta::seconds(i64::try_from(number).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_order_and_are_found_by_time() {
        let end = super::super::parameter("2026-07-01T15:20:00").expect("a time");
        let mut timeline = Timeline::new(Seed::new(7), end, 92, 3000);
        timeline.add(end + TimeDelta::minutes(1), 2);
        for index in 1..timeline.len() {
            assert!(timeline.at(index - 1) <= timeline.at(index), "{index}");
        }
        assert!(timeline.at(0) >= end - TimeDelta::days(92));
        assert!(timeline.at(2999) < end);
        let day = timeline.before(end) - timeline.before(end - TimeDelta::days(1));
        assert!((30..36).contains(&day), "a day has its share: {day}");
        assert_eq!(timeline.before(end + TimeDelta::hours(1)), 3002);
    }
}
