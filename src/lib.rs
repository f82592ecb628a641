//! Secmon Portal: see NHN Cloud's Security Monitoring and ask for it, without a console account.
//!
//! The house, from top to bottom; a module uses what stands above it, and
//! `tests/architecture/` holds that:
//!
//! - [`config`]: every setting, once; `--help` is the reference
//! - [`telemetry`]: logs without secrets
//! - [`model`]: what the portal talks about; no I/O
//! - [`secmon`]: the Secmon API; the only place that knows the HTTP client
//! - [`store`]: what the portal remembers; the only place that knows the database
//! - [`credentials`]: how people prove who they are
//! - [`control`]: adding and releasing: plan, record, call, read again, settle
//! - [`sanitizer`]: ticket HTML to `SafeHtml`, whose only maker it is
//! - [`web`]: the toolkit of every page
//! - [`pages`]: one file for each resource
//! - [`app`]: the router: every layer, in order, once
//! - [`simulator`]: the simulated Secmon API, with wire structs of its own
//! - [`commands`]: what the binary does

pub mod app;
pub mod commands;
pub mod config;
pub mod control;
pub mod credentials;
pub mod model;
pub mod pages;
pub mod sanitizer;
pub mod secmon;
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod web;
