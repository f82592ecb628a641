//! A team's archive in its settings: how far each kind is, what went wrong, and how long it keeps rows.

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{
    model::KstDateTime,
    store::ArchiveStatus,
    web::{
        AppState, Authorized, FormErrors, Layout, LenientQuery, Result,
        access::ManageTeam,
        flash::{self, FlashQuery},
        html,
    },
};

const FLASHES: [(&str, &str); 3] = [
    ("key", "archive-key-is-confirmed"),
    ("sync", "archive-sync-is-due"),
    ("retention", "archive-retention-is-set"),
];

#[derive(Template)]
#[template(path = "settings/archive.html")]
pub struct Show {
    layout: Layout,
    is_on: bool,
    kinds: Vec<ArchiveStatus>,
    /// Since when the archive stands still because the appKey shows other tickets.
    key_refused: Option<KstDateTime>,
    /// The months in the form; empty when everything is kept.
    months: String,
    errors: FormErrors,
    flash: Option<&'static str>,
}

pub fn path(who: &Authorized<ManageTeam>) -> String {
    format!("/t/{}/settings/archive", who.team().slug)
}

impl Show {
    /// The month that an incomplete kind has been read back to.
    fn reading_back(kind: &ArchiveStatus) -> Option<String> {
        let since = kind.complete_since?.to_input();
        Some(since.chars().take(7).collect())
    }

    /// The page with the retention as it was typed, and what is wrong with it.
    pub fn rejected(self, months: String, errors: FormErrors) -> Self {
        let layout = self
            .layout
            .clone()
            .at(format!("{}/settings/archive", self.layout.team_path()));
        Self {
            layout,
            months,
            errors,
            ..self
        }
    }
}

/// The page without errors.
pub async fn view(who: &Authorized<ManageTeam>, state: &AppState) -> Result<Show> {
    let team = &who.team().id;
    let months = state.store.archive_retention(team).await?;
    Ok(Show {
        layout: who.layout(),
        is_on: state.archive.is_on(),
        kinds: state.archive.status(team).await?,
        key_refused: state.store.archive_key_refused(team).await?,
        months: months.map(|months| months.to_string()).unwrap_or_default(),
        errors: FormErrors::default(),
        flash: None,
    })
}

pub async fn show(
    who: Authorized<ManageTeam>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<FlashQuery>,
) -> Result {
    let view = view(&who, &state).await?;
    let flash = query.message(&FLASHES);
    html(&Show { flash, ..view })
}

/// Lets the archive go on with an appKey that shows other tickets.
pub async fn confirm_key(
    who: Authorized<ManageTeam>,
    State(state): State<AppState>,
) -> Result<Response> {
    let by = who.record();
    let confirmed = state.store.confirm_archive_key(who.team(), &by).await?;
    let code = if confirmed { "key" } else { "" };
    Ok(flash::redirect(&path(&who), code))
}

pub async fn sync(who: Authorized<ManageTeam>, State(state): State<AppState>) -> Result<Response> {
    state.store.wake_archive(&who.team().id).await?;
    Ok(flash::redirect(&path(&who), "sync"))
}
