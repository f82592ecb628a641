//! The history of control, as the vendor keeps it, with who asked for what came through the portal.

mod export;

use askama::Template;
use axum::{Router, extract::State, routing::get};

use crate::{
    control::{Through, asked_before},
    model::{Change, Moment, Team},
    secmon::Secmon,
    store::{Error, Store},
    web::{self, Can, Page, Portal, Query, access::ReadTeam, html},
};

use super::paging::{PageQuery, Paging};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/t/{slug}/history", get(index))
        .route("/t/{slug}/history.csv", get(export::export))
        .route("/t/{slug}/history.xlsx", get(export::export))
}

#[derive(Template)]
#[template(path = "history/index.html")]
struct Index {
    page: Page,
    changes: Vec<Change>,
    /// Requests of the portal that brought them about.
    through: Through,
    paging: Paging,
}

async fn index(
    who: Can<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    Query(query): Query<PageQuery>,
) -> web::Result {
    let access = store.api_access(who.team()).await?;
    let listing = secmon.history(&access, query.number()).await?;
    let through = through(&store, who.team(), &listing.rows).await?;
    let page = who.page();
    let paging = Paging::new(&listing, page.path(), &[]);
    html(&Index {
        page,
        changes: listing.rows,
        through,
        paging,
    })
}

/// The requests that those rows came through.
pub async fn through(store: &Store, team: &Team, changes: &[Change]) -> Result<Through, Error> {
    let at = |change: &Change| match change.registered {
        Some(Moment::At(at)) => Some(asked_before(at)),
        _ => None,
    };
    let spans: Vec<_> = changes.iter().filter_map(at).collect();
    let (from, to) = (
        spans.iter().map(|it| it.0).min(),
        spans.iter().map(|it| it.1).max(),
    );
    match from.zip(to) {
        Some((from, to)) => {
            let requests = store.control_asked(&team.id, from, to).await?;
            Ok(Through::new(changes, requests))
        }
        None => Ok(Through::default()),
    }
}
