//! Change requests: stored before and after every call, and read with the progress of each item.

mod pending;
mod polling;
mod progress;
mod read;
mod write;

use crate::model::ItemState;

/// States as an SQL list.
fn in_list(states: &[ItemState]) -> String {
    let codes: Vec<_> = states
        .iter()
        .map(|state| format!("'{}'", state.code()))
        .collect();
    codes.join(", ")
}
