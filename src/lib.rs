//! Secmon Portal.

pub mod model;
