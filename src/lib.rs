//! Secmon Portal: see NHN Cloud's Security Monitoring and ask for it, without a console account.
//!
//! The house, from top to bottom; a module uses what stands above it, and
//! `tests/architecture/` holds that:
//!
//! - [`config`]: every setting, once; `--help` is the reference
//! - [`telemetry`]: logs and metrics, without secrets
//! - [`model`]: what the portal talks about; no I/O
//! - [`http_client`]: the base of every HTTP client
//! - [`secmon`]: the Secmon API
//! - [`store`]: what the portal remembers; the only place that knows the database
//! - [`auth`]: how people prove who they are
//! - [`jobs`]: background jobs: leases, concurrency, back-off
//! - [`control`]: adding and releasing: plan, record, call, read again, settle
//! - [`sanitizer`]: ticket HTML to `SafeHtml`, whose only maker it is
//! - [`web`]: the toolkit of every page
//! - [`pages`]: one file for each resource
//! - [`router`]: the router: every layer, in order, once
//! - [`simulator`]: the simulated Secmon API, with wire structs of its own
//! - [`server`]: listener, limits of connections, bootstrap and shutdown
//! - [`cli`]: what the binary does

pub mod auth;
pub mod cli;
pub mod config;
pub mod control;
pub mod http_client;
pub mod jobs;
pub mod model;
pub mod pages;
pub mod router;
pub mod sanitizer;
pub mod secmon;
pub mod server;
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod web;
