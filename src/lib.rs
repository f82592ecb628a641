//! Secmon Portal.

pub mod analysis;
pub mod model;
