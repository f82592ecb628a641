//! Synchronization against a source whose rows arrive late, repeat, move and change.

mod freshness;
mod key;
mod limits;
mod lists;
mod movements;
mod removal;
mod retention;
mod settings;
mod support;
mod windows;
