//! Secmon Portal: NHN Cloud's Security Monitoring for a team, without a console account.
//!
//! A module uses only modules above it; `tests/architecture` enforces this order:
//!
//! - [`config`]: all settings
//! - [`telemetry`]: logs and metrics, without secrets
//! - [`model`]: domain types and pure logic, no I/O
//! - [`http_client`]: the base of every HTTP client
//! - [`secmon`]: the Secmon API client
//! - [`store`]: SQL, the only module that knows the database engine
//! - [`auth`]: passwords, TOTP, recovery codes, OIDC, login rate limiting
//! - [`jobs`]: background jobs with leases, bounded concurrency and back-off
//! - [`sanitizer`]: ticket HTML to `SafeHtml`
//! - [`archive`]: keeps every ticket, event and history row of each team
//! - [`control`]: change requests: plan, persist, execute, reconcile
//! - [`web`]: extractors, layout, errors, forms, exports, i18n, middleware
//! - [`pages`]: HTML handlers, one module per resource
//! - [`router`]: every route and layer, in order
//! - [`simulator`]: the simulated Secmon API, with wire structs of its own
//! - [`server`]: listener, connection limits, bootstrap, shutdown
//! - [`cli`]: arguments and commands

pub mod archive;
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
