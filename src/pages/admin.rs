//! What a site admin sees: all teams and all users.

use askama::Template;
use axum::{Router, extract::State, routing::get};

use crate::{
    model::{Role, Slug, Team, User},
    store::Store,
    web::{Page, Portal, Result, SiteAdmin, html},
};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/admin/teams", get(teams))
        .route("/admin/users", get(users))
}

#[derive(Template)]
#[template(path = "admin/teams.html")]
struct Teams {
    page: Page,
    teams: Vec<Team>,
}

async fn teams(SiteAdmin(who): SiteAdmin, State(store): State<Store>) -> Result {
    html(&Teams {
        page: who.page(),
        teams: store.teams().await?,
    })
}

#[derive(Template)]
#[template(path = "admin/users.html")]
struct Users {
    page: Page,
    users: Vec<(User, Vec<(Slug, Role)>)>,
}

async fn users(SiteAdmin(who): SiteAdmin, State(store): State<Store>) -> Result {
    let memberships = store.all_memberships().await?;
    let of = |user: &User| {
        let mine = memberships
            .iter()
            .filter(|(name, ..)| *name == user.username);
        mine.map(|(_, slug, role)| (slug.clone(), *role)).collect()
    };
    let users = store.users().await?;
    html(&Users {
        page: who.page(),
        users: users
            .into_iter()
            .map(|user| (user.clone(), of(&user)))
            .collect(),
    })
}
