//! People who sign in, and the teams they are members of.

use std::{fmt, str::FromStr};

use super::{Refused, Role, Team};

/// What a user is known by in the store; stays when names change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserId(pub String);

/// The name that a user signs in with: up to 64 letters, digits and `. _ @ + -`, without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

#[derive(Debug, Clone)]
pub struct User {
    pub id: UserId,
    pub username: Username,
    pub display_name: String,
    pub site_admin: bool,
    pub disabled: bool,
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

impl FromStr for Username {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let text = text.trim().to_lowercase();
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '@' | '+' | '-');
        if !(1..=64).contains(&text.chars().count()) || !text.chars().all(allowed) {
            return Err(Refused(
                "must be 1 to 64 letters, digits or . _ @ + - (no spaces)",
            ));
        }
        Ok(Self(text))
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
