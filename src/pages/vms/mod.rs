//! VM control: the lists of servers, adding and releasing.

pub mod change;
mod confirm;
pub mod export;
mod filter;
pub mod index;
mod list;
mod related;
pub mod server;
mod sort;

use axum::response::{IntoResponse as _, Redirect, Response};

use crate::model::Team;

fn path(team: &Team) -> String {
    format!("/t/{}/vms", team.slug)
}

/// Redirects to the page at `back` with a message in its address.
fn redirect(back: &str, parameter: &str, value: &str) -> Response {
    let sign = if back.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{back}{sign}{parameter}={value}")).into_response()
}

/// The message key of a notice in an address.
fn notice(code: &str) -> Option<&'static str> {
    match code {
        "nothing-chosen" => Some("vms-nothing-chosen"),
        "too-many" => Some("vms-too-many"),
        "nothing-matches" => Some("vms-none-match"),
        _ => None,
    }
}
