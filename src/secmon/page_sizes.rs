//! Page sizes, learnt from responses: no guide states them (docs/secmon-api.md, wire format row 11).

use std::{collections::HashMap, sync::Mutex};

use crate::model::TeamId;

use super::lock;

/// For each team and list, the rows of the latest full page.
#[derive(Default)]
pub(super) struct PageSizes(Mutex<HashMap<(TeamId, &'static str), u64>>);

impl PageSizes {
    pub fn get(&self, team: &TeamId, list: &'static str) -> Option<u64> {
        lock(&self.0).get(&(team.clone(), list)).copied()
    }

    pub fn learn(&self, team: &TeamId, list: &'static str, size: u64) {
        lock(&self.0).insert((team.clone(), list), size);
    }
}
