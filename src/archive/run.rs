//! One run: tasks take turns until nothing is due, the budget is spent, or the source wants to be left alone.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::{
    jobs::{Context, JobError, Next},
    model::{ApiAccess, AppKey, ArchiveKind},
    sanitizer::SANITIZER_VERSION,
    secmon::{Error as SourceError, Secmon},
    store::{ArchiveId, Error, EventWindow, Store, WalkKind},
};

use super::{Archive, lists::Lists, source_state::Source};

/// A task that fails as often is left alone until the next round.
const MAX_FAILURES: u32 = 3;

/// Calls that are made for a page at most.
const PAGE_BUDGET: u32 = 3;

/// What takes turns, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Task {
    List(ArchiveKind, WalkKind),
    Events,
    Parts,
    Sanitize,
}

impl Task {
    const ALL: [Self; 7] = [
        Self::List(ArchiveKind::Tickets, WalkKind::Head),
        Self::List(ArchiveKind::History, WalkKind::Head),
        Self::Events,
        Self::Parts,
        Self::List(ArchiveKind::Tickets, WalkKind::Full),
        Self::List(ArchiveKind::History, WalkKind::Full),
        Self::Sanitize,
    ];

    fn kind(self) -> ArchiveKind {
        match self {
            Self::List(kind, _) => kind,
            Self::Events => ArchiveKind::Events,
            Self::Parts | Self::Sanitize => ArchiveKind::Tickets,
        }
    }
}

/// What a task made of its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It did something, and may have more to do.
    Worked,
    /// Nothing is due.
    Idle,
}

/// Why a turn did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum TurnError {
    #[error("the budget of calls is spent")]
    Budget,
    #[error("the portal ends")]
    Stopping,
    /// The source wants to be left alone, or does not let the team in: no task goes on.
    #[error(transparent)]
    Refused(SourceError),
    /// The call failed; other tasks go on.
    #[error(transparent)]
    Failed(#[from] SourceError),
    #[error(transparent)]
    Store(#[from] Error),
}

pub(super) struct Run<'a> {
    pub store: &'a Store,
    pub archive: &'a Archive,
    pub id: ArchiveId,
    /// The newest rows are asked for.
    pub is_round: bool,
    pub lists: Lists,
    /// The window that is being read.
    pub window: Option<EventWindow>,
    access: ApiAccess,
    context: &'a Context,
    calls_left: u32,
    source: Arc<Source>,
    next_call: Instant,
    failures: HashMap<Task, u32>,
    last_failure: Option<SourceError>,
    has_answered: bool,
}

impl<'a> Run<'a> {
    pub async fn start(
        archive: &'a Archive,
        access: ApiAccess,
        context: &'a Context,
    ) -> Result<Self, Error> {
        let store = &archive.store;
        let id = store.open_archive(&access.team, SANITIZER_VERSION).await?;
        // The runner may be a little early: pauses are spread.
        let interval = archive.interval_millis() / 5 * 4;
        let is_round = store.begin_round(id, interval).await?;
        if is_round {
            store.extend_windows(id).await?;
            store.wake_open_windows(id).await?;
        }
        let budget = archive.settings.budget;
        Ok(Self {
            is_round,
            ..Self::new(archive, id, access, context, budget)
        })
    }

    /// A run of a few calls for somebody who waits.
    pub async fn for_page(
        archive: &'a Archive,
        access: ApiAccess,
        context: &'a Context,
    ) -> Result<Self, Error> {
        let opened = archive.store.open_archive(&access.team, SANITIZER_VERSION);
        let id = opened.await?;
        Ok(Self::new(archive, id, access, context, PAGE_BUDGET))
    }

    fn new(
        archive: &'a Archive,
        id: ArchiveId,
        access: ApiAccess,
        context: &'a Context,
        calls_left: u32,
    ) -> Self {
        Self {
            store: &archive.store,
            archive,
            id,
            is_round: false,
            lists: Lists::default(),
            window: None,
            source: archive.source(&access.team),
            access,
            context,
            calls_left,
            next_call: Instant::now(),
            failures: HashMap::new(),
            last_failure: None,
            has_answered: false,
        }
    }

    /// Works to the end of the run, and says when the next one is due.
    pub async fn finish(mut self) -> Result<Next, JobError> {
        let outcome = self.work().await;
        let outcome = match self.suspend_window().await {
            Err(error) if outcome.is_ok() => Err(error.into()),
            _ => outcome,
        };
        if !matches!(outcome, Err(TurnError::Store(_))) {
            self.source.record_write_failure(None);
        }
        match outcome {
            Ok(()) if self.has_answered || self.last_failure.is_none() => {
                Ok(Next::Again(self.archive.settings.interval))
            }
            Ok(()) => {
                let error = self.last_failure.take();
                Err(JobError::new(
                    error.map_or_else(String::new, |error| error.to_string()),
                    None,
                ))
            }
            Err(TurnError::Budget) => Ok(Next::Again(Duration::ZERO)),
            Err(TurnError::Stopping) => Ok(Next::Stopped),
            Err(TurnError::Refused(error) | TurnError::Failed(error)) => {
                let retry_after = error.retry_after();
                Err(JobError::new(error, retry_after))
            }
            Err(TurnError::Store(error)) => {
                self.note_store(&error).await;
                Err(error.into())
            }
        }
    }

    async fn work(&mut self) -> Result<(), TurnError> {
        if !self.accepts_key().await? {
            return Ok(());
        }
        loop {
            let mut is_idle = true;
            for task in Task::ALL {
                if self
                    .failures
                    .get(&task)
                    .is_some_and(|times| *times >= MAX_FAILURES)
                {
                    continue;
                }
                match self.turn(task).await {
                    Ok(Turn::Idle) => {}
                    Ok(Turn::Worked) => is_idle = false,
                    Err(TurnError::Failed(error)) => {
                        is_idle = false;
                        self.note(task, &error).await?;
                    }
                    Err(TurnError::Refused(error)) => {
                        self.note(task, &error).await?;
                        return Err(TurnError::Refused(error));
                    }
                    Err(error) => return Err(error),
                }
            }
            if is_idle {
                return Ok(());
            }
        }
    }

    async fn turn(&mut self, task: Task) -> Result<Turn, TurnError> {
        if self.context.is_stopping() {
            return Err(TurnError::Stopping);
        }
        match task {
            Task::List(kind, walk) => self.walk_turn(kind, walk).await,
            Task::Events => self.events_turn().await,
            Task::Parts => self.parts_turn().await,
            Task::Sanitize => self.sanitize_turn().await,
        }
    }

    async fn note(&mut self, task: Task, error: &SourceError) -> Result<(), Error> {
        *self.failures.entry(task).or_default() += 1;
        tracing::debug!(team = %self.access.team, ?task, %error, "a page could not be read");
        self.last_failure = Some(error.clone());
        let text = error.to_string();
        self.store
            .record_archive_error(self.id, task.kind(), &text)
            .await
    }

    /// A full disk, for example. It may not even take this.
    async fn note_store(&self, error: &Error) {
        let text = format!("the archive cannot be written: {error}");
        self.source
            .record_write_failure(Some((text.clone(), self.store.archive_clock())));
        if let Err(error) = self.note_all(&text).await {
            tracing::warn!(team = %self.access.team, %error, "the archive's state cannot be written");
        }
    }

    /// Notes the same error for all kinds.
    pub async fn note_all(&self, error: &str) -> Result<(), Error> {
        for kind in ArchiveKind::ALL {
            let noted = self.store.record_archive_error(self.id, kind, error);
            noted.await?;
        }
        Ok(())
    }

    pub fn app_key(&self) -> &AppKey {
        &self.access.app_key
    }

    /// Whether the source has answered a call of this run.
    pub fn has_answered(&self) -> bool {
        self.has_answered
    }

    /// Calls that are left, at most `wanted`.
    pub fn calls_up_to(&self, wanted: u32) -> u32 {
        wanted.min(self.calls_left)
    }

    /// Makes one call when its time has come.
    pub async fn call<T>(
        &mut self,
        call: impl AsyncFnOnce(&Secmon, &ApiAccess) -> Result<T, SourceError>,
    ) -> Result<T, TurnError> {
        if self.calls_left == 0 {
            return Err(TurnError::Budget);
        }
        let gap = self.source.gap();
        if !gap.is_zero() {
            tokio::select! {
                () = self.context.stopped() => return Err(TurnError::Stopping),
                () = sleep_until(self.next_call) => {}
            }
            self.next_call = Instant::now() + gap;
        }
        self.calls_left -= 1;
        let in_turn = async {
            let _turn = self.source.calling.lock().await;
            call(&self.archive.secmon, &self.access).await
        };
        let answer = tokio::select! {
            () = self.context.stopped() => return Err(TurnError::Stopping),
            answer = in_turn => answer,
        };
        let error = match answer {
            Ok(answer) => {
                self.has_answered = true;
                self.source.record_success();
                return Ok(answer);
            }
            Err(error) => error,
        };
        let is_refused = ends_run(&error);
        if is_refused || !self.has_answered {
            self.source
                .record_failure(&error, self.store.archive_clock());
        }
        Err(if is_refused {
            TurnError::Refused(error)
        } else {
            TurnError::Failed(error)
        })
    }
}

/// Whether no other call would fare better.
fn ends_run(error: &SourceError) -> bool {
    match error {
        SourceError::HttpStatus { status, .. } => matches!(status, 401 | 403 | 429 | 503),
        SourceError::Token(_) => true,
        _ => false,
    }
}
