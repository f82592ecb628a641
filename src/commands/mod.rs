//! What the binary does: one file for each command.

pub mod healthcheck;
pub mod simulator;
