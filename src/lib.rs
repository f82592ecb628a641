//! Secmon Portal.

pub mod credentials;
pub mod analysis;
pub mod model;
pub mod store;
pub mod secmon;
pub mod commands;
pub mod model;
pub mod simulator;
pub mod commands;
pub mod config;
pub mod model;
pub mod telemetry;
