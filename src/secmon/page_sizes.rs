//! Page sizes, learnt from the answers: no guide states them (docs/secmon-api.md, wire format row 11).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::model::TeamId;

/// For each team and list, the rows of the full page that was seen last.
#[derive(Default)]
pub(super) struct PageSizes(Mutex<HashMap<(TeamId, &'static str), u64>>);

impl PageSizes {
    pub fn get(&self, team: &TeamId, list: &'static str) -> Option<u64> {
        let sizes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.get(&(team.clone(), list)).copied()
    }

    pub fn learn(&self, team: &TeamId, list: &'static str, size: u64) {
        let mut sizes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.insert((team.clone(), list), size);
    }
}
