//! Filter parameters of lists: values from a fixed set, and times.

use serde::Deserialize;

use crate::model::KstDateTime;

use super::QueryText;

/// A filter's set of values.
pub trait FilterValue: Copy + PartialEq + 'static {
    const ALL: &'static [Self];

    /// The value in addresses.
    fn code(self) -> &'static str;
}

/// A filter parameter. An unknown value matches no row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String", bound = "T: FilterValue")]
pub enum Choice<T> {
    #[default]
    Any,
    Value(T),
    Unknown,
}

impl<T: FilterValue> From<String> for Choice<T> {
    fn from(text: String) -> Self {
        let mut values = T::ALL.iter().copied();
        match text.trim() {
            "" => Self::Any,
            text => values
                .find(|value| value.code().eq_ignore_ascii_case(text))
                .map_or(Self::Unknown, Self::Value),
        }
    }
}

impl<T: FilterValue> Choice<T> {
    /// The parameter in links, without unrecognized input.
    #[must_use]
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::Any => None,
            Self::Value(value) => Some(value.code()),
            Self::Unknown => Some("unknown"),
        }
    }

    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Any | Self::Unknown => None,
        }
    }

    #[must_use]
    pub fn is(self, value: &T) -> bool {
        self == Self::Value(*value)
    }

    #[must_use]
    pub fn is_any(self) -> bool {
        self == Self::Any
    }

    #[must_use]
    pub fn is_unknown(self) -> bool {
        self == Self::Unknown
    }

    pub fn lets_through(self, is_match: impl FnOnce(T) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::Value(value) => is_match(value),
            Self::Unknown => false,
        }
    }
}

/// A period in Korean time: `from` and `to`, or `start` and `end`. A day means all of it.
#[derive(Debug, Clone, Default)]
pub struct Period {
    pub from: String,
    pub to: String,
}

/// The parameter of a period that is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodError {
    From,
    To,
}

impl Period {
    /// The first present parameter of each pair.
    #[must_use]
    pub fn new(from: [&QueryText; 2], to: [&QueryText; 2]) -> Self {
        Self {
            from: given(from, "T00:00"),
            to: given(to, "T23:59"),
        }
    }

    /// # Errors
    /// When the start is no time.
    pub fn start(&self) -> Result<Option<KstDateTime>, PeriodError> {
        let start = Some(&self.from).filter(|text| !text.is_empty());
        let start = start.map(|text| KstDateTime::parse_input(text));
        start.transpose().map_err(|_| PeriodError::From)
    }

    /// The end, included.
    ///
    /// # Errors
    /// When the end is no time.
    pub fn end(&self) -> Result<Option<KstDateTime>, PeriodError> {
        let end = Some(&self.to).filter(|text| !text.is_empty());
        let end = end.map(|text| KstDateTime::parse_end_input(text));
        end.transpose().map_err(|_| PeriodError::To)
    }

    /// The parameters in links.
    #[must_use]
    pub fn parameters(&self) -> [(&'static str, Option<&str>); 2] {
        [("from", Some(&self.from)), ("to", Some(&self.to))]
    }
}

fn given([first, second]: [&QueryText; 2], time_of_day: &str) -> String {
    let text = if first.is_empty() { second } else { first };
    let whole = format!("{text}{time_of_day}");
    let is_day = !text.contains('T') && KstDateTime::parse_input(&whole).is_ok();
    if is_day { whole } else { text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str) -> Period {
        let [from, to] = [from, to].map(|text| QueryText::from(text.to_owned()));
        Period::new([&QueryText::default(), &from], [&to, &from])
    }

    #[test]
    fn day_in_a_period_means_all_of_it() {
        let period = period("2025-06-01", "2025-06-02");
        let api = |at: Result<Option<KstDateTime>, PeriodError>| {
            at.ok().flatten().map(KstDateTime::to_api)
        };
        assert_eq!(api(period.start()).as_deref(), Some("2025-06-01T00:00:00"));
        assert_eq!(api(period.end()).as_deref(), Some("2025-06-02T23:59:59"));
    }

    #[test]
    fn unreadable_time_is_reported_by_its_parameter() {
        assert_eq!(period("yesterday", "").start(), Err(PeriodError::From));
        assert_eq!(period("", "2025-13-01").end(), Err(PeriodError::To));
        assert_eq!(period("", "").start(), Ok(None));
    }
}
