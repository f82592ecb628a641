//! Korean time, which the API and every page use.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, TimeZone as _, Timelike as _, Utc};

use super::ParseError;

/// UTC+9 without daylight saving time.
const OFFSET: FixedOffset = FixedOffset::east_opt(9 * 3600).expect("nine hours is an offset");

/// A date and time in Korea (KST, UTC+9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KstDateTime(DateTime<FixedOffset>);

impl KstDateTime {
    #[must_use]
    pub fn from_utc(at: DateTime<Utc>) -> Self {
        Self::new(at.with_timezone(&OFFSET))
    }

    /// A leap second becomes the second before it: the API rejects `:60`.
    fn new(at: DateTime<FixedOffset>) -> Self {
        const SECOND: u32 = 1_000_000_000;
        let is_leap = at.nanosecond() >= SECOND;
        Self(if is_leap {
            at.with_nanosecond(SECOND - 1).unwrap_or(at)
        } else {
            at
        })
    }

    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        self.0.to_utc()
    }

    /// Parses a time of the API: RFC 3339, or Korean time without an offset (docs/secmon-api.md, wire format row 10).
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::new(at.with_timezone(&OFFSET)));
        }
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .and_then(Self::from_naive)
            .ok_or(ParseError("is not a time"))
    }

    /// Parses the value of an `<input type="datetime-local">`: `YYYY-MM-DDTHH:MM`, with or without seconds.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse_input(text: &str) -> Result<Self, ParseError> {
        ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok())
            .and_then(Self::from_naive)
            .ok_or(ParseError("is not a time"))
    }

    /// Parses the end of a range like [`Self::parse_input`]: without seconds it includes its minute.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse_end_input(text: &str) -> Result<Self, ParseError> {
        let at = Self::parse_input(text)?;
        let has_seconds = text.matches(':').count() > 1;
        Ok(if has_seconds { at } else { at.end_of_minute() })
    }

    /// For URLs and inputs: `2021-07-01T20:00`.
    #[must_use]
    pub fn to_input(self) -> String {
        self.0.format("%Y-%m-%dT%H:%M").to_string()
    }

    /// The day: `2021-07-01`.
    #[must_use]
    pub fn to_date(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    /// For parameters of the API: `2021-07-01T20:00:00`.
    #[must_use]
    pub fn to_api(self) -> String {
        self.0.format("%Y-%m-%dT%H:%M:%S").to_string()
    }

    /// `2021-07-01T20:00:00+09:00`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.0.format("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// The minute's last second: a range that ends at a minute includes it.
    #[must_use]
    pub fn end_of_minute(self) -> Self {
        Self(self.0.with_second(59).unwrap_or(self.0))
    }

    #[must_use]
    pub fn start_of_minute(self) -> Self {
        Self(self.0.with_second(0).unwrap_or(self.0))
    }

    #[must_use]
    pub fn second(self) -> u32 {
        self.0.second()
    }

    /// 00:00 of the same day in Korea.
    #[must_use]
    pub fn start_of_day(self) -> Self {
        let midnight = self.0.date_naive().and_time(chrono::NaiveTime::MIN);
        Self::from_naive(midnight).unwrap_or(self)
    }

    #[must_use]
    pub fn minus(self, span: TimeDelta) -> Self {
        Self(self.0.checked_sub_signed(span).unwrap_or(self.0))
    }

    /// The same time of day some months earlier; a day that the month lacks becomes its last.
    #[must_use]
    pub fn minus_months(self, months: u32) -> Self {
        let before = self.0.checked_sub_months(chrono::Months::new(months));
        Self(before.unwrap_or(self.0))
    }

    fn from_naive(at: NaiveDateTime) -> Option<Self> {
        // Years of more digits would not survive a query string.
        use chrono::Datelike as _;
        if !(1900..=9999).contains(&at.year()) {
            return None;
        }
        OFFSET.from_local_datetime(&at).single().map(Self::new)
    }
}

/// `2021-07-01 20:00:00 KST`.
impl fmt::Display for KstDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KST", self.0.format("%Y-%m-%d %H:%M:%S"))
    }
}

/// A time of the API, as it was written where it cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ApiTimestamp {
    At(KstDateTime),
    AsWritten(String),
}

impl ApiTimestamp {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        KstDateTime::parse(text).map_or_else(|_| Self::AsWritten(text.to_owned()), Self::At)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_times_become_korean_time() {
        let shown = |text: &str| KstDateTime::parse(text).map(|at| at.to_string());
        let expected = Ok("2021-07-09 15:34:29 KST".to_owned());
        assert_eq!(shown("2021-07-09T15:34:29+09:00"), expected);
        assert_eq!(shown("2021-07-09T06:34:29Z"), expected);
        assert_eq!(shown("2021-07-09T15:34:29"), expected);
        assert_eq!(shown("2021-07-09 15:34:29.123"), expected);
        assert!(shown("yesterday").is_err());
        assert_eq!(
            ApiTimestamp::parse("어제"),
            ApiTimestamp::AsWritten("어제".to_owned())
        );
    }

    #[test]
    fn leap_second_is_the_second_before_it() {
        for text in [
            "2016-12-31T23:59:60",
            "2016-12-31T23:59:60+09:00",
            "2016-12-31T14:59:60Z",
        ] {
            let at = KstDateTime::parse(text).expect("parses");
            assert_eq!(at.to_api(), "2016-12-31T23:59:59", "{text}");
        }
        let at = KstDateTime::parse_end_input("2016-12-31T23:59:60").expect("parses");
        assert_eq!(at.to_api(), "2016-12-31T23:59:59");
        assert_eq!(at.to_string(), "2016-12-31 23:59:59 KST");
    }

    #[test]
    fn input_time_survives_a_query_string() {
        let at = KstDateTime::parse_input("2021-07-01T20:00").expect("parses");
        assert_eq!(at.to_input(), "2021-07-01T20:00");
        assert_eq!(at.to_api(), "2021-07-01T20:00:00");
        assert_eq!(at.end_of_minute().to_api(), "2021-07-01T20:00:59");
        assert_eq!(at.start_of_day().to_input(), "2021-07-01T00:00");
        for bad in [
            "",
            "2021-07-01",
            "2021-13-01T00:00",
            "20:00",
            "+12021-01-01T00:00",
        ] {
            assert!(KstDateTime::parse_input(bad).is_err(), "{bad:?}");
        }
    }
}
