//! Site administration: all teams and all users.

pub mod team;
pub mod teams;
pub mod user;
pub mod users;
