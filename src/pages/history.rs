//! The history of control, as the vendor keeps it, with who asked for what came through the portal.

use askama::Template;
use axum::{Router, extract::State, routing::get};

use crate::{
    control::{asked_before, through},
    model::{Change, Moment, Team},
    secmon::Secmon,
    store::{ControlRequest, Error, Store},
    web::{self, Can, Page, Portal, Query, access::ReadTeam, html},
};

use super::paging::{PageQuery, Paging};

pub fn routes() -> Router<Portal> {
    Router::new().route("/t/{slug}/history", get(index))
}

#[derive(Template)]
#[template(path = "history/index.html")]
struct Index {
    page: Page,
    changes: Vec<Change>,
    /// Requests of the portal that may have brought them about.
    requests: Vec<ControlRequest>,
    paging: Paging,
}

impl Index {
    fn through(&self, change: &Change) -> Option<&ControlRequest> {
        through(change, &self.requests)
    }
}

async fn index(
    who: Can<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    Query(query): Query<PageQuery>,
) -> web::Result {
    let access = store.api_access(who.team()).await?;
    let listing = secmon.history(&access, query.number()).await?;
    let requests = requests(&store, who.team(), &listing.rows).await?;
    let page = who.page();
    let paging = Paging::new(&listing, page.path(), &[]);
    html(&Index {
        page,
        changes: listing.rows,
        requests,
        paging,
    })
}

/// The requests asked for at the time of those rows.
pub async fn requests(
    store: &Store,
    team: &Team,
    changes: &[Change],
) -> Result<Vec<ControlRequest>, Error> {
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
        Some((from, to)) => store.control_asked(&team.id, from, to).await,
        None => Ok(Vec::new()),
    }
}
