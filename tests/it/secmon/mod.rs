//! The client of the Secmon API, against servers that answer as the vendor's may.

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
