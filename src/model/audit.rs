//! The audit log's actions and outcomes, and the hash chain of its rows.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::codes::codes;

codes! {
    /// The audited action.
    Action {
        SignedIn = "signed-in",
        SignedOut = "signed-out",
        /// Reauthentication within a session; a wrong password is refused.
        PasswordGiven = "password-given",
        /// The rate limit delays the next attempts.
        TriesPaused = "tries-paused",
        SessionEnded = "session-ended",
        ControlAdd = "control-add",
        ControlRelease = "control-release",
        /// Every item of a request is in a final state.
        ControlSettled = "control-settled",
        Opened = "opened",
        /// The setup link created the first site admin and the first team.
        SetUp = "set-up",
        /// An export was requested, and its first rows could be read.
        Exported = "exported",
        /// An export was delivered or broken off.
        ExportEnded = "export-ended",
        TicketReviewed = "ticket-reviewed",
        /// A mark that a ticket is reviewed was taken back.
        TicketReopened = "ticket-reopened",
        TicketAssigned = "ticket-assigned",
        NoteAdded = "note-added",
        NoteEdited = "note-edited",
        TeamAdded = "team-added",
        TeamKeyReplaced = "team-key-replaced",
        TeamRemoved = "team-removed",
        TeamChanged = "team-changed",
        TeamArchived = "team-archived",
        TeamBroughtBack = "team-brought-back",
        /// The archive goes on with an appKey that shows other tickets.
        ArchiveKeyConfirmed = "archive-key-confirmed",
        ArchiveRetentionChanged = "archive-retention-changed",
        /// A call that did not succeed is refused.
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
        /// A link with which its user chooses a password.
        LinkMade = "link-made",
        LinkWithdrawn = "link-withdrawn",
        PasswordReset = "password-reset",
        PasswordChosen = "password-chosen",
        SecretKeyReplaced = "secret-key-replaced",
        SecondFactorOn = "second-factor-on",
        SecondFactorOff = "second-factor-off",
        SecondFactorReset = "second-factor-reset",
        /// A wrong code is refused.
        SecondFactorGiven = "second-factor-given",
        RecoveryCodeUsed = "recovery-code-used",
        RecoveryCodesMade = "recovery-codes-made",
        /// A user can sign in through the OIDC provider, or no longer.
        IdentityConnected = "identity-connected",
        IdentityDisconnected = "identity-disconnected",
    }
}

codes! {
    /// The result of an action.
    Outcome {
        /// A later row holds the outcome.
        Started = "started",
        Done = "done",
        Refused = "refused",
        /// Each item of the request has its own outcome.
        SeeItems = "see-items",
        /// It was broken off.
        Incomplete = "incomplete",
    }
}

/// Where the chain of the log's rows is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainBreak {
    #[error("row {0} was altered or put in: its hash does not follow from it and the row before")]
    Altered(i64),
    #[error("row {0} was removed")]
    Removed(i64),
    #[error("row {0} was put in: the log had ended before it")]
    PutIn(i64),
}

/// The hashed content of a row.
#[derive(Debug)]
pub struct ChainLink<'a> {
    pub position: i64,
    pub at: i64,
    /// In a fixed order.
    pub texts: [Option<&'a str>; ChainLink::TEXTS],
}

impl ChainLink<'_> {
    pub const TEXTS: usize = 11;

    /// The hash of the row after one with that hash. Every part is written with its length, so
    /// that no two rows are written alike.
    #[must_use]
    pub fn hash(&self, before: &str) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: Option<&str>| match text {
            Some(text) => {
                hash.update(text.len().to_be_bytes());
                hash.update(text);
            }
            None => hash.update(u64::MAX.to_be_bytes()),
        };
        part(Some(before));
        part(Some(&self.position.to_string()));
        part(Some(&self.at.to_string()));
        self.texts.into_iter().for_each(part);
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}
