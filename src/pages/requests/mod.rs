//! A team's change requests.

pub mod export;
pub mod index;
pub mod show;
