//! Secmon Portal.

pub mod config;
pub mod model;
