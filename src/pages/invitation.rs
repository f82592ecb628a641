//! Choosing a password by a link that a site admin made: it works once, and not for long.

use askama::Template;
use axum::{
    Extension, Form, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
    routing::get,
};

use crate::{
    model::User,
    store::AuditRecord,
    web::{Error, Page, Portal, Problems, Result, access::record, asking::Asking, html, html_as},
};

use super::{link_over::link_over, new_password::TypedPassword};

pub fn routes() -> Router<Portal> {
    Router::new().route("/invitation/{token}", get(form).post(choose))
}

#[derive(Template)]
#[template(path = "invitation/form.html")]
struct ChooseForm {
    page: Page,
    user: User,
    token: String,
    problems: Problems,
}

fn over(asking: &Asking) -> Result {
    link_over(asking, "link-over-what")
}

/// Looking at it does not use the link up: mail scanners follow links.
async fn form(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    Path(token): Path<String>,
) -> Result {
    let Some(user) = portal.store.invited(&token).await? else {
        return over(&asking);
    };
    html(&ChooseForm {
        page: Page::anonymous(&asking),
        user,
        token,
        problems: Problems::default(),
    })
}

async fn choose(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    Path(token): Path<String>,
    Form(typed): Form<TypedPassword>,
) -> Result {
    let Some(user) = portal.store.invited(&token).await? else {
        return over(&asking);
    };
    let problems = typed.problems(&user.username);
    if !problems.is_empty() {
        let page = Page::anonymous(&asking);
        let again = ChooseForm {
            page,
            user,
            token,
            problems,
        };
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
    }
    let hash = portal.passwords.hash(&typed.new).await;
    let hash = hash.map_err(Error::internal)?;
    let by = record(AuditRecord::by(&user), &asking);
    let chosen = portal.store.choose_password(&user, &token, &hash, &by);
    if !chosen.await? {
        return over(&asking);
    }
    Ok(Redirect::to("/login?done=password").into_response())
}
