//! What this portal knows of each team's source: whether it is being called, how fast it may be, and what failed last.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use tokio::time::Instant;

use crate::{
    jobs::MAX_BACKOFF,
    model::{ArchiveKind, KstDateTime, TeamId},
    secmon::Error as SourceError,
};

use super::pace::{AdaptivePace, Pace};

/// Pages leave a source alone for so long after it failed, unless somebody asks for a refresh.
const FAILURE_PAUSE: Duration = Duration::from_secs(15);

/// The sources of all teams; a clone shares them.
#[derive(Clone, Default)]
pub(super) struct Sources(Arc<Mutex<HashMap<TeamId, Arc<Source>>>>);

/// The source of one team.
pub(super) struct Source {
    /// Held during a call: one is made at a time.
    pub calling: tokio::sync::Mutex<()>,
    /// Held while a page has the newest rows read: the others wait for the same reading.
    pub refreshing: tokio::sync::Mutex<()>,
    facts: Mutex<Facts>,
}

struct Facts {
    pace: AdaptivePace,
    failure: Option<Failure>,
    readings: HashMap<ArchiveKind, Reading>,
    write_failure: Option<WriteFailure>,
}

/// Why the archive could not be written last, and when.
pub(super) type WriteFailure = (String, KstDateTime);

/// A failed call.
struct Failure {
    error: SourceError,
    until: KstDateTime,
    /// The source named the time itself.
    is_binding: bool,
}

/// The latest reading of the newest rows for a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub began: Instant,
    pub at: KstDateTime,
    /// Nothing is missing between these rows and those that were archived before.
    pub is_up_to_date: bool,
}

impl Sources {
    pub fn get(&self, team: &TeamId, pace: Pace) -> Arc<Source> {
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let source = sources.entry(team.clone());
        Arc::clone(source.or_insert_with(|| Arc::new(Source::new(pace))))
    }
}

impl Source {
    fn new(pace: Pace) -> Self {
        Self {
            calling: tokio::sync::Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
            facts: Mutex::new(Facts {
                pace: AdaptivePace::new(pace),
                failure: None,
                readings: HashMap::new(),
                write_failure: None,
            }),
        }
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time from the start of one call to the start of the next.
    pub fn gap(&self) -> Duration {
        self.facts().pace.gap(Instant::now())
    }

    pub fn reading(&self, kind: ArchiveKind) -> Option<Reading> {
        self.facts().readings.get(&kind).copied()
    }

    pub fn record_reading(&self, kind: ArchiveKind, reading: Reading) {
        self.facts().readings.insert(kind, reading);
    }

    /// Why the source is left alone now. A refresh waits only for as long as the source asked for.
    pub fn failure(&self, now: KstDateTime, is_forced: bool) -> Option<SourceError> {
        let facts = self.facts();
        let failure = facts.failure.as_ref()?;
        let is_over = now >= failure.until || (is_forced && !failure.is_binding);
        (!is_over).then(|| failure.error.clone())
    }

    /// A full disk does not take its own error: it is kept here.
    pub fn record_write_failure(&self, failure: Option<WriteFailure>) {
        self.facts().write_failure = failure;
    }

    pub fn write_failure(&self) -> Option<WriteFailure> {
        self.facts().write_failure.clone()
    }

    pub fn record_success(&self) {
        self.facts().failure = None;
    }

    pub fn record_failure(&self, error: &SourceError, now: KstDateTime) {
        let mut facts = self.facts();
        if matches!(
            error,
            SourceError::HttpStatus {
                status: 429 | 503,
                ..
            }
        ) {
            facts.pace.slow_down(Instant::now());
        }
        let wanted = error.retry_after().map(|pause| pause.min(MAX_BACKOFF));
        let pause = TimeDelta::from_std(wanted.unwrap_or(FAILURE_PAUSE)).unwrap_or_default();
        facts.failure = Some(Failure {
            error: error.clone(),
            until: now.minus(-pause),
            is_binding: wanted.is_some(),
        });
    }
}
