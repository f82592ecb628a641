//! Everything that is tested from outside a module, in one binary: a module for each capability.

mod analysis;
mod secmon;
mod simulator;
