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
        team_form::{TypedTeam, read_new},
        team_key::{Tried, TypedKey, try_out},
    },
    store::{self, SiteTeam, Store},
    web::{Error, Page, Portal, Problems, Result, SignedIn, SiteAdmin, html_as},
};

#[derive(Template)]
#[template(path = "admin/teams.html")]
struct Index {
    page: Page,
    teams: Vec<SiteTeam>,
    /// What was typed of a team to be added.
    typed: TypedTeam,
    problems: Problems,
    /// The trial that failed.
    tried: Option<Tried>,
    regions: [Region; 5],
}

impl Index {
    /// Is the form shown at once.
    fn is_adding(&self) -> bool {
        self.teams.is_empty() || !self.problems.is_empty() || self.tried.is_some()
    }
}

async fn view(
    who: &SignedIn,
    store: &Store,
    typed: TypedTeam,
    problems: Problems,
    tried: Option<Tried>,
) -> Result {
    let again = !problems.is_empty() || tried.is_some();
    let view = Index {
        page: who.page(),
        teams: store.site_teams().await?,
        typed,
        problems,
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

pub(in crate::pages) async fn index(
    SiteAdmin(who): SiteAdmin,
    State(store): State<Store>,
) -> Result {
    view(
        &who,
        &store,
        TypedTeam::default(),
        Problems::default(),
        None,
    )
    .await
}

#[derive(Deserialize)]
pub(in crate::pages) struct Typed {
    #[serde(flatten)]
    team: TypedTeam,
    #[serde(flatten)]
    key: TypedKey,
}

/// Adds a team, after its key was tried unless that is not wanted.
pub(in crate::pages) async fn create(
    SiteAdmin(who): SiteAdmin,
    State(portal): State<Portal>,
    Form(Typed { team: typed, key }): Form<Typed>,
) -> Result {
    let (new, access) = match read_new(&typed, &key) {
        Ok(new) => new,
        Err(problems) => return view(&who, &portal.store, typed, problems, None).await,
    };
    if !key.untried() {
        let by = who.record().on(new.slug.as_str());
        let tried = try_out(&portal, &access, by).await?;
        if tried.failure.is_some() {
            let problems = Problems::default();
            return view(&who, &portal.store, typed, problems, Some(tried)).await;
        }
    }
    match portal.store.add_team(&new, &who.record()).await {
        Ok(_) => {
            let there = format!("/admin/teams/{}?done=added", new.slug);
            Ok(Redirect::to(&there).into_response())
        }
        Err(store::Error::Taken) => {
            let problems = Problems::one("slug", "slug-taken");
            view(&who, &portal.store, typed, problems, None).await
        }
        Err(error) => Err(Error::from(error)),
    }
}
