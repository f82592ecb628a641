//! The page of one's own account.

use askama::Template;
use axum::{Router, routing::get};

use crate::web::{Page, Portal, Result, SignedIn, html};

pub fn routes() -> Router<Portal> {
    Router::new().route("/account", get(show))
}

#[derive(Template)]
#[template(path = "account/show.html")]
struct Show {
    page: Page,
}

async fn show(who: SignedIn) -> Result {
    html(&Show { page: who.page() })
}
