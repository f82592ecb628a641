//! Detection events, and the time range of their list.

use super::{ApiTimestamp, KstDateTime, ParseError, VendorTerm};

/// One detection by a sensor.
#[derive(Debug, Clone, Default, Hash)]
pub struct Event {
    pub detected: Option<ApiTimestamp>,
    pub severity: Option<VendorTerm>,
    pub name: Option<String>,
    pub source_ip: Option<String>,
    pub source_port: Option<String>,
    pub destination_ip: Option<String>,
    pub destination_port: Option<String>,
    /// ISO 3166-1 alpha-2, as the API wrote it. The source has none.
    pub destination_country: Option<String>,
    pub direction: Option<VendorTerm>,
}

impl AsRef<Self> for Event {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// From `start` to `end`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRange {
    start: KstDateTime,
    end: KstDateTime,
}

impl EventRange {
    /// # Errors
    /// When it ends before it starts.
    pub fn new(start: KstDateTime, end: KstDateTime) -> Result<Self, ParseError> {
        if end < start {
            return Err(ParseError("ends before it starts"));
        }
        Ok(Self { start, end })
    }

    /// The range up to `now`: an export ends in the past, so that no new event shifts its pages.
    #[must_use]
    pub fn until(self, now: KstDateTime) -> Self {
        let end = self.end.min(now).max(self.start);
        Self { end, ..self }
    }

    /// The start for URLs and inputs; [`KstDateTime::parse_input`] reads it.
    #[must_use]
    pub fn start_input(self) -> String {
        match self.start.second() {
            0 => self.start.to_input(),
            _ => self.start.to_api(),
        }
    }

    /// The end for URLs and inputs; [`KstDateTime::parse_end_input`] reads it.
    #[must_use]
    pub fn end_input(self) -> String {
        match self.end.second() {
            59 => self.end.to_input(),
            _ => self.end.to_api(),
        }
    }

    #[must_use]
    pub fn start(self) -> KstDateTime {
        self.start
    }

    #[must_use]
    pub fn end(self) -> KstDateTime {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: &str, end: &str) -> EventRange {
        let start = KstDateTime::parse_input(start).expect("is a time");
        let end = KstDateTime::parse_end_input(end).expect("is a time");
        EventRange::new(start, end).expect("is a range")
    }

    #[test]
    fn range_survives_a_query_string() {
        for (start, end) in [
            ("2025-06-01T08:00", "2025-06-02T17:30"),
            ("2025-06-01T08:00:13", "2025-06-02T17:30:00"),
            ("2025-06-01T08:00:59", "2025-06-02T17:30:13"),
        ] {
            let range = range(start, end);
            assert_eq!(
                (range.start_input(), range.end_input()),
                (start.to_owned(), end.to_owned())
            );
        }
    }

    #[test]
    fn export_range_ends_now_when_its_end_lies_ahead() {
        let now = KstDateTime::parse_input("2025-06-11T12:00:13").expect("is a time");
        let end = |end: &str| range("2025-06-11T11:00", end).until(now).end().to_api();
        assert_eq!(end("2025-06-11T12:00"), "2025-06-11T12:00:13");
        assert_eq!(end("2025-06-11T14:00"), "2025-06-11T12:00:13");
        assert_eq!(end("2025-06-11T11:30"), "2025-06-11T11:30:59");
        let ahead = range("2025-06-12T00:00", "2025-06-13T00:00").until(now);
        assert_eq!(ahead.start(), ahead.end());
    }
}
