//! All users.

use askama::Template;
use axum::extract::State;

use crate::{
    model::{Role, Slug, User},
    store::Store,
    web::{Page, Result, SiteAdmin, html},
};

#[derive(Template)]
#[template(path = "admin/users.html")]
struct Users {
    page: Page,
    users: Vec<(User, Vec<(Slug, Role)>)>,
}

pub(super) async fn index(SiteAdmin(who): SiteAdmin, State(store): State<Store>) -> Result {
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
