//! OIDC sign-in at a real provider and at hostile ones.

#[path = "../../oidc_provider/guest.rs"]
mod guest;
#[path = "../../oidc_provider/process.rs"]
mod process;

mod accounts;
mod connecting;
mod groups;
mod hostile;
mod lying;
mod settings;
mod sign_in;
mod sign_out;
mod site;
pub mod support;
