//! The pages: a module per resource, and in it each page's view above its handler.

mod account;
mod addresses;
mod admin;
mod audit;
mod events;
mod health;
mod history;
mod invitation;
mod login;
pub mod not_found;
mod preferences;
mod requests;
pub mod routes;
mod search;
mod session;
mod settings;
mod setup;
mod teams;
mod tickets;
mod vms;
