//! All teams of the site, and adding one.

use askama::Template;
use axum::{Form, extract::State, response::Response};
use serde::Deserialize;

use crate::{
    model::Region,
    store::{self, SiteTeam, Store},
    web::{
        AppState, CurrentUser, FormErrors, Layout, Result, SiteAdmin, flash,
        forms::{
            FormError,
            team::TeamForm,
            team_key::{KeyForm, KeyRejected},
        },
        html_as,
    },
};

#[derive(Template)]
#[template(path = "admin/teams.html")]
struct Index {
    layout: Layout,
    teams: Vec<SiteTeam>,
    typed: TeamForm,
    rejected: KeyRejected,
    regions: [Region; 5],
}

impl Index {
    /// Whether the form is open.
    fn is_adding(&self) -> bool {
        self.teams.is_empty() || !self.rejected.is_empty()
    }
}

pub async fn index(SiteAdmin(who): SiteAdmin, State(store): State<Store>) -> Result {
    let (typed, nothing) = (TeamForm::default(), KeyRejected::default());
    view(&who, &store, typed, nothing).await
}

async fn view(who: &CurrentUser, store: &Store, typed: TeamForm, rejected: KeyRejected) -> Result {
    let view = Index {
        layout: who.layout(),
        teams: store.site_teams().await?,
        typed,
        rejected,
        regions: Region::ALL,
    };
    html_as(view.rejected.status(), &view)
}

#[derive(Deserialize)]
pub struct NewTeamForm {
    #[serde(flatten)]
    team: TeamForm,
    #[serde(flatten)]
    key: KeyForm,
}

pub async fn create(
    SiteAdmin(who): SiteAdmin,
    State(state): State<AppState>,
    Form(typed): Form<NewTeamForm>,
) -> Result {
    match add(&who, &state, &typed).await {
        Ok(answer) => Ok(answer),
        Err(error) => {
            let again = |rejected| view(&who, &state.store, typed.team, rejected);
            error.show(again).await
        }
    }
}

/// Adds a team, once its key is tested.
async fn add(
    who: &CurrentUser,
    state: &AppState,
    typed: &NewTeamForm,
) -> std::result::Result<Response, FormError<KeyRejected>> {
    let new = typed.team.with_key(&typed.key);
    let (new, access) = new.map_err(KeyRejected::typed)?;
    let by = who.record();
    let on_team = by.clone().on(new.slug.as_str());
    typed.key.test(state, &access, on_team).await?;
    match state.store.add_team(&new, &by).await {
        Ok(_) => Ok(flash::redirect(
            &format!("/admin/teams/{}", new.slug),
            "added",
        )),
        Err(store::Error::Taken) => {
            Err(KeyRejected::typed(FormErrors::one("slug", "slug-taken")).into())
        }
        Err(error) => Err(error.into()),
    }
}
