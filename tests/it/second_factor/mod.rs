//! Two-step sign-in: one-time codes, recovery codes, who must have them, and what happens when they are lost.

mod manage;
mod required;
mod set_up;
mod sign_in;
mod store;
