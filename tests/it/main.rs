//! Everything that is tested from outside a module, in one binary: a module for each capability.

mod access;
mod account;
mod administration;
mod audit;
mod audit_chain;
mod audit_whole;
mod confirmation;
mod control;
mod control_failures;
mod control_forms;
mod control_life;
mod coverage;
mod errors;
mod events;
mod exports;
mod form_again;
mod headers;
mod history;
mod large_fleet;
#[path = "../sanitizer/mod.rs"]
mod promise;
mod rotation;
mod sanitizer;
mod secmon;
mod second_factor;
mod server;
mod sessions;
mod sign_in;
mod simulator;
mod single_sign_on;
mod store;
mod support;
mod throttle;
mod tickets;
mod vms;
mod words;
