//! VM control: what is monitored and what is not, adding and releasing.

mod change;
mod confirm;
mod export;
mod index;
mod list;
mod marks;
mod order;
mod related;
mod server;

use axum::{
    Router,
    routing::{get, post},
};

use crate::{model::Team, web::AppState};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/t/{slug}/vms", get(index::index))
        .route("/t/{slug}/vms.csv", get(export::export))
        .route("/t/{slug}/vms.xlsx", get(export::export))
        .route("/t/{slug}/vms/add", post(change::add))
        .route("/t/{slug}/vms/release", post(change::release))
        .route("/t/{slug}/vms/{id}", get(server::show))
}

/// Where a team's VM control is.
fn path(team: &Team) -> String {
    format!("/t/{}/vms", team.slug)
}
