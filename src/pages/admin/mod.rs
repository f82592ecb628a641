//! What a site admin manages: all teams and all users.

mod new_team;
mod team;
mod users;

use axum::{
    Router,
    routing::{get, post},
};

use crate::web::Portal;

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/admin/teams", get(new_team::index).post(new_team::create))
        .route("/admin/teams/{slug}", get(team::show))
        .route("/admin/teams/{slug}/name", post(team::rename))
        .route("/admin/teams/{slug}/key", post(team::replace_key))
        .route("/admin/teams/{slug}/key/try", post(team::try_key))
        .route("/admin/teams/{slug}/archive", post(team::archive))
        .route("/admin/teams/{slug}/bring-back", post(team::bring_back))
        .route("/admin/users", get(users::index))
}
