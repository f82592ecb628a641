//! The client of the Secmon API, against servers that answer as the vendor's may.

mod faults;
mod limits;
mod requests;
mod secrecy;
mod support;
mod surroundings;
mod tokens;
mod variants;
