//! Users and their memberships.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use unicode_normalization::UnicodeNormalization as _;

use super::{ParseError, Role, Team, normalize};

/// A user's stable id, independent of names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserId(pub String);

/// A username: up to 64 letters, digits and `. _ @ + -`, case-insensitive. [`FromStr`] parses new ones and refuses
/// invisible and confusable letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

#[derive(Debug, Clone)]
pub struct User {
    pub id: UserId,
    pub username: Username,
    pub display_name: String,
    pub site_admin: bool,
    pub disabled: bool,
    /// Version of the credentials at reading time: a login verified with an older one opens no session.
    pub credential_version: i64,
}

/// A user's place in a team.
#[derive(Debug, Clone)]
pub struct Membership {
    pub team: Team,
    pub role: Role,
}

impl Username {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Letters that are not seen, and those that are another way to write letters: compatibility forms, and
/// the pieces that Hangul is put together from.
const LOOK_ALIKES: [RangeInclusive<char>; 19] = [
    '\u{aa}'..='\u{aa}',
    '\u{b2}'..='\u{b3}',
    '\u{b9}'..='\u{ba}',
    '\u{2b0}'..='\u{2ff}',
    '\u{300}'..='\u{36f}',
    '\u{1100}'..='\u{11ff}',
    '\u{1d2c}'..='\u{1d6a}',
    '\u{2070}'..='\u{209f}',
    '\u{2100}'..='\u{218f}',
    '\u{2460}'..='\u{24ff}',
    '\u{3164}'..='\u{3164}',
    '\u{3200}'..='\u{33ff}',
    '\u{a960}'..='\u{a97f}',
    '\u{d7b0}'..='\u{d7ff}',
    '\u{f900}'..='\u{fdff}',
    '\u{fe00}'..='\u{ffef}',
    '\u{1d400}'..='\u{1d7ff}',
    '\u{1f100}'..='\u{1f1ff}',
    '\u{2f800}'..='\u{2fa1f}',
];

impl Username {
    /// Whether a new name can hold the character.
    #[must_use]
    pub fn allows(c: char) -> bool {
        allowed(c) && !LOOK_ALIKES.iter().any(|range| range.contains(&c))
    }

    /// Whether a new name can start with the character. Rust escapes combining marks in `Debug` output.
    #[must_use]
    pub fn may_begin(c: char) -> bool {
        Self::allows(c) && c.escape_debug().count() == 1
    }

    /// Parses a name into its normal form, in which names are unique.
    pub fn existing(text: &str) -> Result<Self, ParseError> {
        let text = normalize(text);
        if !(1..=64).contains(&text.chars().count()) || !text.chars().all(allowed) {
            return Err(ParseError(
                "must be 1 to 64 letters, digits or . _ @ + - (no spaces)",
            ));
        }
        Ok(Self(text))
    }
}

fn allowed(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '@' | '+' | '-')
}

impl FromStr for Username {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        // The typed form as well: case folding can turn one letter into another. Some systems send decomposed Hangul.
        let plain =
            |text: &str| text.chars().all(Self::allows) && text.starts_with(Self::may_begin);
        let name = Self::existing(text)?;
        let typed: String = text.trim().nfc().collect();
        if !plain(&typed) || !plain(&name.0) {
            return Err(ParseError(
                "must be plain letters, none of them invisible or confusable with another",
            ));
        }
        Ok(name)
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_username_has_no_unseen_or_confusable_letter() {
        for name in [
            "alice\u{3164}",
            "alice\u{1160}",
            "\u{115f}alice",
            "alice\u{ffa0}",
            "alice\u{345}",
            "\u{345}alice",
            "\u{ff41}lice",
            "\u{ff21}lice",
            "\u{1d41a}lice",
            "\u{24d0}lice",
            "alice\u{b2}",
            "\u{1160}\u{1161}",
            "alice\u{200b}",
        ] {
            assert!(name.parse::<Username>().is_err(), "{name:?}");
        }
        for name in [
            "alice",
            "Alice.K+2@x_y-z",
            "김철수",
            "josé",
            "иван",
            "山田",
            "2nd",
        ] {
            assert!(name.parse::<Username>().is_ok(), "{name:?}");
        }
    }

    #[test]
    fn name_ignores_case_and_composition() {
        for (typed, name) in [
            (" Alice ", "alice"),
            ("\u{212a}im", "kim"),
            ("\u{ff21}lice", "alice"),
            ("alice\u{200b}", "alice"),
            ("\u{1100}\u{1161}", "가"),
            ("\u{1f71}", "\u{3ac}"),
        ] {
            let read = Username::existing(typed).expect("is read");
            assert_eq!(read.as_str(), name);
        }
        let new: Username = "\u{1100}\u{1161}".parse().expect("is plain");
        assert_eq!(new.as_str(), "가");
        for none in ["two words", "", "\u{3164}", "\u{2800}"] {
            assert!(Username::existing(none).is_err(), "{none:?}");
        }
    }
}
