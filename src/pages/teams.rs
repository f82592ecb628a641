//! The user's teams, and the overview of one.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Redirect},
    routing::get,
};

use crate::{
    model::Clock,
    store::{ControlRequest, Store},
    web::{Can, Page, Portal, Result, SignedIn, access::ReadTeam, html},
};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/", get(index))
        .route("/t/{slug}", get(show))
}

#[derive(Template)]
#[template(path = "teams/index.html")]
struct Index {
    page: Page,
}

async fn index(who: SignedIn) -> Result {
    if let [only] = who.memberships.as_slice() {
        let there = format!("/t/{}", only.team.slug);
        return Ok(Redirect::to(&there).into_response());
    }
    html(&Index { page: who.page() })
}

#[derive(Template)]
#[template(path = "teams/show.html")]
struct Show {
    page: Page,
    /// The newest requests for control made through the portal.
    requests: Vec<ControlRequest>,
}

async fn show(
    who: Can<ReadTeam>,
    State(store): State<Store>,
    State(clock): State<Clock>,
) -> Result {
    let now = clock.korean();
    let requests = store.recent_control(&who.team().id, 5).await?;
    html(&Show {
        page: who.page(),
        requests: requests.into_iter().map(|it| it.told(now)).collect(),
    })
}
