//! The audit log: rows are added and read, never changed.

mod chain;
mod filter;
mod read;
mod refusals;

use crate::model::{Action, Actor, ChangeRequest, KstDateTime, Outcome, TeamId, UserId, Via};

pub use chain::AuditVerifyError;
pub use filter::AuditFilter;
pub(super) use refusals::Refusals;

use super::{Error, Store, storable, transaction::retry};

/// Longest stored address, in characters. The log is kept forever, and a cell of its Excel file
/// holds 32,767 UTF-16 units.
const MAX_ADDRESS: usize = 300;

/// As much of any other object: a stated reason is the longest.
const MAX_OBJECT: usize = 500;

/// Author, origin and object of an action.
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
            // A prefix suffices to distinguish sessions.
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

    /// The row's object; bounded, and without NUL.
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

    /// Sets the number of affected rows.
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
    /// The change request, with its items.
    pub control: Option<ChangeRequest>,
    pub request_id: Option<String>,
    pub address: Option<String>,
    /// Prefix of the session's handle.
    pub session: Option<String>,
    position: i64,
}

impl AuditEntry {
    /// Whether it is a change of control.
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

    /// Whether the command line did it.
    #[must_use]
    pub fn is_by_command_line(&self) -> bool {
        self.actor_id.is_none() && self.actor == Actor::CLI
    }

    /// Whether the portal itself did it.
    #[must_use]
    pub fn is_by_portal(&self) -> bool {
        self.actor_id.is_none()
            && self.actor == Actor::SYSTEM
            && self.action == Action::ControlSettled
    }

    /// Whether it follows from the OIDC provider's claims.
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
