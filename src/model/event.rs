//! A detected event, and the range of time in which events are looked for.

use super::{KoreanTime, Moment, Refused, Word};

/// One detected event.
#[derive(Debug, Clone, Default, Hash)]
pub struct Event {
    pub detected: Option<Moment>,
    pub severity: Option<Word>,
    pub name: Option<String>,
    pub source_ip: Option<String>,
    pub source_port: Option<String>,
    pub destination_ip: Option<String>,
    pub destination_port: Option<String>,
    /// ISO 3166-1 alpha-2, as the API wrote it; of the destination only.
    pub destination_country: Option<String>,
    pub direction: Option<Word>,
}

/// From `start` to `end`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRange {
    start: KoreanTime,
    end: KoreanTime,
}

impl EventRange {
    /// # Errors
    /// When it would end before it starts.
    pub fn new(start: KoreanTime, end: KoreanTime) -> Result<Self, Refused> {
        if end < start {
            return Err(Refused("ends before it starts"));
        }
        Ok(Self { start, end })
    }

    #[must_use]
    pub fn start(self) -> KoreanTime {
        self.start
    }

    #[must_use]
    pub fn end(self) -> KoreanTime {
        self.end
    }
}
