//! A team's archive in its settings: how far each kind is, and what went wrong.

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{
    model::KstDateTime,
    store::ArchiveStatus,
    web::{
        AppState, Authorized, Layout, LenientQuery, Result,
        access::ManageTeam,
        flash::{self, FlashQuery},
        html,
    },
};

const FLASHES: [(&str, &str); 1] = [("sync", "archive-sync-is-due")];

#[derive(Template)]
#[template(path = "settings/archive.html")]
struct Show {
    layout: Layout,
    is_on: bool,
    kinds: Vec<ArchiveStatus>,
    flash: Option<&'static str>,
}

fn path(who: &Authorized<ManageTeam>) -> String {
    format!("/t/{}/settings/archive", who.team().slug)
}

impl Show {
    /// The month that an incomplete kind has been read back to.
    fn reading_back(since: &KstDateTime) -> String {
        since.to_input().chars().take(7).collect()
    }
}

pub async fn show(
    who: Authorized<ManageTeam>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<FlashQuery>,
) -> Result {
    html(&Show {
        layout: who.layout(),
        is_on: state.archive.is_on(),
        kinds: state.store.archive_status(&who.team().id).await?,
        flash: query.message(&FLASHES),
    })
}

pub async fn sync(who: Authorized<ManageTeam>, State(state): State<AppState>) -> Result<Response> {
    state.store.wake_archive(&who.team().id).await?;
    Ok(flash::redirect(&path(&who), "sync"))
}
