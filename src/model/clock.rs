//! The clock, as an argument: a test stops it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::KstDateTime;

/// The system's clock, or a stopped one for tests.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock stopped at `at`.
    #[must_use]
    pub fn stopped(at: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(at))))
    }

    /// Moves a stopped clock, and every clone of it.
    pub fn advance(&self, span: TimeDelta) {
        if let Some(hands) = &self.0 {
            *hands.lock().unwrap_or_else(PoisonError::into_inner) += span;
        }
    }

    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        self.stopped_at().unwrap_or_else(Utc::now)
    }

    /// The time of a stopped clock; `None` for the system's.
    #[must_use]
    pub fn stopped_at(&self) -> Option<DateTime<Utc>> {
        let hands = self.0.as_ref()?;
        Some(*hands.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[must_use]
    pub fn korean(&self) -> KstDateTime {
        KstDateTime::from_utc(self.now())
    }
}
