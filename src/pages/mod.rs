//! The pages: a module per resource, and in it each page's view above its handler.

mod account;
mod admin;
mod audit;
mod events;
mod expired_link;
mod health;
mod history;
mod invitation;
mod linked_identity;
mod new_password;
pub mod not_found;
mod oidc;
mod preferences;
mod reauth;
mod requests;
pub mod routes;
mod second_factor;
mod session;
mod set_up;
mod settings;
mod sign_in;
mod team_form;
mod team_key;
mod teams;
mod tickets;
mod user_form;
mod vms;
