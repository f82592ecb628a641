//! Refused requests in the audit log, rate-limited: the log is kept forever.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    model::{Action, Outcome, TeamId, UserId},
    store::{Error, Store},
};

use super::AuditRecord;

/// Key of refusals that share one row a minute.
type Refusal = (Option<UserId>, Option<TeamId>, String);

/// The refusals that this portal has written down in the present minute.
#[derive(Debug, Default)]
pub(in crate::store) struct Refusals(Mutex<HashMap<Refusal, i64>>);

impl Refusals {
    /// Whether it is the first one of its kind in that minute.
    fn is_first(&self, refusal: Refusal, minute: i64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, at| *at == minute);
        seen.insert(refusal, minute).is_none()
    }

    fn forget(&self, refusal: &Refusal) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.remove(refusal);
    }
}

impl Store {
    /// Audits a refusal at `route`, at most once a minute for each user, team and route. Suppressed ones
    /// take no database lock.
    pub async fn audit_refusal(&self, record: &AuditRecord, route: &str) -> Result<(), Error> {
        let refusal = (record.actor.clone(), record.team.clone(), route.to_owned());
        if !self.refusals.is_first(refusal.clone(), self.now() / 60_000) {
            return Ok(());
        }
        let written = self.audit(record, Action::Opened, Outcome::Refused).await;
        written.inspect_err(|_| self.refusals.forget(&refusal))
    }
}
