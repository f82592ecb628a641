//! Synchronization against a source whose rows arrive late, repeat, move and change.

mod freshness;
mod limits;
mod lists;
mod movements;
mod removal;
mod settings;
mod support;
mod windows;
