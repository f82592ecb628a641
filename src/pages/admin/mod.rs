//! What a site admin manages: all teams and all users.

mod team;
mod teams;
mod user;
mod users;

use axum::{
    Router,
    routing::{get, post},
};

use crate::web::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/teams", get(teams::index).post(teams::create))
        .route("/admin/teams/{slug}", get(team::show))
        .route("/admin/teams/{slug}/name", post(team::rename))
        .route("/admin/teams/{slug}/key", post(team::replace_key))
        .route("/admin/teams/{slug}/key/try", post(team::try_key))
        .route("/admin/teams/{slug}/archive", post(team::archive))
        .route("/admin/teams/{slug}/bring-back", post(team::bring_back))
        .route("/admin/users", get(users::index).post(users::invite))
        .route("/admin/users/{user}", get(user::show))
        .route("/admin/users/{user}/name", post(user::rename))
        .route("/admin/users/{user}/site-admin", post(user::site_admin))
        .route("/admin/users/{user}/disable", post(user::disable))
        .route("/admin/users/{user}/enable", post(user::enable))
        .route("/admin/users/{user}/link", post(user::make_link))
        .route(
            "/admin/users/{user}/link/withdraw",
            post(user::withdraw_link),
        )
        .route(
            "/admin/users/{user}/second-factor",
            post(user::reset_second_factor),
        )
        .route(
            "/admin/users/{user}/single-sign-on/disconnect",
            post(user::disconnect),
        )
        .route("/admin/users/{user}/teams", post(user::add_to_team))
        .route("/admin/users/{user}/teams/role", post(user::change_role))
        .route(
            "/admin/users/{user}/teams/remove",
            post(user::remove_from_team),
        )
}
