//! Roles of a team's members, and their permissions.

use std::{fmt, str::FromStr};

use super::ParseError;

/// A member's role in a team; each may all that the ones above it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Viewer,
    Manager,
    Operator,
    Admin,
}

/// A permission required by a page or an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See everything of the team.
    ReadTeam,
    /// Read the audit log.
    ReadAudit,
    /// Mark tickets reviewed, assign them, write notes.
    ReviewTickets,
    /// Add servers to monitoring and release them.
    ChangeControl,
    /// Members, appKey.
    ManageTeam,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Manager, Self::Operator, Self::Admin];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Manager => "manager",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        let least = match permission {
            Permission::ReadTeam => Self::Viewer,
            Permission::ReadAudit | Permission::ReviewTickets => Self::Manager,
            Permission::ChangeControl => Self::Operator,
            Permission::ManageTeam => Self::Admin,
        };
        self >= least
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Role {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::ALL
            .into_iter()
            .find(|role| role.code() == text)
            .ok_or(ParseError("must be viewer, manager, operator or admin"))
    }
}
