//! The inventory: what the latest reading of a team's server lists showed, and what has changed.

mod read;
mod record;

pub(super) use read::UnprotectedServers;
