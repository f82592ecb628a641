//! Who did what: rows are added and read, never changed.

mod chain;
mod filter;
mod read;
mod refusals;

use crate::model::{Actor, KstDateTime, TeamId, UserId, Via};

pub use chain::ChainBreak;
pub use filter::AuditFilter;
pub(super) use refusals::Refusals;

use super::{ChangeRequest, Error, Store, storable, transaction::retry};

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($variant,)*
        }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As it is stored, and what its message is named after.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            pub(in crate::store) fn read(code: &str) -> Result<Self, Error> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.code() == code)
                    .ok_or(Error::Unreadable(stringify!($name)))
            }
        }
    };
}
pub(super) use codes;

codes! {
    /// What was done, or tried.
    Action {
        SignedIn = "signed-in",
        SignedOut = "signed-out",
        // Given once more by who is signed in; a wrong one is refused.
        PasswordGiven = "password-given",
        // One more failure, and the next tries have to wait.
        TriesPaused = "tries-paused",
        SessionEnded = "session-ended",
        ControlAdd = "control-add",
        ControlRelease = "control-release",
        // What became of it, once the API's lists have told.
        ControlSettled = "control-settled",
        Opened = "opened",
        // The first site admin and the first team were made by the link of the first start.
        SetUp = "set-up",
        // A list was asked for as a file, and its first rows could be read.
        Exported = "exported",
        // The file was handed over, or broken off.
        ExportEnded = "export-ended",
        TeamAdded = "team-added",
        TeamKeyReplaced = "team-key-replaced",
        TeamRemoved = "team-removed",
        TeamChanged = "team-changed",
        TeamArchived = "team-archived",
        TeamBroughtBack = "team-brought-back",
        // A call that did not succeed is refused.
        ConnectionTried = "connection-tried",
        ReasonRequired = "reason-required",
        ReasonOptional = "reason-optional",
        UserAdded = "user-added",
        MemberAdded = "member-added",
        MemberRoleChanged = "member-role-changed",
        MemberRemoved = "member-removed",
        PasswordSet = "password-set",
        UserDisabled = "user-disabled",
        UserEnabled = "user-enabled",
        UserRenamed = "user-renamed",
        SiteAdminMade = "site-admin-made",
        SiteAdminTaken = "site-admin-taken",
        // A link by which its user chooses a password.
        LinkMade = "link-made",
        LinkWithdrawn = "link-withdrawn",
        PasswordReset = "password-reset",
        PasswordChosen = "password-chosen",
        SecretKeyReplaced = "secret-key-replaced",
        SecondFactorOn = "second-factor-on",
        SecondFactorOff = "second-factor-off",
        SecondFactorReset = "second-factor-reset",
        // A wrong code is refused.
        SecondFactorGiven = "second-factor-given",
        RecoveryCodeUsed = "recovery-code-used",
        RecoveryCodesMade = "recovery-codes-made",
        // A user can sign in through the provider of single sign-on, or no longer.
        IdentityConnected = "identity-connected",
        IdentityDisconnected = "identity-disconnected",
    }
}

codes! {
    /// What became of it.
    Outcome {
        // It is about to be done; the row of its end follows.
        Started = "started",
        Done = "done",
        Refused = "refused",
        // The request's items tell what became of each.
        SeeItems = "see-items",
        // It was broken off.
        Incomplete = "incomplete",
    }
}

/// As much of an address as a row keeps, in characters. The log is kept for ever, and a cell of
/// its Excel file holds 32,767 UTF-16 units.
const MAX_ADDRESS: usize = 300;

/// As much of any other object: a stated reason is the longest.
const MAX_OBJECT: usize = 500;

/// Who is about to do something, from where, and on what.
#[derive(Debug, Clone, Default)]
pub struct AuditRecord {
    actor: Option<UserId>,
    actor_name: String,
    subject: Option<UserId>,
    team: Option<TeamId>,
    object: String,
    control_request: Option<String>,
    request_id: Option<String>,
    address: Option<String>,
    session: Option<String>,
}

impl AuditRecord {
    #[must_use]
    pub fn by(actor: Actor) -> Self {
        let session = match &actor.via {
            // Its beginning tells it from others.
            Via::Session(handle) => Some(handle.chars().take(12).collect()),
            _ => None,
        };
        Self {
            actor: actor.user,
            actor_name: storable(&actor.name.chars().take(64).collect::<String>()),
            session,
            ..Self::default()
        }
    }

    #[must_use]
    pub fn by_command_line() -> Self {
        Self::by(Actor::cli())
    }

    #[must_use]
    pub fn from(mut self, request_id: Option<&str>, address: Option<String>) -> Self {
        self.request_id = request_id.map(str::to_owned);
        self.address = address;
        self
    }

    #[must_use]
    pub fn on(mut self, object: &str) -> Self {
        object.clone_into(&mut self.object);
        self
    }

    /// What the row tells it was done to; bounded, and without what PostgreSQL does not store.
    fn object_of(&self, action: Action) -> String {
        let max = match action {
            Action::Opened | Action::Exported => MAX_ADDRESS,
            _ => MAX_OBJECT,
        };
        storable(&self.object.chars().take(max).collect::<String>())
    }

    pub(super) fn actor_name(&self) -> &str {
        &self.actor_name
    }

    /// On a user: shown in the log of every team that they are a member of.
    pub(super) fn on_user(mut self, id: &UserId, name: &str) -> Self {
        self.subject = Some(id.clone());
        self.on(name)
    }

    #[must_use]
    pub fn on_team(mut self, team: &TeamId, object: &str) -> Self {
        self.team = Some(team.clone());
        self.on(object)
    }

    /// On that many rows of what it is on.
    #[must_use]
    pub fn with_rows(mut self, rows: u64) -> Self {
        self.object = format!("{} {rows}", self.object);
        self
    }

    pub(super) fn through(mut self, control_request: &str) -> Self {
        self.control_request = Some(control_request.to_owned());
        self
    }
}

/// A row of the audit log.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    pub at: KstDateTime,
    actor_id: Option<UserId>,
    pub actor: String,
    pub action: Action,
    pub object: String,
    pub outcome: Outcome,
    /// What was asked of the API, with what became of each item.
    pub control: Option<ChangeRequest>,
    pub request_id: Option<String>,
    pub address: Option<String>,
    /// Tells a session from others.
    pub session: Option<String>,
    position: i64,
}

impl AuditEntry {
    /// Does it say that a change of control was asked for.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        matches!(self.action, Action::ControlAdd | Action::ControlRelease)
    }

    /// The address that was exported and how many rows were handed over, at the end of an export.
    #[must_use]
    pub fn exported_rows(&self) -> Option<(&str, u64)> {
        let (address, rows) = self.object.rsplit_once(' ')?;
        let rows = rows.parse().ok()?;
        (self.action == Action::ExportEnded).then_some((address, rows))
    }

    /// Was it done at the command line, where nobody signs in.
    #[must_use]
    pub fn is_by_command_line(&self) -> bool {
        self.actor_id.is_none() && self.actor == Actor::CLI
    }

    /// Was it done by the portal itself, unasked.
    #[must_use]
    pub fn is_by_portal(&self) -> bool {
        self.actor_id.is_none()
            && self.actor == Actor::SYSTEM
            && self.action == Action::ControlSettled
    }

    /// Was it done because the provider of single sign-on said so.
    #[must_use]
    pub fn is_by_single_sign_on(&self) -> bool {
        self.actor_id.is_none() && self.actor == Actor::OIDC
    }
}

/// A page of the audit log, newest first.
#[derive(Debug)]
pub struct AuditPage {
    pub rows: Vec<AuditEntry>,
    pub total: u64,
}

impl AuditPage {
    /// Rows on a page.
    pub const SIZE: u32 = 50;
}

impl Store {
    /// Writes one row by itself.
    pub async fn audit(
        &self,
        record: &AuditRecord,
        action: Action,
        outcome: Outcome,
    ) -> Result<(), Error> {
        retry(|| async {
            let mut tx = self.begin().await?;
            self.audit_in(&mut tx, record, action, outcome).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}
