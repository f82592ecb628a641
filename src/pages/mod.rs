//! The pages: one file for each resource, with its routes, and for each page its view and its handler.

pub mod account;
pub mod admin;
pub mod audit;
pub mod coverage;
pub mod events;
mod export;
pub mod form_again;
pub mod health;
pub mod history;
pub mod invitation;
mod link_over;
mod new_password;
mod outcome;
mod paging;
pub mod preferences;
pub mod requests;
pub mod second_factor;
pub mod session;
pub mod set_up;
pub mod settings;
pub mod sign_in;
mod team_form;
mod team_key;
pub mod teams;
pub mod tickets;
mod user_form;
pub mod vms;
