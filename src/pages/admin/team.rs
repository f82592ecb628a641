//! One team of the site: name, region and key, a trial of its connection, and the archive.

use askama::Template;
use axum::{
    Form,
    extract::{FromRef, FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    model::{KstDateTime, Region, Slug, Team},
    pages::{
        team_form::TeamForm,
        team_key::{KeyForm, KeyView, replace, try_present},
    },
    store::{SiteTeam, Store},
    web::{
        AppState, CurrentUser, Error, FormErrors, Layout, LenientQuery, Result, SiteAdmin, html_as,
    },
};

/// The team that the address names, asked for by a site admin.
pub struct SiteScope {
    who: CurrentUser,
    site_team: SiteTeam,
}

impl SiteScope {
    fn team(&self) -> &Team {
        &self.site_team.team
    }

    fn path(&self) -> String {
        format!("/admin/teams/{}", self.team().slug)
    }

    fn done(&self, done: &str) -> Response {
        Redirect::to(&format!("{}?done={done}", self.path())).into_response()
    }

    fn is_archived(&self) -> bool {
        self.site_team.archived.is_some()
    }
}

impl FromRequestParts<AppState> for SiteScope {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let SiteAdmin(who) = SiteAdmin::from_request_parts(parts, state).await?;
        let Path(slug) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::NotFound)?;
        let slug: Slug = slug.parse().map_err(|_| Error::NotFound)?;
        let site_team = Store::from_ref(state).site_team(&slug).await?;
        let site_team = site_team.ok_or(Error::NotFound)?;
        Ok(Self { who, site_team })
    }
}

#[derive(Template)]
#[template(path = "admin/team.html")]
struct Show {
    layout: Layout,
    team: Team,
    members: u64,
    archived: Option<KstDateTime>,
    path: String,
    typed: TeamForm,
    errors: FormErrors,
    key: KeyView,
    /// A message after a change.
    done: Option<&'static str>,
    regions: [Region; 5],
}

/// The page as it is shown first; handlers put into it what went wrong.
async fn view(of: &SiteScope, store: &Store) -> Result<Show> {
    let SiteTeam {
        team,
        members,
        archived,
    } = of.site_team.clone();
    Ok(Show {
        layout: of.who.layout(),
        typed: TeamForm {
            slug: team.slug.to_string(),
            name: team.name.clone(),
            region: team.region.code().to_owned(),
        },
        key: KeyView::new(store, &team, format!("{}/key", of.path())).await?,
        team,
        members,
        archived,
        path: of.path(),
        errors: FormErrors::default(),
        done: None,
        regions: Region::ALL,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

pub async fn show(
    of: SiteScope,
    State(store): State<Store>,
    LenientQuery(query): LenientQuery<Done>,
) -> Result {
    let done = match query.done.as_str() {
        "added" => Some("team-is-added"),
        "changed" => Some("team-is-changed"),
        "key" => Some("key-is-replaced"),
        "archived" => Some("team-is-archived"),
        "back" => Some("team-is-back"),
        _ => None,
    };
    let view = view(&of, &store).await?;
    html_as(StatusCode::OK, &Show { done, ..view })
}

pub async fn rename(
    of: SiteScope,
    State(store): State<Store>,
    Form(typed): Form<TeamForm>,
) -> Result {
    let mut errors = FormErrors::default();
    let Some((name, region)) = typed.name_and_region(&mut errors) else {
        let view = view(&of, &store).await?;
        let again = Show {
            typed,
            errors,
            ..view
        };
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let by = of.who.record();
    store.change_team(of.team(), &name, region, &by).await?;
    Ok(of.done("changed"))
}

pub async fn replace_key(
    of: SiteScope,
    State(state): State<AppState>,
    Form(typed): Form<KeyForm>,
) -> Result {
    if of.is_archived() {
        return Ok(of.done("archived"));
    }
    let refused = match replace(&state, of.team(), &typed, &of.who.record()).await? {
        Ok(()) => return Ok(of.done("key")),
        Err(refused) => refused,
    };
    let mut view = view(&of, &state.store).await?;
    view.key.refuse(refused);
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// Nothing is called for an archived team.
pub async fn try_key(of: SiteScope, State(state): State<AppState>) -> Result {
    if of.is_archived() {
        return Ok(of.done("archived"));
    }
    let tried = try_present(&state, of.team(), &of.who.record()).await?;
    let mut view = view(&of, &state.store).await?;
    view.key.tried = Some(tried);
    html_as(StatusCode::OK, &view)
}

pub async fn archive(of: SiteScope, State(store): State<Store>) -> Result {
    store.archive_team(of.team(), &of.who.record()).await?;
    Ok(of.done("archived"))
}

pub async fn bring_back(of: SiteScope, State(store): State<Store>) -> Result {
    store.bring_back_team(of.team(), &of.who.record()).await?;
    Ok(of.done("back"))
}
