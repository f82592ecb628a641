//! How long a team's archive keeps rows: a preview of what would go, and the change once it is confirmed.

use askama::Template;
use axum::{Form, extract::State, http::StatusCode};
use serde::Deserialize;

use crate::{
    store::RetentionPreview,
    web::{
        AppState, Authorized, FormErrors, Layout, Result, access::ManageTeam, flash, html, html_as,
    },
};

use super::archive;

/// In months: a hundred years.
const MAX_MONTHS: u32 = 1_200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RetentionForm {
    /// Empty: everything is kept.
    months: String,
    confirm: String,
}

impl RetentionForm {
    fn months(&self) -> std::result::Result<Option<u32>, FormErrors> {
        let text = self.months.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let months = text.parse().ok();
        let months = months.filter(|months| (1..=MAX_MONTHS).contains(months));
        months
            .map(Some)
            .ok_or_else(|| FormErrors::one("months", "archive-months-problem"))
    }
}

#[derive(Template)]
#[template(path = "settings/retention.html")]
struct Confirm {
    layout: Layout,
    months: u32,
    preview: RetentionPreview,
    back: String,
}

/// What deletes nothing needs no confirmation.
pub async fn change(
    who: Authorized<ManageTeam>,
    State(state): State<AppState>,
    Form(typed): Form<RetentionForm>,
) -> Result {
    let months = match typed.months() {
        Ok(months) => months,
        Err(errors) => {
            let view = archive::view(&who, &state).await?;
            let view = view.rejected(typed.months, errors);
            return html_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    let (store, team) = (&state.store, who.team());
    if let Some(months) = months
        && typed.confirm != "yes"
    {
        let preview = store.preview_retention(&team.id, months).await?;
        if preview != RetentionPreview::default() {
            return html(&Confirm {
                layout: who.layout(),
                months,
                preview,
                back: archive::path(&who),
            });
        }
    }
    store
        .set_archive_retention(team, months, &who.record())
        .await?;
    Ok(flash::redirect(&archive::path(&who), "retention"))
}
