//! What the binary does besides serving: one file for each command.

pub mod healthcheck;
