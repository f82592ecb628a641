//! Freshness for pages: the newest rows are read when those in the archive are older than a minute.

use chrono::TimeDelta;
use tokio::{
    task::JoinError,
    time::{Instant, timeout},
};

use crate::{
    jobs::Context,
    model::{ArchiveKind, KstDateTime, Team, TeamId},
    secmon::Error as SourceError,
    store::{ArchiveStatus, Error, WalkKind},
};

use super::{
    Archive,
    run::{Run, TurnError},
    source_state::{Reading, Source},
};

/// Rows that are younger are shown as they are.
const MAX_AGE: TimeDelta = TimeDelta::minutes(1);

/// Whether the source is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// When the archive is older than a minute, and the source has not just failed.
    IfOld,
    /// In any case, unless the source asked to be left alone.
    Now,
}

/// What a page is told of the source behind the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceState {
    /// The archive is turned off: the page asks the source itself.
    Off,
    /// The archive holds nothing of that kind yet: the page asks the source itself.
    Empty,
    /// The archive is younger than a minute, or was read just now.
    Fresh,
    /// The source takes longer than a page waits, or lists more than was read yet: reading goes on.
    Stale,
    Failed(SourceError),
    /// The appKey is another one than the archive was read with; nothing is read before it is checked or confirmed.
    KeyReplaced,
}

/// How old and how complete the archived rows of a kind are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// What the source listed until then is archived.
    pub as_of: Option<KstDateTime>,
    /// Everything detected since then is archived.
    pub complete_since: Option<KstDateTime>,
    /// Everything that the source listed is archived.
    pub is_complete: bool,
    pub source: SourceState,
}

impl Freshness {
    fn without_rows(source: SourceState) -> Self {
        Self {
            as_of: None,
            complete_since: None,
            is_complete: false,
            source,
        }
    }

    fn new(status: &ArchiveStatus, source: SourceState) -> Self {
        Self {
            as_of: status.last_success,
            complete_since: status.complete_since,
            is_complete: status.is_complete,
            source,
        }
    }

    /// Whether the page shows the archive.
    #[must_use]
    pub fn is_archive(&self) -> bool {
        !matches!(self.source, SourceState::Off | SourceState::Empty)
    }
}

impl Archive {
    /// Has the newest rows of a kind read when they are old. The caller waits a moment for that, and no longer: a slow
    /// reading goes on without it.
    ///
    /// # Errors
    /// When the database fails; that the source fails is a [`SourceState`].
    pub async fn freshen(
        &self,
        team: &Team,
        kind: ArchiveKind,
        refresh: Refresh,
    ) -> Result<Freshness, Error> {
        if !self.settings.is_on {
            return Ok(Freshness::without_rows(SourceState::Off));
        }
        let status = self.store.archive_status_of(&team.id, kind).await?;
        let Some(status) = status.filter(|status| status.stored > 0 || status.is_complete) else {
            return Ok(Freshness::without_rows(SourceState::Empty));
        };
        let now = self.store.archive_clock();
        if refresh == Refresh::IfOld {
            if status.last_success.is_some_and(|at| is_young(at, now)) {
                return Ok(Freshness::new(&status, SourceState::Fresh));
            }
            let source = self.source(&team.id);
            if let Some(state) = known_state(&source, kind, now) {
                return Ok(Freshness::new(&status, state));
            }
        }
        let (this, team) = (self.clone(), team.clone());
        let id = team.id.clone();
        let asked = Instant::now();
        let reading = async move { this.read_newest(&team, kind, refresh, asked).await };
        let reading = self.tasks.spawn(reading);
        let state = timeout(self.settings.patience, reading).await;
        let state = state.map_or(SourceState::Stale, |state| state_of_task(&id, state));
        let status = self.store.archive_status_of(&id, kind).await?;
        Ok(
            status.map_or(Freshness::without_rows(SourceState::Empty), |status| {
                Freshness::new(&status, state)
            }),
        )
    }

    async fn read_newest(
        &self,
        team: &Team,
        kind: ArchiveKind,
        refresh: Refresh,
        asked: Instant,
    ) -> Result<SourceState, Error> {
        let source = self.source(&team.id);
        let _refreshing = source.refreshing.lock().await;
        let now = self.store.archive_clock();
        let known = match refresh {
            Refresh::IfOld => known_state(&source, kind, now),
            Refresh::Now => {
                let reading = source.reading(kind);
                let shared = reading.filter(|reading| reading.began >= asked);
                shared.map(state).or_else(|| {
                    let failure = source.failure(now, true);
                    failure.map(SourceState::Failed)
                })
            }
        };
        if let Some(state) = known {
            return Ok(state);
        }
        let began = Instant::now();
        let access = self.store.api_access(team).await?;
        let context = Context::default();
        let mut run = Run::for_page(self, access, &context).await?;
        let outcome = match run.has_known_key().await {
            Ok(true) => run.read_newest(kind).await,
            Ok(false) => return Ok(SourceState::KeyReplaced),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(is_up_to_date) => {
                let reading = Reading {
                    began,
                    at: now,
                    is_up_to_date,
                };
                source.record_reading(kind, reading);
                if !is_up_to_date {
                    // The job reads what lies between.
                    self.store.wake_archive(&team.id).await?;
                }
                Ok(state(reading))
            }
            Err(TurnError::Refused(error) | TurnError::Failed(error)) => {
                Ok(SourceState::Failed(error))
            }
            Err(TurnError::Store(error)) => Err(error),
            Err(TurnError::Budget | TurnError::Stopping) => Ok(SourceState::Stale),
        }
    }

    /// Waits for readings that pages did not wait for.
    pub async fn drain(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Run<'_> {
    /// Reads the newest rows of a kind, and says whether nothing is missing between them and those that are archived.
    async fn read_newest(&mut self, kind: ArchiveKind) -> Result<bool, TurnError> {
        match kind {
            ArchiveKind::Events => self.read_open_windows().await,
            ArchiveKind::Tickets | ArchiveKind::History => {
                let walk = self.store.new_walk(self.id, kind, WalkKind::Head);
                self.read_newest_page(walk).await
            }
        }
    }
}

/// On a full disk, for example, the archive can still be read.
pub(super) fn state_of_task(
    team: &TeamId,
    state: Result<Result<SourceState, Error>, JoinError>,
) -> SourceState {
    match state {
        Ok(Ok(state)) => return state,
        Ok(Err(error)) => {
            tracing::warn!(%team, %error, "what a page asked for could not be archived");
        }
        Err(error) => tracing::error!(%team, %error, "the reading for a page panicked"),
    }
    SourceState::Stale
}

/// What is known without asking the source.
fn known_state(source: &Source, kind: ArchiveKind, now: KstDateTime) -> Option<SourceState> {
    if let Some(error) = source.failure(now, false) {
        return Some(SourceState::Failed(error));
    }
    let reading = source.reading(kind)?;
    is_young(reading.at, now).then(|| state(reading))
}

fn state(reading: Reading) -> SourceState {
    if reading.is_up_to_date {
        SourceState::Fresh
    } else {
        SourceState::Stale
    }
}

/// A time ahead was written before the clock was set back.
pub(super) fn is_young(at: KstDateTime, now: KstDateTime) -> bool {
    at > now.minus(MAX_AGE) && at <= now
}
