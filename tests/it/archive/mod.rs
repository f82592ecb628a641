//! Synchronization against a source whose rows arrive late, repeat, move and change.

mod freshness;
mod key;
mod limits;
mod lists;
mod movements;
mod retention;
mod support;
mod windows;
