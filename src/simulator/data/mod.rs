//! Simulated data: every row is a function of the seed and its number, so that no list is kept in memory.

pub mod analysis;
pub mod events;
pub mod fleet;
pub mod history;
pub mod names;
pub mod patterns;
pub mod seed;
pub mod table;
pub mod tickets;
pub mod timeline;

use chrono::{DateTime, FixedOffset, TimeZone as _, Utc};

/// Korean time: no summer time, so one offset for every year.
const KOREA: FixedOffset = FixedOffset::east_opt(9 * 3600).expect("nine hours is an offset");

/// A moment as every answer of the guide writes it: `2021-07-09T15:34:29+09:00`.
pub fn korean(at: DateTime<Utc>) -> String {
    in_korea(at).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

pub fn in_korea(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    KOREA.from_utc_datetime(&at.naive_utc())
}

/// A moment as the guide's parameters write it: `2021-07-01T20:00:00`, nothing more and nothing less.
pub fn parameter(text: &str) -> Option<DateTime<Utc>> {
    let at = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok()?;
    KOREA
        .from_local_datetime(&at)
        .single()
        .map(|at| at.to_utc())
}
