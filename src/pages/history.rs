//! The history of control, as the vendor keeps it, with who asked for what came through the portal.

pub mod export;

use askama::Template;
use axum::extract::State;

use crate::{
    control::{Attribution, Origin, asked_before},
    model::{ApiTimestamp, HistoryEntry, Team},
    secmon::Secmon,
    store::{Error, Store},
    web::{self, Authorized, Layout, LenientQuery, access::ReadTeam, html},
};

use super::paging::{PageQuery, Paging};

#[derive(Template)]
#[template(path = "history/index.html")]
struct Index {
    layout: Layout,
    changes: Vec<HistoryEntry>,
    /// Requests of the portal that brought them about.
    through: Attribution,
    paging: Paging,
}

pub async fn index(
    who: Authorized<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    LenientQuery(query): LenientQuery<PageQuery>,
) -> web::Result {
    let access = store.api_access(who.team()).await?;
    let listing = secmon.history(&access, query.number()).await?;
    let through = through(&store, who.team(), &listing.rows).await?;
    let layout = query.page(who.layout());
    let paging = Paging::new(&listing, layout.path(), &[]);
    html(&Index {
        layout,
        changes: listing.rows,
        through,
        paging,
    })
}

fn who_asked(layout: &Layout, origin: Origin<'_>) -> String {
    let user = origin.request.map(|request| request.user_name.as_str());
    let outside = origin.is_outside.then(|| layout.t("outside-the-portal"));
    let shared = origin
        .is_shared_name
        .then(|| layout.t("server-of-this-name"));
    let parts: Vec<&str> = [user, outside, shared].into_iter().flatten().collect();
    parts.join(", ")
}

/// The requests that those rows came through.
pub async fn through(
    store: &Store,
    team: &Team,
    changes: &[HistoryEntry],
) -> Result<Attribution, Error> {
    let at = |change: &HistoryEntry| match change.registered {
        Some(ApiTimestamp::At(at)) => Some(asked_before(at)),
        _ => None,
    };
    let spans: Vec<_> = changes.iter().filter_map(at).collect();
    let (from, to) = (
        spans.iter().map(|span| span.0).min(),
        spans.iter().map(|span| span.1).max(),
    );
    match from.zip(to) {
        Some((from, to)) => {
            let requests = store.control_asked(&team.id, from, to).await?;
            let shared_names = store.shared_names(&team.id).await?;
            Ok(Attribution::new(changes, requests, shared_names))
        }
        None => Ok(Attribution::default()),
    }
}
