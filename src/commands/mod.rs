//! The commands of the binary, a file for each.

pub mod simulator;
//! What the binary does besides serving: one file for each command.

pub mod healthcheck;
