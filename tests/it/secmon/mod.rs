//! The Secmon API client against mock servers.

mod faults;
mod limits;
mod paging;
mod requests;
mod secrecy;
mod single_flight;
pub mod support;
mod surroundings;
mod tokens;
mod variants;
