//! Secmon Portal.

pub mod model;
pub mod simulator;
