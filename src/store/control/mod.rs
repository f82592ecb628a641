//! What was asked of the API, and what became of each thing: written before and after every call.

mod life;
mod read;
mod readings;
mod types;
mod write;

pub use types::{
    ControlAction, ControlItem, ControlRequest, ItemKind, ItemState, NewControlRequest, Reason,
    Settled, StartedControl, Step, UnderWay,
};
