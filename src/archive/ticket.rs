//! One ticket for its page: the stored parts, after the source was asked whether they have changed.

use std::sync::Arc;

use tokio::time::timeout;

use crate::{
    jobs::Context,
    model::{KstDateTime, Team, TicketDetail, TicketId, parts_hash},
    sanitizer::{SANITIZER_VERSION, SafeHtml, SafeTicket},
    store::{Error, StoredTicket},
};

use super::{
    Archive, Refresh, SourceState,
    freshness::{is_young, state_of_task},
    parts::{raw_parts, sanitize_all, ticket_detail},
    run::{Run, TurnError},
};

/// A ticket's parts with what the page is told of the source.
#[derive(Debug, Clone)]
pub struct TicketReading {
    /// `None` when they were never read: with [`SourceState::Off`] and [`SourceState::Empty`] the page asks the source
    /// itself, else the source fails or is slow.
    pub parts: Option<TicketParts>,
    pub source: SourceState,
}

/// The parts of a ticket as they are archived.
#[derive(Debug, Clone)]
pub struct TicketParts {
    /// As the source sent them.
    pub raw: TicketDetail,
    pub safe: Arc<SafeTicket>,
    /// When the source last showed them like this.
    pub checked: KstDateTime,
}

impl Archive {
    /// A ticket's parts: as stored when they were checked within a minute, else after one call to the source. The caller
    /// waits a moment for that call, or for all of it when no parts are stored.
    ///
    /// # Errors
    /// When the database fails; that the source fails is a [`SourceState`].
    pub async fn ticket(
        &self,
        team: &Team,
        id: &TicketId,
        refresh: Refresh,
    ) -> Result<TicketReading, Error> {
        let without = |source| TicketReading {
            parts: None,
            source,
        };
        if !self.settings.is_on {
            return Ok(without(SourceState::Off));
        }
        let Some(stored) = self.store.stored_ticket(&team.id, id).await? else {
            return Ok(without(SourceState::Empty));
        };
        let now = self.store.archive_clock();
        let is_fresh = stored.checked.is_some_and(|at| is_young(at, now));
        if refresh == Refresh::IfOld && is_fresh {
            return self.reading(stored, SourceState::Fresh).await;
        }
        let source = self.source(&team.id);
        if let Some(error) = source.failure(now, refresh == Refresh::Now) {
            return self.reading(stored, SourceState::Failed(error)).await;
        }
        let has_parts = stored.checked.is_some();
        let check = {
            let (this, team) = (self.clone(), team.clone());
            self.tasks
                .spawn(async move { this.check_ticket(&team, &stored).await })
        };
        let state = if has_parts {
            let state = timeout(self.settings.patience, check).await;
            state.map_or(SourceState::Stale, |state| state_of_task(&team.id, state))
        } else {
            state_of_task(&team.id, check.await)
        };
        match self.store.stored_ticket(&team.id, id).await? {
            Some(stored) => self.reading(stored, state).await,
            None => Ok(without(SourceState::Empty)),
        }
    }

    /// Asks the source for a ticket, and stores its parts when they have changed.
    async fn check_ticket(&self, team: &Team, stored: &StoredTicket) -> Result<SourceState, Error> {
        let access = self.store.api_access(team).await?;
        let context = Context::default();
        let mut run = Run::for_page(self, access, &context).await?;
        let id = stored.due.id.clone();
        let detail = match run.has_known_key().await {
            Ok(true) => {
                let call = run.call(async |secmon, access| secmon.ticket(access, &id).await);
                call.await
            }
            Ok(false) => return Ok(SourceState::KeyReplaced),
            Err(error) => Err(error),
        };
        let detail = match detail {
            Ok(detail) => detail,
            Err(TurnError::Refused(error) | TurnError::Failed(error)) => {
                return Ok(SourceState::Failed(error));
            }
            Err(TurnError::Store(error)) => return Err(error),
            Err(TurnError::Budget | TurnError::Stopping) => return Ok(SourceState::Stale),
        };
        let hash = parts_hash(raw_parts(&detail));
        if !self.store.confirm_parts(&stored.due, &hash).await? {
            let due = (stored.due.clone(), detail);
            let tickets = sanitize_all(vec![due]).await?;
            self.store.record_parts(&tickets, SANITIZER_VERSION).await?;
        }
        Ok(SourceState::Fresh)
    }

    async fn reading(
        &self,
        stored: StoredTicket,
        source: SourceState,
    ) -> Result<TicketReading, Error> {
        let parts = match stored.checked {
            Some(checked) => Some(self.parts(stored, checked).await?),
            None => None,
        };
        Ok(TicketReading { parts, source })
    }

    async fn parts(
        &self,
        stored: StoredTicket,
        checked: KstDateTime,
    ) -> Result<TicketParts, Error> {
        let safe = safe_ticket(&stored);
        let raw = ticket_detail(stored.parts);
        let safe = match safe {
            Some(safe) => Arc::new(safe),
            // The job replaces them, too.
            None => self
                .sanitizer
                .ticket(raw.clone())
                .await
                .map_err(|_| Error::Unreadable("a ticket that the sanitizer fails on"))?,
        };
        Ok(TicketParts { raw, safe, checked })
    }
}

/// The stored HTML; `None` when another version of the sanitizer made it.
fn safe_ticket(stored: &StoredTicket) -> Option<SafeTicket> {
    let mut safe = SafeTicket::default();
    for part in &stored.parts {
        let html = SafeHtml::from_stored(&part.html, part.is_truncated, stored.sanitizer_version)?;
        match part.part.as_str() {
            "name" => safe.name = html,
            "description" => safe.description = html,
            "summary" => safe.summary = html,
            "analysis" => safe.analysis = html,
            _ => safe.deep_analysis = html,
        }
    }
    Some(safe)
}
