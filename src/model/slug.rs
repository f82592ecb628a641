//! A team's slug: its name in URLs.

use std::{fmt, str::FromStr};

use super::ParseError;

/// Lower-case letters, digits and hyphens, 1 to 63, with no hyphen at an end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slug(String);

impl Slug {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let right = (1..=63).contains(&text.len())
            && text.chars().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if !right {
            return Err(ParseError(
                "must be 1 to 63 lower-case letters, digits or hyphens, with no hyphen at an end",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
