//! Change requests: stored before and after every call, and read with the progress of each item.

mod filter;
mod pending;
mod polling;
mod progress;
mod read;
mod write;

use crate::model::ItemState;

pub use filter::RequestFilter;

/// A set of states as an SQL list.
pub(super) fn in_list(states: &[ItemState]) -> String {
    quoted(states.iter().map(|state| state.code()))
}

/// Codes as an SQL list; none of them comes from outside.
pub(super) fn quoted<'a>(codes: impl Iterator<Item = &'a str>) -> String {
    let codes: Vec<_> = codes.map(|code| format!("'{code}'")).collect();
    codes.join(", ")
}
