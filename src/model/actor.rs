//! Actors: whom an audit event names as its author.

use super::{User, UserId};

/// The author of an audit event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `None` for actors without an account.
    pub user: Option<UserId>,
    pub name: String,
    pub via: Via,
}

/// How an actor reaches the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A browser session, by its handle.
    Session(String),
    /// A request without a session: a sign-in, an invitation, the set-up link.
    Anonymous,
    /// A token of the JSON API, by its id.
    ApiToken(String),
    Cli,
    /// The OIDC provider's claims at a sign-in.
    Oidc,
    /// The portal's own background jobs.
    System,
}

impl Actor {
    /// Names of actors that are no users. Pages translate them.
    pub const CLI: &str = "command line";
    pub const OIDC: &str = "single sign-on";
    pub const SYSTEM: &str = "portal";
    /// A failed sign-in's typed name may be a password in the wrong field, so it is not recorded.
    const UNKNOWN: &str = "–";

    #[must_use]
    pub fn user(user: &User, via: Via) -> Self {
        Self {
            user: Some(user.id.clone()),
            name: user.username.to_string(),
            via,
        }
    }

    #[must_use]
    pub fn anonymous(name: &str) -> Self {
        Self::without_user(name, Via::Anonymous)
    }

    #[must_use]
    pub fn unknown() -> Self {
        Self::anonymous(Self::UNKNOWN)
    }

    #[must_use]
    pub fn cli() -> Self {
        Self::without_user(Self::CLI, Via::Cli)
    }

    #[must_use]
    pub fn oidc() -> Self {
        Self::without_user(Self::OIDC, Via::Oidc)
    }

    #[must_use]
    pub fn system() -> Self {
        Self::without_user(Self::SYSTEM, Via::System)
    }

    fn without_user(name: &str, via: Via) -> Self {
        Self {
            user: None,
            name: name.to_owned(),
            via,
        }
    }
}
