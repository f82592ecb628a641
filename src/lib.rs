//! Secmon Portal.

pub mod commands;
pub mod model;
pub mod simulator;
