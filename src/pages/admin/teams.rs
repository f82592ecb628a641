//! All teams of the site, and adding one.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use serde::Deserialize;

use crate::{
    model::Region,
    pages::{
        team_form::{TeamForm, read_new},
        team_key::{KeyForm, KeyTest, try_out},
    },
    store::{self, SiteTeam, Store},
    web::{AppState, CurrentUser, Error, FormErrors, Layout, Result, SiteAdmin, html_as},
};

#[derive(Template)]
#[template(path = "admin/teams.html")]
struct Index {
    layout: Layout,
    teams: Vec<SiteTeam>,
    /// What was typed of a team to be added.
    typed: TeamForm,
    errors: FormErrors,
    /// The trial that failed.
    tried: Option<KeyTest>,
    regions: [Region; 5],
}

impl Index {
    /// Is the form shown at once.
    fn is_adding(&self) -> bool {
        self.teams.is_empty() || !self.errors.is_empty() || self.tried.is_some()
    }
}

async fn view(
    who: &CurrentUser,
    store: &Store,
    typed: TeamForm,
    errors: FormErrors,
    tried: Option<KeyTest>,
) -> Result {
    let again = !errors.is_empty() || tried.is_some();
    let view = Index {
        layout: who.layout(),
        teams: store.site_teams().await?,
        typed,
        errors,
        tried,
        regions: Region::ALL,
    };
    let status = if again {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    html_as(status, &view)
}

pub async fn index(SiteAdmin(who): SiteAdmin, State(store): State<Store>) -> Result {
    view(
        &who,
        &store,
        TeamForm::default(),
        FormErrors::default(),
        None,
    )
    .await
}

#[derive(Deserialize)]
pub struct NewTeamForm {
    #[serde(flatten)]
    team: TeamForm,
    #[serde(flatten)]
    key: KeyForm,
}

/// Adds a team, after its key was tried unless that is not wanted.
pub async fn create(
    SiteAdmin(who): SiteAdmin,
    State(state): State<AppState>,
    Form(NewTeamForm { team: typed, key }): Form<NewTeamForm>,
) -> Result {
    let (new, access) = match read_new(&typed, &key) {
        Ok(new) => new,
        Err(errors) => return view(&who, &state.store, typed, errors, None).await,
    };
    if !key.untried() {
        let by = who.record().on(new.slug.as_str());
        let tried = try_out(&state, &access, by).await?;
        if tried.failure.is_some() {
            let errors = FormErrors::default();
            return view(&who, &state.store, typed, errors, Some(tried)).await;
        }
    }
    match state.store.add_team(&new, &who.record()).await {
        Ok(_) => {
            let there = format!("/admin/teams/{}?done=added", new.slug);
            Ok(Redirect::to(&there).into_response())
        }
        Err(store::Error::Taken) => {
            let errors = FormErrors::one("slug", "slug-taken");
            view(&who, &state.store, typed, errors, None).await
        }
        Err(error) => Err(Error::from(error)),
    }
}
