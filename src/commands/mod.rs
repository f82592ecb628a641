//! The commands of the binary, a file for each.

pub mod simulator;
