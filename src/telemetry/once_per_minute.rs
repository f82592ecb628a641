//! Rate limit of warnings that any client can cause.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const PAUSE: Duration = Duration::from_mins(1);

/// Lets one event a minute through.
#[derive(Debug, Default)]
pub struct OncePerMinute(Mutex<Option<Instant>>);

impl OncePerMinute {
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether the event is the first for a minute.
    pub fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last.elapsed() >= PAUSE);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_event_within_a_minute_is_held_back() {
        let warning = OncePerMinute::new();
        assert!(warning.is_due());
        assert!(!warning.is_due());
    }
}
