//! VM control: what is monitored and what is not, adding and releasing.

pub mod change;
mod confirm;
pub mod export;
pub mod index;
mod list;
mod marks;
mod order;
mod related;
pub mod server;

use crate::model::Team;

/// Where a team's VM control is.
fn path(team: &Team) -> String {
    format!("/t/{}/vms", team.slug)
}
