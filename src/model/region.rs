//! The regions of Security Monitoring.

use std::{fmt, str::FromStr};

use super::ParseError;

/// See docs/secmon-api.md, wire format row 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    Kr1,
    Kr2,
    Kr3,
    GovKr1,
    GovKr2,
}

impl Region {
    pub const ALL: [Self; 5] = [Self::Kr1, Self::Kr2, Self::Kr3, Self::GovKr1, Self::GovKr2];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Kr1 => "kr1",
            Self::Kr2 => "kr2",
            Self::Kr3 => "kr3",
            Self::GovKr1 => "gov-kr1",
            Self::GovKr2 => "gov-kr2",
        }
    }

    /// The base URL of the vendor's API.
    #[must_use]
    pub fn public_url(self) -> &'static str {
        match self {
            Self::Kr1 => "https://kr1-secmon.api.nhncloudservice.com",
            Self::Kr2 => "https://kr2-secmon.api.nhncloudservice.com",
            Self::Kr3 => "https://kr3-secmon.api.nhncloudservice.com",
            Self::GovKr1 => "https://kr1-secmon.api.gov-nhncloudservice.com",
            Self::GovKr2 => "https://kr2-secmon.api.gov-nhncloudservice.com",
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Region {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|region| region.code() == text)
            .ok_or(ParseError("must be kr1, kr2, kr3, gov-kr1 or gov-kr2"))
    }
}
