//! What was asked of the API, and what became of each thing: written before and after every call.

mod filter;
mod polling;
mod progress;
mod read;
mod types;
mod under_way;
mod write;

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{ChangeAction, ItemState, Reason},
    store::Error,
};

pub use filter::RequestFilter;
pub use types::{
    ChangeRequest, ItemKind, NewChangeRequest, RequestItem, Settled, StartedRequest, Step, UnderWay,
};

/// A set of states as SQL takes it.
pub(super) fn in_list(states: &[ItemState]) -> String {
    quoted(states.iter().map(|state| state.code()))
}

/// Codes as SQL takes them; none of them comes from outside.
pub(super) fn quoted<'a>(codes: impl Iterator<Item = &'a str>) -> String {
    let codes: Vec<_> = codes.map(|code| format!("'{code}'")).collect();
    codes.join(", ")
}

fn read_state(row: &AnyRow) -> Result<ItemState, Error> {
    ItemState::parse(row.try_get("state")?).ok_or(Error::Unreadable("the state of an item"))
}

fn read_reason(row: &AnyRow) -> Result<Option<Reason>, Error> {
    let code: Option<String> = row.try_get("reason")?;
    let unreadable = Error::Unreadable("the reason of an item");
    code.map(|code| Reason::parse(&code).ok_or(unreadable))
        .transpose()
}

fn read_action(row: &AnyRow) -> Result<ChangeAction, Error> {
    ChangeAction::parse(row.try_get("action")?).ok_or(Error::Unreadable("an action"))
}
