//! Secmon Portal.

pub mod commands;
pub mod config;
pub mod model;
pub mod telemetry;
