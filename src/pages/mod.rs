//! The pages: a module per resource, and in it each page's view above its handler.

mod account;
mod admin;
mod audit;
mod coverage;
mod events;
mod export;
mod health;
mod history;
mod invitation;
mod login;
pub mod not_found;
mod paging;
mod preferences;
mod request_result;
mod requests;
pub mod routes;
mod session;
mod settings;
mod setup;
mod teams;
mod tickets;
mod vms;
